import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import { checkShapes, countNonFinite, keepMasked, maskedMean, stopGradient } from "@rewardlab/core";
import type { MetricDeclarations, Metrics, SurrogateBatch } from "@rewardlab/core";

/**
 * What Clip-Cov and KL-Cov share: a token's part in the covariance of log-probability and advantage, by which a policy gradient step lowers the entropy
 * (arXiv 2505.22617v1), and the choice of a few tokens by it. All of it is a constant to the tape.
 */

/** What `tokenCovariances` counts. */
export const covarianceMetrics: MetricDeclarations = {
  nonFiniteCovariances: {
    title: "Covariances not finite",
    unit: "count",
    of: "tokens",
    meaning: "Tokens whose advantage and log-probability have no finite covariance; none of them can be chosen.",
  },
};

/** cov_t = (A_t − mean A)(log π_t − mean log π), means over the response tokens of the batch; 0 outside the mask. [B, T] */
export function tokenCovariances(where: string, { logProbs, advantages, mask }: SurrogateBatch, metrics: Metrics): Tensor2D {
  checkShapes(where, { logProbs: [logProbs, "B T"], advantages: [advantages, "B T"], mask: [mask, "B T"] });
  const centred = (x: Tensor2D) => tf.sub(x, maskedMean(x, mask)) as Tensor2D; // [B, T]
  const product = tf.mul(centred(stopGradient(advantages)), centred(stopGradient(logProbs))) as Tensor2D; // [B, T]
  const covariances = keepMasked(product, mask); // [B, T]
  metrics.sum("nonFiniteCovariances", countNonFinite(covariances)); // []
  return covariances;
}

/** How many tokens are chosen of so many: ⌊ratio · tokens⌋, at least 1. In float64, since 0.29 · 100 is not 29 in both precisions. [] */
export function chosenCount(ratio: number, mask: Tensor2D): Scalar {
  const counts = Array.from({ length: mask.size + 1 }, (_, tokens) => Math.max(Math.floor(ratio * tokens), 1));
  const tokens = tf.cast(tf.sum(mask), "int32"); // int32 []
  return tf.reshape(tf.gather(tf.tensor1d(counts), tf.reshape(tokens, [1])), []) as Scalar; // []
}

/** 1 for the `count` tokens with the largest `priority` among the candidates (all of them where they are fewer), 0 elsewhere. [B, T] */
export function chosenTokens(priority: Tensor2D, candidates: Tensor, count: Scalar): Tensor2D {
  const least = tf.fill(priority.shape, -Infinity); // [B, T]
  const sound = tf.logicalAnd(candidates, tf.equal(priority, priority)); // bool [B, T], NaN is less than any
  const values = tf.reshape(tf.where(sound, priority, least), [priority.size]); // [B·T]
  const order = tf.topk(values, priority.size).indices; // int32 [B·T], the largest first
  const places = tf.topk(tf.neg(tf.cast(order, "float32")), priority.size).indices; // int32 [B·T], the place of each token in that order
  const first = tf.less(tf.reshape(tf.cast(places, "float32"), priority.shape), count); // bool [B, T]
  return tf.cast(tf.logicalAnd(first, sound), "float32") as Tensor2D; // [B, T]
}
