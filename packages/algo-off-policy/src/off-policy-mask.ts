import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor2D } from "@tensorflow/tfjs-core";
import { correction, countTrue, keepMasked, logRatio, Metrics } from "@rewardlab/core";
import { z } from "zod";

/**
 * Off-policy sequence masking (DeepSeek-V3.2, arXiv 2512.02556v1, eq. 9): a bad response that the policy has moved away from since it was sampled teaches
 * nothing any more; a good one always does.
 *
 *     KL   = (1/T) Σ_t log π_rollout(a_t) − log π(a_t)
 *     M_t  = 1 where A_t ≥ 0 or KL ≤ δ, else 0                      δ → delta
 *     L_t  = M_t · L_t
 *
 * The paper's π_old is the policy that sampled, with the sampler's own probabilities, so that both what the updates and what the sampler's arithmetic changed
 * counts. A token whose log-probability is NaN is no evidence: it counts as 0, as in TRL, and is counted.
 */
export const offPolicyMask = correction({
  name: "off-policy-mask",
  summary: "drops responses with a negative advantage that the policy has moved away from",
  options: z.strictObject({
    delta: z.number().min(0).default(0.5).describe("δ: how far, in nats a token (TRL's example: 0.5; the paper doesn't tell)"),
  }),
  metrics: {
    offPolicyMaskedFraction: {
      title: "Off-policy tokens masked",
      unit: "share",
      of: "tokens",
      meaning: ({ delta }) =>
        `Share of tokens with a negative advantage whose response the policy has moved away from by more than ${delta} nats a token.`,
      zero: ({ delta }) => `No response with a negative advantage was more than ${delta} nats a token away.`,
    },
    nonFiniteOffPolicyTokens: {
      title: "Tokens without a distance",
      unit: "count",
      of: "tokens",
      meaning: "Tokens whose log-probability or advantage is NaN: they say nothing of how far the policy has moved.",
    },
  },
  inject: { metrics: Metrics },
  create: ({ delta }, { metrics }) => ({
    apply: ({ logProbs, rolloutLogProbs, advantages, mask }) =>
      tf.tidy(() => {
        const apart = logRatio({ logProbs: rolloutLogProbs, oldLogProbs: logProbs, mask }); // [B, T]
        const unknown = tf.isNaN(apart); // bool [B, T]
        const known = tf.where(unknown, tf.zerosLike(apart), apart); // [B, T]
        const mean = tf.div(tf.sum(known, 1, true), tf.maximum(tf.sum(mask, 1, true), 1)); // [B, 1]
        const good = tf.greaterEqual(keepMasked(advantages, mask), 0); // bool [B, T], false for NaN
        const kept = tf.logicalOr(good, tf.lessEqual(mean, Math.fround(delta))); // bool [B, T]
        const inside = tf.greater(mask, 0); // bool [B, T]
        const dropped = tf.logicalAnd(inside, tf.logicalNot(kept)); // bool [B, T]
        const lost = tf.logicalAnd(inside, tf.logicalOr(unknown, tf.isNaN(advantages))); // bool [B, T]
        metrics.share("offPolicyMaskedFraction", countTrue(dropped), tf.sum(mask) as Scalar); // []
        metrics.sum("nonFiniteOffPolicyTokens", countTrue(lost)); // []
        return { weights: mask.clone(), mask: tf.cast(tf.logicalAnd(kept, inside), "float32") as Tensor2D }; // [B, T] each
      }),
  }),
});
