import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor2D } from "@tensorflow/tfjs-core";
import { idleAtFirstUpdate, keepMasked, logRatio, Metrics, stopGradient, surrogate } from "@rewardlab/core";
import { z } from "zod";
import { chosenCount, chosenTokens, covarianceMetrics, tokenCovariances } from "./covariance.ts";

/**
 * KL-Cov: no clip, and a penalty on the change of the few tokens whose covariance is largest (arXiv 2505.22617v1).
 *
 *     cov_t = (A_t − mean A)(log π_t − mean log π)       over the tokens of the minibatch
 *     D     = the k = max(⌊r N⌋, 1) tokens with the largest cov_t                                  r → ratio
 *     L_t   = −ρ_t A_t + β |log π_t − log π_old,t| where t ∈ D, else −ρ_t A_t                      β → coefficient
 *
 * The penalty's gradient is ±β, and 0 where the two are equal. ρ is what the ratio slot makes; the penalty reads the log-probabilities.
 */
export const klCovSurrogate = surrogate({
  name: "kl-cov",
  summary: "−ρA, and β·|log ratio| for the few tokens of the highest covariance",
  comparesBatch: true,
  options: z.strictObject({
    ratio: z
      .number()
      .positive()
      .max(1)
      .default(2e-4)
      .describe("r: share of the tokens that are penalised (paper: 2e-3 at 7B, 2e-4 at 32B; verl: 2e-4)"),
    coefficient: z
      .number()
      .min(0)
      .default(1)
      .describe("β: weight of the penalty (paper, verl's function: 1; verl's config: 0.1)"),
  }),
  metrics: {
    ...covarianceMetrics,
    penalisedFraction: {
      title: "Tokens penalised by covariance",
      unit: "share",
      of: "tokens",
      meaning: ({ ratio, coefficient }) =>
        `Tokens of the highest covariance, ${ratio} of all and at least one an update: ${coefficient} times their |log ratio| is added to their loss.`,
    },
    penalty: {
      title: "Penalty by covariance",
      first: true,
      stability: "mean",
      meaning: "Mean |log ratio| of the penalised tokens, before its coefficient: 0 in the first update of a rollout.",
    },
  },
  inject: { metrics: Metrics },
  idle: (_options, around) => idleAtFirstUpdate(around, "−ρA"),
  create: ({ ratio: share, coefficient }, { metrics }) => ({
    apply: (batch) =>
      tf.tidy(() => {
        const { ratio, advantages, mask } = batch;
        const covariances = tokenCovariances("kl-cov", batch, metrics); // [B, T]
        const chosen = chosenTokens(covariances, tf.greater(mask, 0), chosenCount(share, mask)); // [B, T]
        const d = logRatio(batch); // [B, T]
        const size = tf.mul(d, stopGradient(tf.sign(d))); // [B, T], |d| whose gradient at 0 is 0; that of tf.abs is −1
        const penalty = tf.where(tf.greater(chosen, 0), size, tf.zerosLike(size)) as Tensor2D; // [B, T]
        metrics.share("penalisedFraction", tf.sum(chosen) as Scalar, tf.sum(mask) as Scalar);
        metrics.share("penalty", tf.sum(penalty) as Scalar, tf.sum(chosen) as Scalar);
        const loss = tf.neg(tf.mul(keepMasked(ratio, mask), keepMasked(advantages, mask))); // [B, T]
        return tf.add(loss, tf.mul(penalty, coefficient)) as Tensor2D; // [B, T]
      }),
  }),
});
