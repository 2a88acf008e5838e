import type { Benchmark } from "./benchmark.ts";
import { accuracies } from "./by-category.ts";
import { choiceOf, judgedRows, RowProblem, textIn } from "./judged.ts";
import type { Judged } from "./judged.ts";
import { pairsOf, pictureIn, wordsIn } from "./pair.ts";
import type { Pair } from "./pair.ts";
import type { LocatedRow } from "./rows.ts";

const CATEGORIES = ["reasoning", "hallucination", "general"];

/** The group of an item by its id, as R1-Reward's `get_acc.py` has it: by small letters. */
function categoryOf(id: string): string {
  const holds = (...words: readonly string[]) => words.some((word) => id.includes(word));
  return holds("mmmu", "mathverse") ? "reasoning" : holds("hallucination", "rlhf", "rlaif") ? "hallucination" : "general";
}

/**
 * Ids of RLAIF-V and RLHF-V, 301 of the 1,250, are in capitals. The benchmark's own `cal.py` has them under hallucination, R1-Reward's script, which
 * looks for small letters, under general: the same predictions have two macro accuracies, and both are told.
 */
function inCapitals(judged: readonly Judged[]): string[] {
  const grouped = judged.map((one) => ({ ...one, category: categoryOf(one.id.toLowerCase()) }));
  const moved = grouped.filter(({ category }, index) => category !== judged[index]!.category).length;
  if (moved === 0) return [];
  const { lines } = accuracies(grouped, CATEGORIES, 1);
  const figures = lines.slice(1).map(({ name, value }) => `${name} ${(100 * value).toFixed(2)} %`);
  return [
    `The groups are those of R1-Reward's get_acc.py, which looks for small letters: ${moved} ids of RLAIF-V and RLHF-V count as general. The benchmark's own cal.py has them under hallucination: ${figures.join(", ")}.`,
  ];
}

/** Question and responses, as published (`query`, two of `response`, their `human_ranking` from 0) or as R1-Reward has them (`prompt`, `chosen`, `rejected`). */
function textsIn(row: LocatedRow["row"]): Pick<Pair, "question" | "chosen" | "rejected"> {
  if (!("query" in row))
    return { question: wordsIn(row, "prompt"), chosen: wordsIn(row, "chosen"), rejected: wordsIn(row, "rejected") };
  const { response, human_ranking: ranking } = row;
  const [first, second] = Array.isArray(response) && response.length === 2 ? (response as unknown[]) : [];
  const ranks = JSON.stringify(Array.isArray(ranking) ? ranking.map(Number) : ranking);
  if (typeof first !== "string" || typeof second !== "string" || (ranks !== "[0,1]" && ranks !== "[1,0]"))
    throw new RowProblem(`expected "response" with two texts and "human_ranking" [0, 1] or [1, 0], 0 for the preferred one`);
  const [chosen, rejected] = ranks === "[0,1]" ? [first, second] : [second, first];
  return { question: wordsIn(row, "query"), chosen, rejected };
}

/** VL-RewardBench (arXiv 2411.17451): 1,250 pairs in three groups. */
export const vlRewardBench: Benchmark = {
  name: "vl-rewardbench",
  title: "VL-RewardBench",
  source: "arXiv 2411.17451; get_acc.py of yfzhang114/r1_reward, and cal.py of vl-rewardbench/VL_RewardBench",
  judged: (rows, problems) =>
    judgedRows(rows, problems, false, (row) => {
      const id = textIn(row, "id");
      return { id, category: categoryOf(id), choice: choiceOf(row) };
    }),
  pairs: (rows, folder, problems) =>
    pairsOf(rows, problems, (row) => {
      const id = textIn(row, "id");
      return { id, pictures: pictureIn(folder, row.image), keep: { id }, ...textsIn(row) };
    }),
  score: (judged, seed) => accuracies(judged, CATEGORIES, seed),
  notes: inCapitals,
};
