import { quoted } from "../quoted.ts";
import type { Format } from "./format.ts";
import { RowProblem } from "./given.ts";

/**
 * vl-rewardbench: rows of VL-RewardBench (huggingface.co/datasets/MMInstruction/VL-RewardBench): `id`, `query`, two of `response`, `human_ranking` ([0, 1]: the
 * first is preferred), `image`, `models`, `query_source`. The kind is the benchmark's group, by words in the id.
 */
export const vlRewardBench: Format = {
  name: "vl-rewardbench",
  summary: "VL-RewardBench's rows: query, response (two), human_ranking, image",
  needs: ["query", "response", "human_ranking"],
  read(columns) {
    const response = columns.value("response");
    const [first, second, ...more] = Array.isArray(response) ? (response as unknown[]) : [];
    if (typeof first !== "string" || typeof second !== "string" || more.length > 0)
      throw new RowProblem(`response is ${quoted(response)}, expected a list of two texts`);
    const id = columns.label("id");
    return {
      ...(id === undefined ? {} : { id, kind: groupOf(id) }),
      pictures: columns.pictures("image"),
      question: columns.text("query"),
      responses: [first, second],
      preferred: preferredBy(columns.value("human_ranking")),
      ordered: true,
    };
  },
};

function preferredBy(ranking: unknown): 1 | 2 | "tie" {
  const [first, second, ...more] = Array.isArray(ranking) ? ranking.map(Number) : [];
  if (first === undefined || second === undefined || more.length > 0 || Number.isNaN(first - second))
    throw new RowProblem(`human_ranking is ${quoted(ranking)}, expected [0, 1] or [1, 0], 0 for the better response`);
  return first === second ? "tie" : first < second ? 1 : 2;
}

/** As the benchmark's own script groups ids. */
function groupOf(id: string): string {
  const holds = (...words: readonly string[]) => words.some((word) => id.toLowerCase().includes(word));
  return holds("mmmu", "mathverse") ? "reasoning" : holds("hallucination", "rlhf", "rlaif") ? "hallucination" : "general";
}
