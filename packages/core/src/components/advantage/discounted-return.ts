import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { z } from "zod";
import { advantageStep } from "../../plugin/component.ts";
import { keepMasked } from "../../math/masked.ts";
import { checkShapes } from "../../math/shapes.ts";
import { tokenRewards } from "../../math/token-rewards.ts";

/**
 * The discounted return of every token (Sutton and Barto 2018, section 3.3), as REINFORCE++ takes it (arXiv 2501.03262v9).
 *
 *     ρ_t = [t is the last response token]·R − β·k_t        β·k_t → klPenalty, where the KL is in the reward
 *     G_t = ρ_t + γ G_{t'}                                  t' the next response token;  γ → gamma
 *
 * Positions outside the mask are skipped, not discounted over, and get 0. Given token rewards (`rewardlab probe`) stand in for ρ.
 */
export const discountedReturn = advantageStep({
  name: "discounted-return",
  summary: "return of every token from the score and the KL penalty",
  takes: "scores",
  gives: "tokens",
  takesKlPenalty: true,
  options: z.strictObject({ gamma: z.number().min(0).max(1).default(1).describe("γ: discount (OpenRLHF, verl: 1)") }),
  bounds: ({ gamma }, { incoming, klInReward }) => {
    if (incoming === null || klInReward) return null;
    const returns = { ...incoming, what: "returns" };
    return gamma === 1 ? returns : { ...returns, low: Math.min(0, incoming.low), high: Math.max(0, incoming.high) };
  },
  create: ({ gamma }) => ({
    makesTokenRewards: true,
    apply(values, batch) {
      checkShapes("discounted-return", { scores: [values, "B"], mask: [batch.mask, "B T"] });
      return tf.tidy(() => {
        const rewards = batch.tokenRewards ?? tokenRewards(values as Tensor1D, batch.mask, batch.klPenalty); // [B, T]
        return discountedReturns(rewards, batch.mask, gamma); // [B, T]
      });
    },
  }),
});

/** G_t = ρ_t + γ G_{t'} over response tokens, 0 elsewhere. */
export function discountedReturns(rewards: Tensor2D, mask: Tensor2D, gamma: number): Tensor2D {
  checkShapes("discounted returns", { rewards: [rewards, "B T"], mask: [mask, "B T"] });
  return tf.tidy(() => {
    const kept = keepMasked(rewards, mask); // [B, T]
    if (gamma === 1) return keepMasked(tf.cumsum(kept, 1, false, true), mask); // [B, T]
    const isToken = tf.unstack(mask, 1); // T of [B]
    const returns = tf.unstack(kept, 1); // T of [B]
    let next = tf.zerosLike(returns[0]!); // [B]
    for (let t = returns.length - 1; t >= 0; t--) {
      const here = tf.add(returns[t]!, tf.mul(next, gamma)); // [B]
      next = tf.where(tf.greater(isToken[t]!, 0), here, next); // [B]
      returns[t] = next;
    }
    return keepMasked(tf.stack(returns, 1) as Tensor2D, mask); // [B, T]
  });
}
