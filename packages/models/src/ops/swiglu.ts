import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { hasKernel, runKernel, withGradient } from "@rewardlab/core";

/**
 * SwiGLU's gate: silu(g) ∘ u with silu(g) = g · σ(g), for g = x W_gate, u = x W_up. Shazeer, arXiv 2002.05202v1, equation 5.
 * gate, up [...] → [...]
 */
export function swiglu<T extends Tensor>(gate: T, up: T): T {
  if (!hasKernel("RewardlabSwiglu")) return tf.tidy(() => tf.mul(tf.mul(gate, tf.sigmoid(gate)), up)) as T; // [...]
  return withGradient(
    [gate, up],
    () => {
      const [y] = runKernel("RewardlabSwiglu", { gate, up }); // [...]
      return { value: y as T, saved: [gate, up] };
    },
    (dy, saved) => runKernel("RewardlabSwigluGrad", { gate: saved[0]!, up: saved[1]!, dy }), // [...], [...]
  );
}
