import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D } from "@tensorflow/tfjs-core";
import { z } from "zod";
import { advantageStep } from "../../plugin/component.ts";
import { groupCentred, aloneMetrics, recordAlone, singletonsKeep, withoutNaN } from "../../math/groups.ts";
import { checkShapes } from "../../math/shapes.ts";
import { Metrics } from "../../services/metrics.ts";

/** What a response that is alone in its group gets. */
export const singleton = z
  .enum(["zero", "score"])
  .default("zero")
  .describe("a response alone in its group gets 0, or keeps its score (verl: score, but rloo_vectorized: zero)");

/** What a NaN score does. */
export const nanScores = z
  .enum(["spread", "left-out"])
  .default("spread")
  .describe("a NaN score makes its group NaN, which stops a run; or it is left out of its group and gets 0 (TRL: left-out)");

/**
 * RLOO: the mean of the group's other responses as baseline (Kool et al. 2019; arXiv 2402.14740v2, section 3.2).
 *
 *     A_i = R_i − (1/(n − 1)) Σ_{j ∈ group(i), j ≠ i} R_j  =  n/(n − 1) · (R_i − mean)
 */
export const leaveOneOut = advantageStep({
  name: "leave-one-out",
  summary: "score minus the mean of the group's others",
  takes: "scores",
  gives: "scores",
  comparesGroup: true,
  options: z.strictObject({ singleton, nanScores }),
  metrics: aloneMetrics,
  inject: { metrics: Metrics },
  idle: ({ singleton: alone }, { samplesPerPrompt }) =>
    samplesPerPrompt === 1 && alone === "score"
      ? { because: "a response alone in its group keeps its score", remedy: "rollout.samplesPerPrompt of 2 or more", as: null }
      : null,
  create: (options, { metrics }) => ({
    apply(values, { groupIds }) {
      checkShapes("leave-one-out", { scores: [values, "B"], groupIds: [groupIds, "B"] });
      recordAlone(metrics, groupIds);
      return tf.tidy(() => {
        const { scores, groups } = comparedScores(values as Tensor1D, groupIds, options.nanScores); // [B], int32 [B]
        const centred = groupCentred(scores, groups, true); // [B]
        return options.singleton === "zero" ? centred : singletonsKeep(scores, centred, groups); // [B]
      });
    },
  }),
});

/** The scores and groups that are compared, by what a NaN score does. In a tidy of the caller's. */
export function comparedScores(
  scores: Tensor1D,
  groupIds: Tensor1D,
  nan: z.output<typeof nanScores>,
): { scores: Tensor1D; groups: Tensor1D } {
  if (nan === "spread") return { scores, groups: groupIds };
  const found = withoutNaN(scores, groupIds); // [B], int32 [B]
  return { scores: found.scores, groups: found.groupIds };
}
