import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { z } from "zod";
import { advantageStep } from "../../plugin/component.ts";
import { InputError } from "@rewardlab/storage";
import type { AdvantageBatch } from "../../kinds.ts";
import { keepMasked } from "../../math/masked.ts";
import { checkShapes } from "../../math/shapes.ts";
import { tokenRewards } from "../../math/token-rewards.ts";

/**
 * Generalised advantage estimation (Schulman et al., arXiv 1506.02438v6, eq. 16), the advantage of PPO.
 *
 *     ρ_t = [t is the last response token]·R − β·k_t          as in discounted-return
 *     δ_t = ρ_t + γ V_{t'} − V_t                              t' the next response token, V = 0 after the last;  γ → gamma
 *     A_t = δ_t + γλ A_{t'}                                   λ → lambda
 *     G_t = A_t + V_t                                         the critic's target
 *
 * V are the critic's values of the policy that sampled. Positions outside the mask are skipped, as in verl and TRL, and get 0.
 * λ = 1 gives the discounted return less the value, λ = 0 the one-step error.
 */
export const gae = advantageStep({
  name: "gae",
  summary: "generalised advantage estimation with a critic's values",
  takes: "scores",
  gives: "tokens",
  takesKlPenalty: true,
  usesValues: true,
  options: z.strictObject({
    gamma: z.number().min(0).max(1).default(1).describe("γ: discount (verl, TRL, OpenRLHF: 1)"),
    lambda: z.number().min(0).max(1).default(0.95).describe("λ: how far errors are carried back (TRL: 0.95; verl, OpenRLHF: 1)"),
  }),
  create: ({ gamma, lambda }) => ({
    makesTokenRewards: true,
    apply(scores, batch) {
      const values = valuesOf(batch); // [B, T]
      checkShapes("gae", { scores: [scores, "B"], values: [values, "B T"], mask: [batch.mask, "B T"] });
      return tf.tidy(() => {
        const rewards = batch.tokenRewards ?? tokenRewards(scores as Tensor1D, batch.mask, batch.klPenalty); // [B, T]
        return generalisedAdvantages(rewards, values, batch.mask, { gamma, lambda }); // [B, T]
      });
    },
    returnsOf: (advantages, batch) => tf.tidy(() => tf.add(advantages, keepMasked(valuesOf(batch), batch.mask)) as Tensor2D), // [B, T]
  }),
});

function valuesOf({ values }: AdvantageBatch): Tensor2D {
  if (values !== null) return values;
  throw new InputError(
    "RL_NO_VALUES",
    "gae: there are no values, expected those of a critic (stages.rl.critic; `values` in a batch)",
  );
}

/** A_t = δ_t + γλ A_{t'} over response tokens, 0 elsewhere. */
export function generalisedAdvantages(
  rewards: Tensor2D,
  values: Tensor2D,
  mask: Tensor2D,
  { gamma, lambda }: { gamma: number; lambda: number },
): Tensor2D {
  checkShapes("generalised advantages", { rewards: [rewards, "B T"], values: [values, "B T"], mask: [mask, "B T"] });
  return tf.tidy(() => {
    const isToken = tf.unstack(tf.greater(mask, 0), 1); // T of bool [B]
    const reward = tf.unstack(keepMasked(rewards, mask), 1); // T of [B]
    const value = tf.unstack(keepMasked(values, mask), 1); // T of [B]
    const advantages = [...reward]; // T of [B]
    let nextValue = tf.zerosLike(reward[0]!); // [B]
    let nextAdvantage = tf.zerosLike(reward[0]!); // [B]
    for (let t = reward.length - 1; t >= 0; t--) {
      const delta = tf.sub(tf.add(reward[t]!, tf.mul(nextValue, gamma)), value[t]!); // [B]
      const here = tf.add(delta, tf.mul(nextAdvantage, gamma * lambda)); // [B]
      nextValue = tf.where(isToken[t]!, value[t]!, nextValue); // [B]
      nextAdvantage = tf.where(isToken[t]!, here, nextAdvantage); // [B]
      advantages[t] = nextAdvantage;
    }
    return keepMasked(tf.stack(advantages, 1) as Tensor2D, mask); // [B, T]
  });
}
