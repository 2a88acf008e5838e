import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor2D } from "@tensorflow/tfjs-core";
import type { Corrected, Correction, CorrectionBatch } from "../kinds.ts";
import type { MetricDeclarations } from "../services/metric-declaration.ts";
import type { Metrics } from "../services/metrics.ts";
import { keepMasked } from "./masked.ts";
import { checkShapes } from "./shapes.ts";
import { stopGradient } from "./stop-gradient.ts";

/** What `correctionOf` records. */
export const correctionMetrics: MetricDeclarations = {
  correctionWeight: {
    title: "Weight by the correction",
    meaning:
      "Mean over tokens of the weight that loss.correction gives the loss, what it drops counted as 0. 1: sampler and trainer agree, or nothing is corrected.",
  },
  correctionDroppedFraction: {
    title: "Tokens dropped by the correction",
    unit: "share",
    of: "tokens",
    first: true,
    stability: "mean",
    meaning: "Share of tokens that loss.correction leaves out of the loss, by its mask or by a weight of 0.",
    zero: "Nothing was dropped.",
  },
};

/**
 * What a chain of corrections makes of the token losses: the product of its weights, and what all of its masks keep.
 *
 *     w = Π_k w_k on response tokens, 0 elsewhere          m = mask · Π_k m_k
 *
 * Constants to the tape. In a chain each correction sees the same batch, the whole response mask included. The caller's tensors.
 */
export function correctionOf(chain: readonly Correction[], batch: CorrectionBatch, metrics?: Metrics): Corrected {
  const { logProbs, oldLogProbs, rolloutLogProbs, advantages, mask } = batch;
  checkShapes("correction", {
    logProbs: [logProbs, "B T"],
    oldLogProbs: [oldLogProbs, "B T"],
    rolloutLogProbs: [rolloutLogProbs, "B T"],
    advantages: [advantages, "B T"],
    mask: [mask, "B T"],
  });
  return tf.tidy(() => {
    let [weights, kept] = [mask, mask]; // [B, T] each
    for (const correction of chain) {
      const made = correction.apply({ ...batch, logProbs: stopGradient(logProbs) });
      weights = keepMasked(tf.mul(weights, stopGradient(made.weights)) as Tensor2D, mask); // [B, T]
      kept = keepMasked(tf.mul(kept, stopGradient(made.mask)) as Tensor2D, mask); // [B, T]
    }
    const acting = keepMasked(weights, kept); // [B, T]
    const tokens = tf.sum(mask) as Scalar; // []
    metrics?.share("correctionWeight", tf.sum(acting) as Scalar, tokens);
    metrics?.share(
      "correctionDroppedFraction",
      tf.sub(tokens, tf.sum(tf.cast(tf.notEqual(acting, 0), "float32"))) as Scalar,
      tokens,
    );
    return { weights: weights.clone(), mask: kept.clone() };
  });
}
