import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import {
  advantageStep,
  checkShapes,
  clippedBounds,
  countNonFinite,
  countTrue,
  idleWithin,
  InputError,
  keepMasked,
  maskedMean,
  Metrics,
} from "@rewardlab/core";
import { z } from "zod";

/**
 * StableReinforce's advantage filter: outliers of the whitened advantages are set to 0 (arXiv 2505.02835v2; code r1_reward 3693413a).
 * z are the values that come in, so it stands after `whiten`. s → sigmas, which rule → rule.
 *
 *     paper:           z′_t = z_t where |z_t| ≤ s,                              else 0
 *     official-code:   z′_t = z_t where Ḡ − s ≤ z_t ≤ Ḡ + s and |z_t| ≤ 10,     else 0        Ḡ: mean of the returns before whitening
 *
 * The code compares whitened values with bounds around the raw mean: with Ḡ = 2.1 an outlier at z = 3.7 stays, with Ḡ = 2.5 all of z < −0.5 goes.
 * A filtered token stays in the mask, so it still counts in the aggregate's denominator: the filter is a 0, not a removal.
 * NaN stays NaN under the paper's rule; the code turns it (and ±∞) into 0. Either way what was filtered is counted. With a return that is NaN there is
 * no mean to lay bounds around, and the code filters nothing by them: such returns are counted (nonFiniteReturns).
 */
export const threeSigmaFilter = advantageStep({
  name: "three-sigma-filter",
  summary: "whitened advantages beyond some σ set to 0",
  takes: "tokens",
  gives: "tokens",
  options: z.strictObject({
    sigmas: z.number().positive().default(3).describe("s: half width of what is kept (paper, official code: 3)"),
    rule: z.enum(["paper", "official-code"]).default("paper").describe("bounds around 0, or around the raw mean of the returns"),
  }),
  metrics: {
    filteredFraction: {
      title: "Filtered tokens",
      unit: "share",
      of: "tokens",
      guard: true,
      meaning: ({ sigmas, rule }) =>
        rule === "paper"
          ? `Share of tokens whose advantage was set to 0, being more than ${sigmas} from 0. ${ofTwoValues(sigmas)}`
          : `Share of tokens whose advantage was set to 0, being more than ${sigmas} from the mean of the returns before whitening, beyond ±10, or NaN.`,
      zero: ({ sigmas, rule }) =>
        rule === "paper" ? `No advantage lay beyond ±${sigmas}.` : "No advantage lay outside the filter’s bounds.",
    },
    filteredFractionPositive: {
      title: "Filtered, advantage > 0",
      unit: "share",
      of: "tokens",
      meaning: "Filtered tokens whose advantage was positive, of all tokens.",
    },
    filteredFractionNegative: {
      title: "Filtered, advantage < 0",
      unit: "share",
      of: "tokens",
      meaning: "Filtered tokens whose advantage was negative, of all tokens.",
    },
    nonFiniteReturns: {
      title: "Returns not finite",
      unit: "count",
      of: "tokens",
      meaning:
        "Tokens whose return is NaN or infinite: with one there is no mean to lay bounds around, and nothing is filtered by them.",
    },
  },
  inject: { metrics: Metrics },
  idle: ({ sigmas, rule }, { incoming, returns }) => {
    if (rule === "paper") return idleWithin(incoming, -sigmas, sigmas);
    if (returns === null) return null;
    return idleWithin(incoming, Math.max(returns.high - sigmas, -10), Math.min(returns.low + sigmas, 10));
  },
  bounds: ({ sigmas, rule }, { incoming }) =>
    rule === "paper" ? clippedBounds(incoming, -sigmas, sigmas, "filtered advantages") : incoming,
  create: ({ sigmas, rule }, { metrics }) => ({
    comparesBatch: rule === "official-code",
    apply(values, { mask, returns }) {
      checkShapes("three-sigma-filter", {
        advantages: [values, "B T"],
        mask: [mask, "B T"],
        ...(returns && { returns: [returns, "B T"] }),
      });
      return tf.tidy(() => {
        const whitened = keepMasked(values as Tensor2D, mask); // [B, T]
        const outlier =
          rule === "paper" ? tf.greater(tf.abs(whitened), sigmas) : outsideOfficialBounds(whitened, mask, returns, sigmas); // bool [B, T]
        const filtered = tf.logicalAnd(outlier, tf.greater(mask, 0)); // bool [B, T]
        recordFiltered(metrics, whitened, filtered, mask);
        if (rule === "official-code") metrics.sum("nonFiniteReturns", countNonFinite(keepMasked(returns!, mask))); // []
        return tf.where(filtered, tf.zerosLike(whitened), whitened); // [B, T]
      });
    },
  }),
});

/**
 * Of scores that take two values, a share p of them the rarer one, the rarer value lies √((1 − p)/p) deviations from the mean, the other √(p/(1 − p)):
 * beyond s where p < 1 / (1 + s²).
 */
function ofTwoValues(sigmas: number): string {
  if (sigmas <= 1) return "";
  const rarest = Number((100 / (1 + sigmas ** 2)).toPrecision(2));
  return `With right-or-wrong scores, whitened, that takes out the rarer kind where it is less than ${rarest} % of the responses, and nothing else.`;
}

/** z < Ḡ − s, z > Ḡ + s, |z| > 10, or no number. */
function outsideOfficialBounds(whitened: Tensor2D, mask: Tensor2D, returns: Tensor2D | null, sigmas: number): Tensor {
  if (returns === null)
    throw new InputError(
      "RL_FILTER_RETURNS",
      "three-sigma-filter: rule official-code needs the returns before whitening, and no earlier step made any; put discounted-return before it",
    );
  const mean = maskedMean(returns, mask); // []
  const beyond = tf.logicalOr(tf.less(whitened, tf.sub(mean, sigmas)), tf.greater(whitened, tf.add(mean, sigmas))); // bool [B, T]
  return tf.logicalOr(beyond, tf.logicalOr(tf.greater(tf.abs(whitened), 10), tf.isNaN(whitened))); // bool [B, T]
}

/** Shares of all response tokens: filtered ones, those of them with z > 0, and those with z < 0. */
function recordFiltered(metrics: Metrics, whitened: Tensor2D, filtered: Tensor, mask: Tensor2D): void {
  const tokens = tf.sum(mask) as Scalar; // []
  metrics.share("filteredFraction", countTrue(filtered), tokens); // []
  metrics.share("filteredFractionPositive", countTrue(tf.logicalAnd(filtered, tf.greater(whitened, 0))), tokens); // []
  metrics.share("filteredFractionNegative", countTrue(tf.logicalAnd(filtered, tf.less(whitened, 0))), tokens); // []
}
