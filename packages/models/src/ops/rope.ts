import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import { hasKernel, runKernel, withGradient } from "@rewardlab/core";

/** cos and sin of position · θⱼ, θⱼ = base^(−2j/D): [T, D/2], or [B, T, D/2] where each sequence has its own positions. */
export type RopeTables = {
  readonly cos: Tensor;
  readonly sin: Tensor;
};

/** positions [T] or [B, T] (left-padded rows: a position of their own) → tables for heads of size D. */
export function ropeTables(positions: Tensor, headSize: number, base = 10_000): RopeTables {
  return tf.tidy(() => {
    const frequencies = tf.tensor1d(Array.from({ length: headSize / 2 }, (_, j) => base ** ((-2 * j) / headSize))); // [D/2]
    const angles = tf.mul(tf.expandDims(tf.cast(positions, "float32"), -1), frequencies); // [T, D/2] or [B, T, D/2]
    return { cos: tf.cos(angles), sin: tf.sin(angles) }; // [T, D/2] or [B, T, D/2]
  });
}

/**
 * Rotary position embedding: each pair (xⱼ, xⱼ₊D/2) is turned by position · θⱼ. Su et al., arXiv 2104.09864v5, equation 34; the pairs are
 * halves, as in Llama, not neighbours as in the paper. The gradient turns back. x [B, T, H, D] → [B, T, H, D]; not differentiated in the tables.
 */
export function rope(x: Tensor4D, { cos, sin }: RopeTables): Tensor4D {
  if (!hasKernel("RewardlabRope")) return composedRope(x, cos, sin);
  return withGradient(
    [x],
    () => {
      const [y] = runKernel("RewardlabRope", { x, cos, sin }, { direction: 1 }); // [B, T, H, D]
      return { value: y as Tensor4D, saved: [cos, sin] };
    },
    (dy, saved) => runKernel("RewardlabRope", { x: dy, cos: saved[0]!, sin: saved[1]! }, { direction: -1 }), // [B, T, H, D]
  );
}

function composedRope(x: Tensor4D, cos: Tensor, sin: Tensor): Tensor4D {
  return tf.tidy(() => {
    const [left, right] = tf.split(x, 2, -1) as [Tensor4D, Tensor4D]; // [B, T, H, D/2] twice
    const [c, s] = [tf.expandDims(cos, -2), tf.expandDims(sin, -2)]; // [T, 1, D/2] or [B, T, 1, D/2]
    const turned = [tf.sub(tf.mul(left, c), tf.mul(right, s)), tf.add(tf.mul(right, c), tf.mul(left, s))]; // [B, T, H, D/2] twice
    return tf.concat(turned, -1) as Tensor4D; // [B, T, H, D]
  });
}
