import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";

/**
 * Masked reductions. A masked position is replaced by 0 with `where`, never multiplied by the mask:
 * ∞ · 0 is NaN, so a multiplication would let what lies outside the mask leak in. Gradients at masked positions are 0 for the same reason.
 */

/** `values` where the mask is 1, 0 elsewhere. */
export function keepMasked<T extends Tensor>(values: T, mask: Tensor): T {
  return tf.tidy(() => tf.where(tf.greater(mask, 0), values, tf.zerosLike(values))) as T; // shape of values
}

/** Σ values·mask over all positions. */
export function maskedSum(values: Tensor, mask: Tensor): Scalar {
  return tf.tidy(() => tf.sum(keepMasked(values, mask))) as Scalar; // []
}

/** Σ over each row. */
export function maskedRowSum(values: Tensor2D, mask: Tensor2D): Tensor1D {
  return tf.tidy(() => tf.sum(keepMasked(values, mask), 1)) as Tensor1D; // [B]
}

/** Σ values·mask / Σ mask, and 0 where the mask is empty. */
export function maskedMean(values: Tensor, mask: Tensor): Scalar {
  return tf.tidy(() => tf.div(maskedSum(values, mask), tf.maximum(tf.sum(mask), 1))) as Scalar; // []
}

/** values − mean, and 0 outside the mask. Centred twice: the second time takes off the rounding error of the first mean, so equal values give exactly 0. */
export function maskedCentred<T extends Tensor>(values: T, mask: Tensor): T {
  return tf.tidy(() => {
    const once = tf.sub(values, maskedMean(values, mask)); // shape of values
    return keepMasked(tf.sub(once, maskedMean(once, mask)), mask); // shape of values
  }) as T;
}

/** Σ (values − mean)²·mask / (Σ mask − correction): correction 0 is the biased (population) variance, 1 the unbiased one. 0 where nothing is left to divide by. */
export function maskedVariance(values: Tensor, mask: Tensor, correction: 0 | 1): Scalar {
  return tf.tidy(() => {
    const centred = maskedCentred(values, mask); // shape of values
    const count = tf.maximum(tf.sub(tf.sum(mask), correction), 1); // []
    return tf.div(maskedSum(tf.square(centred), mask), count); // []
  }) as Scalar;
}

/** What to divide by before squaring, so that no square of a finite number overflows: 1 below 1e15, where it changes no bit. Over all values, or along an axis. */
export function overflowScale(values: Tensor, axis?: number): Tensor {
  return tf.tidy(() => tf.maximum(tf.div(tf.max(tf.abs(values), axis), 1e15), 1)); // [], or values' shape without the axis
}

/** How many of a condition's values are true. */
export function countTrue(condition: Tensor): Scalar {
  return tf.tidy(() => tf.sum(tf.cast(condition, "float32"))) as Scalar; // []
}

/** How many of the values are NaN or ±∞. */
export function countNonFinite(values: Tensor): Scalar {
  return tf.tidy(() => countTrue(tf.logicalNot(tf.isFinite(values)))); // []
}
