import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D } from "@tensorflow/tfjs-core";
import { z } from "zod";
import { advantageStep } from "../../plugin/component.ts";
import { groupCentred, aloneMetrics, recordAlone, singletonsKeep } from "../../math/groups.ts";
import { checkShapes } from "../../math/shapes.ts";
import { Metrics } from "../../services/metrics.ts";
import { comparedScores, nanScores, singleton } from "./leave-one-out.ts";

/**
 * The group mean as baseline, as in Dr. GRPO (arXiv 2503.20783v2) and REINFORCE++-baseline (arXiv 2501.03262v9).
 *
 *     A_i = R_i − (1/n) Σ_{j ∈ group(i)} R_j
 *
 * A response alone in its group gets 0, or with `singleton: score` keeps its score, as in verl. A NaN score makes its own group NaN and no other.
 */
export const groupCentre = advantageStep({
  name: "group-centre",
  summary: "score minus the mean of its group",
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
      checkShapes("group-centre", { scores: [values, "B"], groupIds: [groupIds, "B"] });
      recordAlone(metrics, groupIds);
      return tf.tidy(() => {
        const { scores, groups } = comparedScores(values as Tensor1D, groupIds, options.nanScores); // [B], int32 [B]
        const centred = groupCentred(scores, groups); // [B]
        return options.singleton === "zero" ? centred : singletonsKeep(scores, centred, groups); // [B]
      });
    },
  }),
});
