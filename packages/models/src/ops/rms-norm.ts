import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor1D } from "@tensorflow/tfjs-core";
import { hasKernel, runKernel, withGradient } from "@rewardlab/core";

/**
 * RMSNorm: y = x / √(mean(x²) + ε) ∘ w, over the last axis. Zhang & Sennrich, arXiv 1910.07467v1, equation 4.
 * x [..., D], weight [D] → [..., D]
 */
export function rmsNorm<T extends Tensor>(x: T, weight: Tensor1D, epsilon = 1e-6): T {
  if (!hasKernel("RewardlabRmsNorm")) return composedRmsNorm(x, weight, epsilon);
  return withGradient(
    [x, weight],
    () => {
      const [y] = runKernel("RewardlabRmsNorm", { x, weight }, { epsilon }); // [..., D]
      return { value: y as T, saved: [x, weight] };
    },
    (dy, saved) => runKernel("RewardlabRmsNormGrad", { x: saved[0]!, weight: saved[1]!, dy }, { epsilon }), // [..., D], [D]
  );
}

function composedRmsNorm<T extends Tensor>(x: T, weight: Tensor1D, epsilon: number): T {
  return tf.tidy(() => {
    const meanSquare = tf.mean(tf.square(x), -1, true); // [..., 1]
    return tf.mul(tf.mul(x, tf.rsqrt(tf.add(meanSquare, epsilon))), weight) as T; // [..., D]
  });
}
