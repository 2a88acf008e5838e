import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor2D } from "@tensorflow/tfjs-core";
import { countTrue, keepMasked, Metrics, stopGradient, surrogate } from "@rewardlab/core";
import { z } from "zod";
import { chosenCount, chosenTokens, covarianceMetrics, tokenCovariances } from "./covariance.ts";

/**
 * Clip-Cov: PPO's clip, and besides a few tokens lose their loss, drawn by chance among those whose covariance is large (arXiv 2505.22617v1).
 *
 *     cov_t = (A_t − mean A)(log π_t − mean log π)       over the tokens of the minibatch
 *     C     = { t : ω_low < cov_t < ω_high, and PPO's clip doesn't act }                           ω_low → low, ω_high → high
 *     D     = k = max(⌊r N⌋, 1) of C by chance, or all of C where they are fewer                   r → ratio
 *     L_t   = 0 where t ∈ D, else max(−ρA, −clip(ρ, 1 − ε_low, 1 + ε_high) A)                      ε_low → clipLow, ε_high → clipHigh
 *
 * The chance is the batch's `draws`: the lowest of C are drawn. A token of D stays in N.
 */
export const clipCovSurrogate = surrogate({
  name: "clip-cov",
  summary: "PPO's clip, and no loss for a few tokens of high covariance, drawn by chance",
  comparesBatch: true,
  draws: true,
  options: z.strictObject({
    ratio: z.number().positive().max(1).default(2e-4).describe("r: share of the tokens that are drawn (paper, verl: 2e-4)"),
    low: z.number().default(1).describe("ω_low: covariance above which a token may be drawn (paper, verl: 1)"),
    high: z.number().default(5).describe("ω_high: covariance below which a token may be drawn (paper, verl: 5)"),
    clipLow: z.number().min(0).max(1).default(0.2).describe("ε_low: ρ below 1 − ε_low is clipped (paper, verl: 0.2)"),
    clipHigh: z.number().min(0).default(0.2).describe("ε_high: ρ above 1 + ε_high is clipped (paper, verl: 0.2)"),
  }),
  checks: [
    {
      reads: ["low", "high"],
      find: ({ low, high }: { low: number; high: number }) =>
        low < high
          ? []
          : [{ path: ["high"], message: `is ${high}, and no covariance lies between low (${low}) and that; expected more` }],
    },
  ],
  metrics: {
    ...covarianceMetrics,
    clipFraction: {
      title: "Clipped tokens",
      unit: "share",
      of: "tokens",
      first: true,
      stability: "mean",
      meaning: "Share of tokens whose gradient PPO’s clip takes away; those drawn by their covariance are not among them.",
    },
    covarianceClipFraction: {
      title: "Tokens drawn by covariance",
      unit: "share",
      of: "tokens",
      guard: true,
      meaning: ({ ratio, low, high }) =>
        `Tokens whose loss was taken away: of those with a covariance between ${low} and ${high} at most ${ratio} of all tokens, and at least one.`,
      zero: ({ low, high }) => `No token had a covariance between ${low} and ${high}.`,
    },
    covarianceCandidates: {
      title: "Tokens of high covariance",
      unit: "share",
      of: "tokens",
      meaning: ({ low, high }) => `Tokens with a covariance between ${low} and ${high}, among which some are drawn.`,
    },
  },
  inject: { metrics: Metrics },
  create: ({ ratio: share, low, high, clipLow, clipHigh }, { metrics }) => ({
    apply: (batch) =>
      tf.tidy(() => {
        const { ratio, advantages, mask } = batch;
        const covariances = tokenCovariances("clip-cov", batch, metrics); // [B, T]
        const [rho, A] = [keepMasked(ratio, mask), keepMasked(advantages, mask)]; // [B, T] each
        const unclipped = tf.neg(tf.mul(rho, A)); // [B, T]
        const clipped = tf.neg(tf.mul(tf.clipByValue(rho, Math.fround(1 - clipLow), Math.fround(1 + clipHigh)), A)); // [B, T]
        const isClipped = stopGradient(tf.logicalAnd(tf.greater(clipped, unclipped), tf.greater(mask, 0))); // bool [B, T]
        const isBetween = tf.logicalAnd(tf.greater(covariances, low), tf.less(covariances, high)); // bool [B, T]
        const isFree = tf.logicalAnd(tf.greater(mask, 0), tf.logicalNot(isClipped)); // bool [B, T]
        const candidates = tf.logicalAnd(isBetween, isFree); // bool [B, T]
        const drawn = chosenTokens(tf.neg(batch.draws!) as Tensor2D, candidates, chosenCount(share, mask)); // [B, T]
        const tokens = tf.sum(mask) as Scalar; // []
        metrics.share("clipFraction", countTrue(isClipped), tokens);
        metrics.share("covarianceCandidates", countTrue(candidates), tokens);
        metrics.share("covarianceClipFraction", tf.sum(drawn) as Scalar, tokens);
        const loss = tf.maximum(unclipped, clipped) as Tensor2D; // [B, T]
        return tf.where(tf.greater(drawn, 0), tf.zerosLike(loss), loss); // [B, T]
      }),
  }),
});
