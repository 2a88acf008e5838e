import type { Benchmark } from "./benchmark.ts";
import { accuracies, categoriesOf } from "./by-category.ts";
import { choiceOf, judgedRows, RowProblem, textIn } from "./judged.ts";
import type { Reading } from "./judged.ts";
import { pairsOf, pictureIn, wordsIn } from "./pair.ts";
import type { LocatedRow } from "./rows.ts";

/** Safety and reasoning are told apart by the id, as the released script does. */
export function multimodalCategory(category: string, id: string): string {
  const begins = (word: string) => id.toLowerCase().startsWith(word);
  if (category === "safety") return begins("pairs") ? "safety/bias" : "safety/toxicity";
  if (category === "reasoning") return begins("math") ? "reasoning/math" : "reasoning/coding";
  return category;
}

/** A judge's own words end with [[A]] or [[B]]; where they hold neither the released script tosses a coin, which is worth ½. */
function verdictIn({ output, Label: label }: LocatedRow["row"]): Pick<Reading, "choice" | "undecided"> {
  if (typeof output !== "string")
    throw new RowProblem('there are neither "rewards": [chosen, rejected] nor an "output" with "Label"');
  if (label !== "A" && label !== "B") throw new RowProblem(`Label is ${JSON.stringify(label) ?? "nothing"}, expected "A" or "B"`);
  const said = output.includes("[[A]]") ? "A" : output.includes("[[B]]") ? "B" : null;
  return { choice: said === null ? null : said === label ? "chosen" : "rejected", undecided: 0.5 };
}

/** The row's own category, or that of its `Meta`, where a judge's output was kept. */
function categoryIn(row: LocatedRow["row"]): string {
  const { Meta: meta } = row;
  const within = typeof meta === "object" && meta !== null && !("Category" in row) ? (meta as LocatedRow["row"]) : row;
  return textIn(within, "Category");
}

/** Multimodal RewardBench (arXiv 2502.14191): some 5,000 pairs in six areas. */
export const multimodalRewardBench: Benchmark = {
  name: "multimodal-rewardbench",
  title: "Multimodal RewardBench",
  source:
    "arXiv 2502.14191; 2_get_accuracy.py of facebookresearch/multimodal_rewardbench, 1_get_accuracy.py of yfzhang114/r1_reward",
  judged: (rows, problems) =>
    judgedRows(rows, problems, false, (row) => {
      const id = textIn(row, "ID");
      const verdict = "rewards" in row ? { choice: choiceOf(row) } : verdictIn(row);
      return { id, category: multimodalCategory(categoryIn(row), id), ...verdict };
    }),
  pairs: (rows, folder, problems) =>
    pairsOf(rows, problems, (row) => {
      const { Better: better } = row;
      if (better !== "Output1" && better !== "Output2")
        throw new RowProblem(`Better is ${JSON.stringify(better) ?? "not there"}, expected "Output1" or "Output2"`);
      const [id, category] = [textIn(row, "ID"), textIn(row, "Category")];
      return {
        id,
        question: wordsIn(row, "Text"),
        chosen: wordsIn(row, better),
        rejected: wordsIn(row, better === "Output1" ? "Output2" : "Output1"),
        pictures: pictureIn(folder, row.Image),
        keep: { ID: id, Category: category },
      };
    }),
  score: (judged, seed) => accuracies(judged, categoriesOf(judged), seed),
};
