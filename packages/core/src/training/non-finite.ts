import * as tf from "@tensorflow/tfjs-core";
import type { Scalar } from "@tensorflow/tfjs-core";
import type { Parameters } from "../kinds.ts";

/** NaN or ±∞ met in a step, before the optimizer saw it. */
export class NonFinite extends Error {
  override readonly name: string = "NonFinite";
}

/** By its name: a plugin's own copy of the class counts as well. */
export function isNonFinite(error: unknown): error is NonFinite {
  return error instanceof Error && error.name === "NonFinite";
}

/** Throws `NonFinite` naming the tensor and the first token concerned. values: [B, T] on the host. */
export function checkTokens(
  tensor: string,
  values: ArrayLike<number>,
  mask: ArrayLike<number>,
  tokens: number,
  word: (row: number, token: number) => string,
): void {
  for (let index = 0; index < values.length; index++)
    if (mask[index]! > 0 && !Number.isFinite(values[index])) {
      const [row, token] = [Math.floor(index / tokens), index % tokens];
      throw new NonFinite(
        `${tensor} is ${values[index]} at response ${row}, token ${token} (${JSON.stringify(word(row, token))})`,
      );
    }
}

/**
 * The global L2 norm of gradients or of updated parameters, added up in the order of their names: float32 sums depend on the order, and parameters that come from
 * a file are in another one than those a model just made.
 */
export function globalNorm(tensors: Parameters): Scalar {
  return tf.tidy(() => {
    const squares = Object.keys(tensors)
      .sort()
      .map((name) => tf.sum(tf.square(tensors[name]!))); // [] each
    return tf.sqrt(tf.addN(squares)) as Scalar; // []
  });
}

/** The global norm, on the host. Throws `NonFinite` naming the parameter where it isn't finite. */
export function finiteNorm(what: "gradient" | "updated value", tensors: Parameters): number {
  const norm = tf.tidy(() => globalNorm(tensors).dataSync()[0]!);
  if (Number.isFinite(norm)) return norm;
  for (const [name, tensor] of Object.entries(tensors)) {
    const values = tensor.dataSync();
    const index = values.findIndex((value) => !Number.isFinite(value));
    if (index !== -1)
      throw new NonFinite(`the ${what} of ${name} [${tensor.shape.join(", ")}] is ${values[index]} at element ${index}`);
  }
  throw new NonFinite(`the norm of the ${what}s overflows (${norm}), though each is finite`);
}
