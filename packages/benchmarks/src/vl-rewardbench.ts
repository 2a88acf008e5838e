import type { Benchmark } from "./benchmark.ts";
import { accuracies } from "./by-category.ts";
import { choiceOf, judgedRows, textIn } from "./judged.ts";
import type { Judged } from "./judged.ts";

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

/** VL-RewardBench (arXiv 2411.17451): 1,250 pairs in three groups. */
export const vlRewardBench: Benchmark = {
  name: "vl-rewardbench",
  title: "VL-RewardBench",
  source: "arXiv 2411.17451; get_acc.py of yfzhang114/r1_reward, and cal.py of vl-rewardbench/VL_RewardBench",
  needsData: false,
  judged: (rows, problems) =>
    judgedRows(rows, problems, false, (row) => {
      const id = textIn(row, "id");
      return { id, category: categoryOf(id), choice: choiceOf(row) };
    }),
  score: (judged, seed) => accuracies(judged, CATEGORIES, seed),
  notes: inCapitals,
};
