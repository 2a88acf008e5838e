import * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";
import { advantageStep } from "../../plugin/component.ts";
import { maskedRowSum } from "../../math/masked.ts";
import { checkShapes } from "../../math/shapes.ts";

/**
 * Takes the KL penalty of a whole response off its score, where the KL is in the reward: the score that RLOO's baseline is made of
 * (arXiv 2402.14740v2, section 3; TRL's RLOOTrainer; verl, whose estimators start from the sum of the token rewards).
 *
 *     R_i ← R_i − Σ_t m_it β·k_it                  β·k_it → klPenalty
 *
 * Later steps of the chain see no KL penalty any more. Without one, nothing changes.
 */
export const klPenaltyStep = advantageStep({
  name: "kl-penalty",
  summary: "score minus the response's KL penalty",
  takes: "scores",
  gives: "scores",
  takesKlPenalty: true,
  options: z.strictObject({}),
  idle: (_options, { klInReward }) =>
    klInReward
      ? null
      : { because: "no KL penalty is in the reward", remedy: "kl: { in: reward } with a coefficient above 0", as: null },
  bounds: (_options, { incoming, klInReward }) => (klInReward ? null : incoming),
  create: () => ({
    apply(scores, { mask, klPenalty }) {
      checkShapes("kl-penalty", {
        scores: [scores, "B"],
        mask: [mask, "B T"],
        ...(klPenalty && { klPenalty: [klPenalty, "B T"] }),
      });
      return tf.tidy(() => (klPenalty === null ? scores.clone() : tf.sub(scores, maskedRowSum(klPenalty, mask)))); // [B]
    },
  }),
});
