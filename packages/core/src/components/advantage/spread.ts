import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { z } from "zod";
import { advantageStep } from "../../plugin/component.ts";
import { InputError } from "@rewardlab/storage";
import { keepMasked } from "../../math/masked.ts";
import { checkShapes } from "../../math/shapes.ts";

/**
 * Every token of a response gets the response's score, as in GRPO's outcome supervision (arXiv 2402.03300v3, section 4.1.2).
 *
 *     A_it = R_i on response tokens, 0 elsewhere
 *
 * It has no place for a KL penalty in the reward, and says so instead of losing it.
 */
export const spread = advantageStep({
  name: "spread",
  summary: "the score at every token of its response",
  takes: "scores",
  gives: "tokens",
  options: z.strictObject({}),
  bounds: (_options, { incoming }) => incoming,
  create: () => ({
    apply(values, { mask, klPenalty }) {
      checkShapes("spread", { scores: [values, "B"], mask: [mask, "B T"] });
      if (klPenalty !== null)
        throw new InputError(
          "RL_KL_UNUSED",
          "spread: the KL penalty is in the reward, which this step cannot take it off; use kl-penalty before it, spread-with-kl or discounted-return, or kl: { in: loss }",
        );
      return tf.tidy(() => spreadScores(values as Tensor1D, mask)); // [B, T]
    },
  }),
});

/** R_i on response tokens, 0 elsewhere. */
export function spreadScores(scores: Tensor1D, mask: Tensor2D): Tensor2D {
  return keepMasked(tf.tile(tf.expandDims(scores, 1), [1, mask.shape[1]]) as Tensor2D, mask); // [B, T]
}
