import { z } from "zod";
import { sampler } from "../../plugin/component.ts";
import { Metrics } from "../../services/metrics.ts";

/**
 * Dynamic sampling: a group whose scores are all equal has no advantage in any group-relative estimator, so fresh prompts take its place
 * (DAPO, arXiv 2503.14476v2, eq. 11; there the accuracies of a group must not be all 0 or all 1).
 *
 *     replaced:  groups with max_i R_i = min_i R_i, and those with fewer than two scores
 *     at most K rollouts an iteration, the first one included          K → rounds (verl 0.9: max_num_gen_batches)
 *
 * After the last round equal groups stay: the batch keeps its size, and what they add to a group-relative loss is 0. (verl stops the run there.)
 * Put before steps that change scores by more than the rules do, such as overlong.
 */
export const dynamicSampler = sampler({
  name: "dynamic",
  summary: "groups of equal scores are replaced by fresh prompts",
  comparesGroup: true,
  options: z.strictObject({
    rounds: z.int().min(1).default(4).describe("K: most rollouts an iteration, the first one included (verl's DAPO recipe: 10)"),
  }),
  metrics: {
    equalGroupFraction: {
      title: "Groups of equal scores",
      unit: "share",
      of: "groups",
      meaning: "Of the groups looked at. They have no advantage, so nothing is learnt from them.",
    },
  },
  inject: { metrics: Metrics },
  idle: ({ rounds }) =>
    rounds > 1
      ? null
      : {
          because: "rounds is 1, the first rollout included, so nothing is replaced",
          remedy: "rounds of 2 or more",
          as: { use: "all" },
        },
  bounds: (_options, { incoming }) => incoming,
  create: ({ rounds }, { metrics }) => ({
    rounds,
    apply({ scores, groupIds }) {
      const groups = scoresByGroup(scores, groupIds);
      const replaced = new Set([...groups].filter(([, own]) => isEqual(own)).map(([id]) => id));
      metrics.share("equalGroupFraction", replaced.size, groups.size);
      return { scores: scores.slice(), masked: Array.from(scores, () => false), replaced };
    },
  }),
});

/** The scores that each group has; NaN is none. */
function scoresByGroup(scores: Float32Array, groupIds: Int32Array): Map<number, number[]> {
  const groups = new Map<number, number[]>();
  scores.forEach((score, row) => {
    const own = groups.get(groupIds[row]!) ?? [];
    if (!Number.isNaN(score)) own.push(score);
    groups.set(groupIds[row]!, own);
  });
  return groups;
}

function isEqual(scores: readonly number[]): boolean {
  return scores.every((score) => score === scores[0]);
}
