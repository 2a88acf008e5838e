import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor1D } from "@tensorflow/tfjs-core";
import { withGradient } from "@rewardlab/core";
import { after } from "./after.ts";
import { offTape } from "./off-tape.ts";

/**
 * f(inputs), of which a gradient keeps the inputs alone: what lies between is made again when it is needed (gradient checkpointing, arXiv 1604.06174v2, with one
 * function a segment). Costs one more forward pass of f, and the gradients are the same.
 *
 * `inputs` get gradients; each must play a part in the results, and all that is large must depend on the first of them. `constants` get none. f must use no
 * other tensors, but for those that outlive the gradient (parameters).
 */
export function recomputed(
  f: (inputs: readonly Tensor[], constants: readonly Tensor[]) => readonly Tensor[],
  inputs: readonly Tensor[],
  constants: readonly Tensor[],
): Tensor[] {
  let shapes: readonly number[][] = [];
  const whole = withGradient(
    inputs,
    () => {
      const value = tf.tidy(() => {
        const made = f(inputs, constants);
        shapes = made.map(({ shape }) => shape);
        return packed(made);
      });
      return { value, saved: [...inputs, ...constants] };
    },
    (dy, saved) =>
      offTape(() => {
        const [first, ...others] = saved.slice(0, inputs.length) as [Tensor, ...Tensor[]];
        const kept = saved.slice(inputs.length);
        return tf.tidy(
          () => tf.grads((...again) => packed(f(again, kept)))([after(first, dy), ...others], dy) as never,
        ) as Tensor[];
      }),
  ); // [all numbers of the results]
  let at = 0;
  return shapes.map((shape) => {
    const size = shape.reduce((product, axis) => product * axis, 1);
    at += size;
    return tf.reshape(tf.slice(whole, at - size, size), shape);
  });
}

/** tfjs's own gradients are of functions with one result. */
function packed(made: readonly Tensor[]): Tensor1D {
  return tf.concat1d(made.map((one) => tf.reshape(one, [-1]) as Tensor1D));
}
