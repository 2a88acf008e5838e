import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D } from "@tensorflow/tfjs-core";
import { z } from "zod";
import { advantageStep } from "../../plugin/component.ts";
import { groupNormalised } from "../../math/groups.ts";
import { deviations } from "../../plugin/idle.ts";
import { checkShapes } from "../../math/shapes.ts";

/**
 * Scores normalised over the whole batch, whatever their groups: the last step of GDPO (arXiv 2601.05242v1), after each rule was normalised within
 * its group and the results were summed (`reward.normalise`); also what TRL's RLOO does with `normalize_advantages`.
 *
 *     A_i = (R_i − mean) / (σ + ε)                 ε → epsilon
 *     σ² = Σ_j (R_j − mean)² / (B − c)             c = 1 (unbiased) or 0 (population) → deviation
 *
 * Equal scores, or a single one: 0. A NaN score makes all of them NaN.
 * verl whitens over response tokens instead: `whiten`. NeMo-RL has no ε.
 */
export const batchNormalise = advantageStep({
  name: "batch-normalise",
  summary: "(score − mean) / (deviation + ε) over the batch",
  takes: "scores",
  gives: "scores",
  options: z.strictObject({
    deviation: z.enum(["unbiased", "population"]).default("unbiased").describe("σ² divides by B − 1, or by B"),
    epsilon: z.number().min(0).default(1e-4).describe("ε (TRL, GDPO's released code: 1e-4; NeMo-RL: 0)"),
  }),
  bounds: ({ deviation }, { prompts, samplesPerPrompt }) => {
    const responses = prompts * samplesPerPrompt;
    return deviations(responses, deviation, `advantages normalised over ${responses} responses`);
  },
  create: (options) => ({
    comparesBatch: true,
    apply(values, { groupIds }) {
      checkShapes("batch-normalise", { scores: [values, "B"], groupIds: [groupIds, "B"] });
      return tf.tidy(() => groupNormalised(values as Tensor1D, tf.zerosLike(groupIds), options)); // [B]
    },
  }),
});
