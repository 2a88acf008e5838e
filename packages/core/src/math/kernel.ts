import * as tf from "@tensorflow/tfjs-core";
import type { NamedTensorMap, Tensor } from "@tensorflow/tfjs-core";

/**
 * Fused kernels that an engine may bring for its backend. An op asks by name; on a backend without the kernel it composes tfjs-core's own
 * operations, which is also what the kernel is tested against.
 */
export function hasKernel(name: string): boolean {
  return tf.getKernel(name, tf.getBackend()) !== undefined;
}

/** Runs a kernel that the engine has under this name (`hasKernel`), and gives its outputs, always as a list. The caller owns them. */
export function runKernel(name: string, inputs: NamedTensorMap, attributes: Record<string, number> = {}): Tensor[] {
  const result: Tensor | Tensor[] = tf.engine().runKernel(name, inputs, attributes);
  return Array.isArray(result) ? result : [result];
}

/** `forward` gives the value and what `backward` needs; `backward` gives the gradient of each of `inputs`. */
export function withGradient<T extends Tensor>(
  inputs: readonly Tensor[],
  forward: () => { value: T; saved: readonly Tensor[] },
  backward: (dy: T, saved: readonly Tensor[]) => Tensor[],
): T {
  return tf.customGrad((...args) => {
    const save = args.at(-1) as (tensors: Tensor[]) => void;
    const { value, saved } = forward();
    save([...saved]);
    return { value, gradFunc: (dy: Tensor, kept: Tensor[]) => backward(dy as T, kept) };
  })(...inputs) as T;
}
