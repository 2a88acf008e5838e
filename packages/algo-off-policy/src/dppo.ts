import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import { checkShapes, countTrue, idleAtFirstUpdate, keepMasked, Metrics, stopGradient, surrogate } from "@rewardlab/core";
import type { SurrogateBatch } from "@rewardlab/core";
import { z } from "zod";
import { bounded } from "./bounded.ts";
import { LARGEST_LOG } from "./importance-weights.ts";

/**
 * DPPO: a token leaves the loss where its probability, not its ratio, has moved too far in the direction of its advantage (arXiv 2602.04879v1). A rare token
 * may then double its probability, and a common one may not lose half of it.
 *
 *     w_t = min(ρ_t, C)                                                                                C → cap
 *     L_t = −A_t · sg(w_t · M_t) · log π(a_t)
 *
 *     tv:  M_t = [π − π_old ≤ δ]  for A > 0,  [π − π_old ≥ −δ]  else                                   δ → threshold
 *     kl:  M_t = [D ≤ δ or π ≤ π_old]  for A > 0,  [D ≤ δ or π ≥ π_old]  else
 *          D   = π_old ln(π_old/π) + (1 − π_old) ln((1 − π_old)/(1 − π))                               of the token against all others
 *
 * π and π_old are the token's own probabilities: the binary approximations of the paper, as verl computes them, 1e-8 added to 1 − π and 1 − π_old.
 */
export const dppo = surrogate({
  name: "dppo",
  summary: "−sg(min(ρ, cap))·A·log π, without tokens whose probability moved too far",
  options: z.strictObject({
    divergence: z.enum(["tv", "kl"]).default("tv").describe("by how much a token's probability moved, or by the KL of that"),
    threshold: z.number().positive().default(0.15).describe("δ: how far it may move; kl's scale is another than tv's"),
    cap: z.number().positive().default(20).describe("C: the largest weight (paper, verl's function: 20)"),
  }),
  metrics: {
    divergedFraction: {
      title: "Tokens moved too far",
      unit: "share",
      of: "tokens",
      first: true,
      stability: "mean",
      meaning: ({ divergence, threshold }) =>
        `Share of tokens that leave the loss: their probability moved along with the advantage by more than ${threshold} (${divergence}).`,
      zero: ({ divergence, threshold }) => `No token moved by more than ${threshold} (${divergence}) along with its advantage.`,
    },
    cappedWeightFraction: {
      title: "Capped weights",
      unit: "share",
      of: "tokens",
      guard: true,
      meaning: ({ cap }) => `Share of tokens in the loss whose ratio was above ${cap}: their weight is ${cap}.`,
      zero: ({ cap }) => `No ratio was above ${cap}.`,
    },
  },
  inject: { metrics: Metrics },
  idle: ({ cap }, around) => (cap > 1 ? idleAtFirstUpdate(around, "−sg(ρ)A log π") : null),
  create: ({ divergence, threshold, cap }, { metrics }) => ({
    stopsGradient: ["ratio"],
    apply: (batch) =>
      tf.tidy(() => {
        const { mask } = batch;
        const { ratio, advantages, logProbs, oldLogProbs } = responseTokens(batch); // [B, T] each
        const highest = Math.fround(Math.min(cap, Math.exp(LARGEST_LOG)));
        const weight = bounded(ratio, Math.exp(-LARGEST_LOG), highest); // [B, T]
        const policy = stopGradient(logProbs); // [B, T]
        const valid = within(divergence, policy, oldLogProbs, advantages, Math.fround(threshold)); // [B, T]
        const inside = tf.greater(mask, 0); // bool [B, T]
        const capped = tf.logicalAnd(tf.greater(valid, 0), tf.greater(ratio, Math.fround(cap))); // bool [B, T]
        const tokens = tf.sum(mask) as Scalar; // []
        metrics.share("divergedFraction", countTrue(tf.logicalAnd(tf.equal(valid, 0), inside)), tokens); // []
        metrics.share("cappedWeightFraction", countTrue(tf.logicalAnd(capped, inside)), tokens); // []
        // a product and not a choice: a log-probability that isn't finite isn't hidden by M = 0
        return tf.neg(tf.mul(tf.mul(stopGradient(tf.mul(weight, valid)), advantages), logProbs)) as Tensor2D; // [B, T]
      }),
  }),
});

/** M: 1 or 0, NaN where a log-probability is. A π above 1, which is none, has a tv and no kl, as in verl. [B, T] */
function within(
  divergence: "tv" | "kl",
  logProbs: Tensor2D,
  oldLogProbs: Tensor2D,
  advantages: Tensor2D,
  threshold: number,
): Tensor {
  const [now, before] = [logProbs, oldLogProbs].map((of) => bounded(of, -Infinity, LARGEST_EXPONENT)) as [Tensor2D, Tensor2D]; // [B, T] each
  const moved = tf.sub(tf.exp(now), tf.exp(before)); // [B, T]
  const far = divergence === "tv" ? tf.abs(moved) : binaryKl(now, before); // [B, T]
  const near = tf.lessEqual(far, threshold); // bool [B, T]
  const up = tf.logicalOr(near, tf.lessEqual(moved, 0)); // bool [B, T]
  const down = tf.logicalOr(near, tf.greaterEqual(moved, 0)); // bool [B, T]
  const kept = tf.where(tf.greater(advantages, 0), up, down); // bool [B, T]
  return tf.where(tf.isNaN(moved), moved, tf.cast(kept, "float32")); // [B, T]
}

/** exp of more would overflow, and 1 − ∞ differs from what a finite number gives. */
const LARGEST_EXPONENT = 60;

/** 1 − π by expm1, which keeps its digits where π is nearly 1. [B, T] */
function binaryKl(logProbs: Tensor2D, oldLogProbs: Tensor2D): Tensor {
  const rest = (of: Tensor2D) => tf.neg(tf.expm1(of)); // [B, T]
  const others = tf.log(tf.div(tf.add(rest(oldLogProbs), 1e-8), tf.add(rest(logProbs), 1e-8))); // [B, T]
  return tf.add(tf.mul(tf.exp(oldLogProbs), tf.sub(oldLogProbs, logProbs)), tf.mul(rest(oldLogProbs), others)); // [B, T]
}

function responseTokens({ ratio, advantages, logProbs, oldLogProbs, mask }: SurrogateBatch) {
  checkShapes("dppo", {
    ratio: [ratio, "B T"],
    advantages: [advantages, "B T"],
    logProbs: [logProbs, "B T"],
    oldLogProbs: [oldLogProbs, "B T"],
    mask: [mask, "B T"],
  });
  return {
    ratio: keepMasked(stopGradient(ratio), mask), // [B, T]
    advantages: keepMasked(advantages, mask), // [B, T]
    logProbs: keepMasked(logProbs, mask), // [B, T]
    oldLogProbs: keepMasked(stopGradient(oldLogProbs), mask), // [B, T]
  };
}
