import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { hasKernel, runKernel, withGradient } from "@rewardlab/core";

/**
 * ln π(target) = z_target − ln Σ eᶻ. logits [..., V], targets int32 [...] → [...]
 * Where the incoming gradient is 0 (masked tokens) so is the outgoing one.
 */
export function tokenLogProbs(logits: Tensor, targets: Tensor): Tensor {
  if (!hasKernel("RewardlabTokenLogProbs")) return composedLogProbs(logits, targets);
  return withGradient(
    [logits],
    () => {
      const [logProbs, lse] = runKernel("RewardlabTokenLogProbs", { logits, targets }); // [...], [...]
      return { value: logProbs!, saved: [logits, targets, lse!] };
    },
    (dy, saved) => runKernel("RewardlabTokenLogProbsGrad", { logits: saved[0]!, targets: saved[1]!, lse: saved[2]!, dy }), // [..., V]
  );
}

function composedLogProbs(logits: Tensor, targets: Tensor): Tensor {
  return tf.tidy(() => {
    const logProbs = tf.logSoftmax(logits); // [..., V]
    const chosen = tf.cast(tf.oneHot(tf.cast(targets, "int32"), logits.shape.at(-1)!), "bool"); // [..., V]
    return tf.sum(tf.where(chosen, logProbs, tf.zerosLike(logProbs)), -1); // [...]
  });
}

/** Entropy of π: h = −Σ p ln p with p = softmax(logits). logits [..., V] → [...] */
export function tokenEntropies(logits: Tensor): Tensor {
  if (!hasKernel("RewardlabTokenEntropies")) return composedEntropies(logits);
  return withGradient(
    [logits],
    () => {
      const [entropies, lse] = runKernel("RewardlabTokenEntropies", { logits }); // [...], [...]
      return { value: entropies!, saved: [logits, entropies!, lse!] };
    },
    (dy, saved) => runKernel("RewardlabTokenEntropiesGrad", { logits: saved[0]!, entropies: saved[1]!, lse: saved[2]!, dy }), // [..., V]
  );
}

function composedEntropies(logits: Tensor): Tensor {
  return tf.tidy(() => {
    const logProbs = tf.logSoftmax(logits); // [..., V]
    // Bounded, so that a logit of −∞ adds 0 · −10⁴ and not 0 · −∞.
    return tf.neg(tf.sum(tf.mul(tf.exp(logProbs), tf.maximum(logProbs, -1e4)), -1)); // [...]
  });
}
