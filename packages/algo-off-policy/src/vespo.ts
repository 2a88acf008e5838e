import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor2D } from "@tensorflow/tfjs-core";
import { checkShapes, countTrue, idleAtFirstUpdate, keepMasked, Metrics, stopGradient, surrogate } from "@rewardlab/core";
import { z } from "zod";
import { bounded } from "./bounded.ts";
import { LARGEST_LOG } from "./importance-weights.ts";

/**
 * VESPO: REINFORCE whose responses are weighted by a soft function of their whole importance ratio, 1 where that is 1 and less far from it
 * (arXiv 2602.10693v1; TRL 1.16.0, loss_type vespo).
 *
 *     ln W = clamp( Σ_t clamp(ln ρ_t, ±20), ln 1e-8, 20 )            of the response
 *     φ    = exp(λ + k ln W − λW)                                    k → k, λ → lambda, each by the sign of A_t: ≥ 0, < 0
 *     L_t  = −sg(φ) A_t log π(a_t)
 *
 * φ(1) = 1; its largest value is at W = k/λ. λ is at least 1e-4, and a φ that overflows is 0, as in TRL.
 */
const bySign = (what: string, positive: number, negative: number) =>
  z
    .union(
      [
        z.number().min(0),
        z.strictObject({
          positive: z.number().min(0).default(positive).describe(`${what} where A ≥ 0`),
          negative: z.number().min(0).default(negative).describe(`${what} where A < 0`),
        }),
      ],
      { error: "expected a number of 0 or more, or { positive, negative }" },
    )
    .default({ positive, negative })
    .describe(`${what}: one number, or by the sign of the advantage (TRL: ${positive}, ${negative})`);

const LOWEST_LOG = Math.log(1e-8);
const LOWEST_LAMBDA = 1e-4;

export const vespo = surrogate({
  name: "vespo",
  summary: "−φ(W)·A·log π, φ falling off on both sides of W = 1, W the whole response's ratio",
  options: z.strictObject({
    k: bySign("k: how fast responses that became unlikely lose weight", 2, 3),
    lambda: bySign("λ: how fast responses that became likelier lose weight", 3, 2),
  }),
  metrics: {
    vespoWeight: {
      title: "Weight of responses",
      first: true,
      stability: "mean",
      meaning: "Mean of φ over tokens. 1 where the policy is the one that sampled.",
    },
    vespoClampedFraction: {
      title: "Clamped response ratios",
      unit: "share",
      of: "tokens",
      guard: true,
      meaning: "Share of tokens whose response's ratio was beyond 1e-8 to e²⁰.",
      zero: "No response's ratio was beyond 1e-8 to e²⁰.",
    },
  },
  inject: { metrics: Metrics },
  idle: (_, around) => idleAtFirstUpdate(around, "−sg(ρ)A log π"),
  create: ({ k, lambda }, { metrics }) => ({
    stopsGradient: ["ratio"],
    apply: ({ ratio, advantages, logProbs, mask }) => {
      checkShapes("vespo", {
        ratio: [ratio, "B T"],
        advantages: [advantages, "B T"],
        logProbs: [logProbs, "B T"],
        mask: [mask, "B T"],
      });
      return tf.tidy(() => {
        const ratios = bounded(stopGradient(ratio), Math.exp(-LARGEST_LOG), Math.exp(LARGEST_LOG)); // [B, T]
        const sum = tf.sum(keepMasked(tf.log(ratios), mask), 1, true); // [B, 1]
        const logW = bounded(sum, LOWEST_LOG, LARGEST_LOG); // [B, 1]
        const A = keepMasked(advantages, mask); // [B, T]
        const good = tf.greaterEqual(A, 0); // bool [B, T]
        const chosen = (of: typeof k, least = 0) => {
          const { positive, negative } = typeof of === "number" ? { positive: of, negative: of } : of;
          return tf.where(good, Math.max(positive, least), Math.max(negative, least)); // [B, T]
        };
        const l = chosen(lambda, LOWEST_LAMBDA); // [B, T]
        const log = tf.sub(tf.add(l, tf.mul(chosen(k), logW)), tf.mul(l, tf.exp(logW))); // [B, T]
        const raw = tf.exp(log); // [B, T]
        const phi = stopGradient(tf.where(tf.equal(raw, Infinity), tf.zerosLike(raw), raw)) as Tensor2D; // [B, T]
        const tokens = tf.sum(mask) as Scalar; // []
        const beyond = tf.logicalOr(tf.less(sum, LOWEST_LOG), tf.greater(sum, LARGEST_LOG)); // bool [B, 1]
        metrics.share("vespoWeight", tf.sum(keepMasked(phi, mask)) as Scalar, tokens); // []
        metrics.share("vespoClampedFraction", countTrue(tf.logicalAnd(beyond, tf.greater(mask, 0))), tokens); // []
        return tf.neg(tf.mul(tf.mul(phi, A), keepMasked(logProbs, mask))) as Tensor2D; // [B, T]
      });
    },
  }),
});
