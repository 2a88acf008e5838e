import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";

/**
 * sg(x): the value of x, a constant to the tape; tfjs-core has no such operation of its own. What runs inside a custom gradient is not
 * recorded, and this one has no inputs, so nothing leads back to x. (A gradient of zeros would not do: 0 · ∞ in what lies behind x is NaN.)
 */
export function stopGradient<T extends Tensor>(x: T): T {
  return tf.customGrad(() => ({ value: x.clone(), gradFunc: () => [] as Tensor[] }))() as T;
}
