import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";

/**
 * sg(x): the value of x, a constant to the tape. tfjs-core has none of its own.
 * The zeros are made from dy, because x itself may be gone by the time the gradient is taken.
 */
export const stopGradient = tf.customGrad((x) => ({
  value: (x as Tensor).clone(),
  gradFunc: (dy: Tensor) => tf.zerosLike(dy),
})) as <T extends Tensor>(x: T) => T;
