import * as tf from "@tensorflow/tfjs-core";

/**
 * Makes sure that tensors can be computed and differentiated: tfjs's plain JavaScript backend, unless the caller has started another.
 * (tfjs-core alone registers neither gradients nor a backend.)
 */
export async function startReference(): Promise<void> {
  await import("@tensorflow/tfjs");
  if (tf.getBackend()) return;
  tf.env().set("PROD", true); // it prints an advertisement otherwise
  await tf.setBackend("cpu");
}
