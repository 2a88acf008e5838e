import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";

/** Values between low and high; NaN stays NaN, which clipByValue makes a bound of on some backends (wasm). */
export function bounded<T extends Tensor>(values: T, low: number, high: number): T {
  return tf.tidy(() => tf.where(tf.isNaN(values), values, tf.clipByValue(values, low, high))); // shape of values
}
