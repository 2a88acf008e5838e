import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { z } from "zod";
import { advantageStep } from "../../plugin/component.ts";
import { keepMasked } from "../../math/masked.ts";
import { checkShapes } from "../../math/shapes.ts";
import { spreadScores } from "./spread.ts";

/**
 * Every token of a response gets the response's score less its own KL penalty, as NeMo-RL's REINFORCE++ has it. Unlike in
 * discounted-return, no token answers for the KL of those after it.
 *
 *     A_it = R_i − β·k_it on response tokens, 0 elsewhere            β·k_it → klPenalty, where the KL is in the reward
 */
export const spreadWithKl = advantageStep({
  name: "spread-with-kl",
  summary: "the score at every token of its response, less that token's KL penalty",
  takes: "scores",
  gives: "tokens",
  takesKlPenalty: true,
  options: z.strictObject({}),
  bounds: (_options, { incoming, klInReward }) => (klInReward ? null : incoming),
  create: () => ({
    apply(values, { mask, klPenalty }) {
      checkShapes("spread-with-kl", {
        scores: [values, "B"],
        mask: [mask, "B T"],
        ...(klPenalty && { klPenalty: [klPenalty, "B T"] }),
      });
      return tf.tidy(() => {
        const scores = spreadScores(values as Tensor1D, mask); // [B, T]
        return klPenalty === null ? scores : (tf.sub(scores, keepMasked(klPenalty, mask)) as Tensor2D); // [B, T]
      });
    },
  }),
});
