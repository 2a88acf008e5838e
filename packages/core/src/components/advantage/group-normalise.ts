import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D } from "@tensorflow/tfjs-core";
import { z } from "zod";
import { advantageStep } from "../../plugin/component.ts";
import { groupNormalised, aloneMetrics, recordAlone, singletonsKeep } from "../../math/groups.ts";
import { deviations } from "../../plugin/idle.ts";
import { checkShapes } from "../../math/shapes.ts";
import { Metrics } from "../../services/metrics.ts";
import { comparedScores, nanScores, singleton } from "./leave-one-out.ts";

/**
 * GRPO's advantage: the score normalised within its group (arXiv 2402.03300v3, section 4.1.2).
 *
 *     A_i = (R_i − mean) / (σ + ε)                 ε → epsilon
 *     σ² = Σ_j (R_j − mean)² / (n − c)             c = 1 (unbiased, as all frameworks) or 0 (population) → deviation
 *
 * leaveOneOut (NeMo-RL's default): mean and σ are those of the n − 1 other responses, and where their σ is not above ε, A_i = R_i − mean.
 * over: batch (TRL's scale_rewards: batch; arXiv 2508.08221v1): σ is that of all scores of the batch, the mean stays the group's; a NaN score then makes all NaN.
 * A response alone in its group gets 0, or with `singleton: score` R_i / (1 + ε), as in verl; where nothing but such responses comes, the deviation
 * has nothing to be made of, and a probe refuses the batch unless `singleton` says what is wanted. A NaN score makes its own group NaN and no other.
 */
export const groupNormalise = advantageStep({
  name: "group-normalise",
  summary: "(score − mean) / (deviation + ε) within the group",
  takes: "scores",
  gives: "scores",
  comparesGroup: true,
  options: z
    .strictObject({
      deviation: z.enum(["unbiased", "population"]).default("unbiased").describe("σ² divides by n − 1, or by n"),
      epsilon: z.number().min(0).default(1e-6).describe("ε (verl, EasyR1, NeMo-RL: 1e-6; TRL: 1e-4; OpenRLHF: 1e-9)"),
      leaveOneOut: z.boolean().default(false).describe("mean and σ without the response itself (NeMo-RL)"),
      over: z
        .enum(["group", "batch"])
        .default("group")
        .describe("whose σ: the group's, or the batch's (TRL's scale_rewards); the mean is the group's"),
      singleton: singleton
        .unwrap()
        .nullable()
        .default(null)
        .describe(
          "a response alone in its group gets 0, or R/(1 + ε) (verl: score); null: 0, but a batch of nothing else is refused",
        ),
      nanScores,
    })
    .refine(
      ({ over, leaveOneOut, singleton: alone, nanScores: nan }) =>
        over === "group" || (!leaveOneOut && alone !== "score" && nan === "spread"),
      "over: batch goes with none of leaveOneOut, singleton: score and nanScores: left-out, which look at the group alone",
    ),
  metrics: aloneMetrics,
  inject: { metrics: Metrics },
  bounds: ({ deviation, over, leaveOneOut, singleton: alone }, { samplesPerPrompt: n }) =>
    over === "batch" || leaveOneOut || alone === "score"
      ? null
      : deviations(n, deviation, `advantages normalised over the ${n} responses of a group`),
  create: (options, { metrics }) => ({
    comparesBatch: options.over === "batch",
    apply(values, { groupIds }) {
      checkShapes("group-normalise", { scores: [values, "B"], groupIds: [groupIds, "B"] });
      recordAlone(metrics, groupIds);
      return tf.tidy(() => {
        const { scores, groups } = comparedScores(values as Tensor1D, groupIds, options.nanScores); // [B], int32 [B]
        const normalised = groupNormalised(scores, groups, options); // [B]
        return options.singleton !== "score"
          ? normalised
          : singletonsKeep(tf.div(scores, 1 + options.epsilon), normalised, groups); // [B]
      });
    },
  }),
});
