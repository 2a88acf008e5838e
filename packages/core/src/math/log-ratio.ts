import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import type { RatioBatch } from "../kinds.ts";
import type { MetricDeclarations } from "../services/metric-declaration.ts";
import type { Metrics } from "../services/metrics.ts";
import { countNonFinite, keepMasked } from "./masked.ts";
import { checkShapes } from "./shapes.ts";
import { stopGradient } from "./stop-gradient.ts";

/**
 * d = log π − log π_old on response tokens and 0 elsewhere, so that exp(d) is 1 there, whatever the padding holds.
 * log π_old is a constant to the tape, even where it is the very tensor that is being differentiated.
 */
export function logRatio({ logProbs, oldLogProbs, mask }: RatioBatch): Tensor2D {
  checkShapes("log ratio", { logProbs: [logProbs, "B T"], oldLogProbs: [oldLogProbs, "B T"], mask: [mask, "B T"] });
  return tf.tidy(() => keepMasked(tf.sub(logProbs, stopGradient(oldLogProbs)), mask)); // [B, T]
}

/** What `recordRatio` records: every ratio declares these. */
export const ratioMetrics: MetricDeclarations = {
  largestRatio: {
    title: "Largest importance ratio",
    first: true,
    stability: "largest",
    meaning: "The largest π/π_old of any token. 1 where each rollout is used for one update only: then both are the same policy.",
  },
  largestLogRatio: {
    title: "Largest |log ratio|",
    stability: "largest",
    meaning: "The largest |log π − log π_old| of any token, before any clamp; large values of either sign.",
  },
  nonFiniteRatios: {
    title: "Ratios not finite",
    unit: "count",
    of: "tokens",
    meaning: "Tokens whose importance ratio overflowed or is NaN; a ratio that is bounded prevents it.",
  },
};

/** Metrics of every ratio, over response tokens: `largestLogRatio` = max |d|, `largestRatio` = max ρ, `nonFiniteRatios` = how many ρ are NaN or ±∞. */
export function recordRatio(metrics: Metrics, logRatios: Tensor2D, ratio: Tensor2D, mask: Tensor2D): void {
  const kept = keepMasked(ratio, mask); // [B, T]
  metrics.max("largestLogRatio", tf.max(tf.abs(logRatios))); // []
  metrics.max("largestRatio", tf.max(kept)); // []
  metrics.sum("nonFiniteRatios", countNonFinite(kept)); // []
}
