import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { z } from "zod";
import { advantageStep } from "../../plugin/component.ts";
import { keepMasked, maskedCentred, maskedVariance, overflowScale } from "../../math/masked.ts";
import { deviations } from "../../plugin/idle.ts";
import { checkShapes } from "../../math/shapes.ts";

/**
 * Global normalisation over all response tokens of the batch, the core of REINFORCE++ (arXiv 2501.03262v9).
 *
 *     μ  = Σ m x / N            σ² = Σ m (x − μ)² / (N − c)       N = Σ m;  c = 0 (biased) or 1 (unbiased) → variance
 *     A_t = (x_t − μ) / √max(σ², ε)                               epsilonIn: floor (OpenRLHF)
 *     A_t = (x_t − μ) / √(σ² + ε)                                 epsilonIn: sum (verl)
 *
 * ε → epsilon. Positions outside the mask get 0. One token, or none, or all equal: 0, not NaN. A NaN inside the mask makes all of it NaN.
 */
export const whiten = advantageStep({
  name: "whiten",
  summary: "mean 0 and variance 1 over all tokens of the batch",
  takes: "tokens",
  gives: "tokens",
  options: z.strictObject({
    variance: z.enum(["biased", "unbiased"]).default("biased").describe("divide by N (OpenRLHF), or by N − 1 (verl, EasyR1)"),
    epsilon: z.number().positive().default(1e-8).describe("ε (OpenRLHF, verl: 1e-8)"),
    epsilonIn: z.enum(["floor", "sum"]).default("floor").describe("max(σ², ε) (OpenRLHF), or σ² + ε (verl)"),
  }),
  bounds: ({ variance }, { prompts, samplesPerPrompt, tokens }) => {
    const most = prompts * samplesPerPrompt * tokens;
    return deviations(most, variance === "biased" ? "population" : "unbiased", `advantages whitened over at most ${most} tokens`);
  },
  create: ({ variance, epsilon, epsilonIn }) => ({
    comparesBatch: true,
    apply(values, { mask }) {
      checkShapes("whiten", { values: [values, "B T"], mask: [mask, "B T"] });
      return tf.tidy(() => {
        const centred = maskedCentred(values as Tensor2D, mask); // [B, T]
        const scale = overflowScale(centred); // [], 1 but for huge values
        const sigma2 = maskedVariance(tf.div(values, scale), mask, variance === "unbiased" ? 1 : 0); // []
        const floor = tf.div(tf.div(epsilon, scale), scale); // []
        const safe = epsilonIn === "sum" ? tf.add(sigma2, floor) : tf.maximum(sigma2, floor); // []
        const whitened = tf.mul(tf.div(centred, scale), tf.rsqrt(safe)) as Tensor2D; // [B, T]
        return keepMasked(whitened, mask); // [B, T]
      });
    },
  }),
});
