import * as tf from "@tensorflow/tfjs-core";

// tfjs frees tensors at any depth of plain objects and arrays, and its types ask these for an index signature, which an interface hasn't got.

/** `tf.tidy`, whatever the work gives: its tensors stay, the others that it made are freed. */
export function tidied<T>(work: () => T): T {
  return tf.tidy(() => work() as never) as T;
}

/** `tf.dispose`, whatever holds the tensors. */
export function free(...held: readonly unknown[]): void {
  tf.dispose(held as never);
}
