import type { Benchmark } from "./benchmark.ts";
import { accuracies } from "./by-category.ts";
import { choiceOf, judgedRows, RowProblem, textIn } from "./judged.ts";
import type { Judged } from "./judged.ts";
import { pairsOf, pictureIn } from "./pair.ts";
import type { Picture, PictureFolder } from "./pair.ts";
import type { LocatedRow } from "./rows.ts";

/** What the first judgement of a direction says: A, B, or nothing where there is none. */
function judgementIn(prediction: unknown, direction: "forward" | "reverse"): string | null {
  const tries = (prediction as Record<string, unknown> | null | undefined)?.[direction];
  const first = Array.isArray(tries) ? (tries[0] as Record<string, unknown> | null) : null;
  return typeof first?.judgement === "string" && first.judgement !== "" ? first.judgement : null;
}

/** Each pair's judgements as released: `{ id: { forward: [{ judgement }], reverse: [{ judgement }] } }`; in reverse A is what the data call B. */
function asReleased(predictions: readonly LocatedRow[], problems: string[], data: readonly LocatedRow[]): Judged[] {
  const byPair = new Map(predictions.flatMap(({ row }) => Object.entries(row)));
  return data.flatMap(({ where, row }) => {
    try {
      const id = textIn(row, "id");
      const chosen = chosenIn(row);
      return (["forward", "reverse"] as const).flatMap((direction): Judged[] => {
        const said = judgementIn(byPair.get(id), direction);
        if (said === null) return [];
        const right = (direction === "forward") === (chosen === "A") ? "A" : "B";
        const choice = said === right ? "chosen" : said === "A" || said === "B" ? "rejected" : null;
        const order = right === "A" ? "chosen-first" : "chosen-second";
        return [{ id, pair: id, group: id, category: direction, choice, right: Number(choice === "chosen"), order }];
      });
    } catch (error) {
      if (!(error instanceof RowProblem)) throw error;
      problems.push(`${where}: ${error.message}`);
      return [];
    }
  });
}

function chosenIn({ chosen }: LocatedRow["row"]): "A" | "B" {
  if (chosen === "A" || chosen === "B") return chosen;
  throw new RowProblem(`chosen is ${JSON.stringify(chosen) ?? "not there"}, expected "A" or "B"`);
}

/** Texts and pictures in turn, as one text in which pictures are named by their number, which goes on from `pictures`. */
function written(content: unknown, folder: PictureFolder, pictures: Picture[]): string {
  if (!Array.isArray(content)) throw new RowProblem('expected content as a list of ["text", …] and ["image", path]');
  return content
    .map((part: unknown) => {
      const [kind, value] = Array.isArray(part) ? (part as unknown[]) : [];
      if (kind === "text" && typeof value === "string") return value;
      if (kind !== "image")
        throw new RowProblem(`a part is ${JSON.stringify(part)?.slice(0, 60)}, expected ["text", …] or ["image", path]`);
      pictures.push(...pictureIn(folder, value));
      return `[picture ${pictures.length}]`;
    })
    .join("");
}

const contentOf = (response: unknown) => (response as Record<string, unknown> | null | undefined)?.response_content;

/** Multimodal RewardBench 2 (arXiv 2512.16899), each pair in both orders. Its task reasoning is the one whose responses are texts, pictures among them. */
export const multimodalRewardBench2: Benchmark = {
  name: "multimodal-rewardbench-2",
  title: "Multimodal RewardBench 2",
  source: "arXiv 2512.16899; compute_accuracy.py of facebookresearch/MMRB2",
  judged(predictions, problems, data) {
    if (!predictions.some(({ row }) => "rewards" in row)) {
      if (data !== null) return asReleased(predictions, problems, data);
      problems.push("Predictions as released don't say what is right: name the benchmark's own file with --data");
      return [];
    }
    const judged = judgedRows(predictions, problems, false, (row) => {
      const forward = (row.order !== "chosen-second") === (chosenIn(row) === "A");
      return { id: textIn(row, "id"), category: forward ? "forward" : "reverse", choice: choiceOf(row) };
    });
    return judged;
  },
  pairs: (rows, folder, problems) =>
    pairsOf(rows, problems, (row) => {
      const [id, chosen] = [textIn(row, "id"), chosenIn(row)];
      const pictures: Picture[] = [];
      const question = written(row.prompt_content, folder, pictures);
      const [a, b] = [contentOf(row.response_a), contentOf(row.response_b)].map((content) => written(content, folder, pictures));
      return {
        id,
        question,
        chosen: chosen === "A" ? a! : b!,
        rejected: chosen === "A" ? b! : a!,
        pictures,
        keep: { id, chosen },
      };
    }),
  score: (judged, seed) => accuracies(judged, ["forward", "reverse"], seed),
};
