import type { Benchmark } from "./benchmark.ts";
import { accuracies } from "./by-category.ts";
import type { Judged } from "./judged.ts";
import type { LocatedRow } from "./rows.ts";

const NAME = "multimodal-rewardbench-2";

/** What the first judgement of a direction says: A, B, or nothing where there is none. */
function judgementIn(prediction: unknown, direction: "forward" | "reverse"): string | null {
  const tries = (prediction as Record<string, unknown> | null)?.[direction];
  const first = Array.isArray(tries) ? (tries[0] as Record<string, unknown> | undefined) : undefined;
  return typeof first?.judgement === "string" && first.judgement !== "" ? first.judgement : null;
}

/** Each pair's judgements as released: `{ id: { forward: [{ judgement }], reverse: [{ judgement }] } }`; in reverse A is what the data call B. */
function judgedPairs(predictions: readonly LocatedRow[], problems: string[], data: readonly LocatedRow[] | null): Judged[] {
  const byPair = new Map(predictions.flatMap(({ row }) => Object.entries(row)));
  const judged: Judged[] = [];
  for (const { where, row } of data ?? []) {
    const { id, chosen } = row;
    if (typeof id !== "string" || (chosen !== "A" && chosen !== "B")) {
      problems.push(`${where}: expected a pair with "id" and "chosen": "A" or "B"`);
      continue;
    }
    for (const direction of ["forward", "reverse"] as const) {
      const said = judgementIn(byPair.get(id), direction);
      if (said === null) continue;
      const meant = direction === "forward" ? chosen : chosen === "A" ? "B" : "A";
      const choice = said === meant ? "chosen" : said === "A" || said === "B" ? "rejected" : null;
      judged.push({
        id,
        pair: id,
        group: id,
        category: direction,
        choice,
        right: Number(choice === "chosen"),
        order: meant === "A" ? "chosen-first" : "chosen-second",
      });
    }
  }
  return judged;
}

/** Multimodal RewardBench 2 (arXiv 2512.16899), each pair in both orders; its task reasoning is the one that a judge of texts can be asked. */
export const multimodalRewardBench2: Benchmark = {
  name: NAME,
  title: "Multimodal RewardBench 2",
  source: "arXiv 2512.16899; compute_accuracy.py of facebookresearch/MMRB2",
  needsData: true,
  judged: judgedPairs,
  score: (judged, seed) => accuracies(judged, ["forward", "reverse"], seed),
};
