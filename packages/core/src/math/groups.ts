import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";

/**
 * Statistics within groups: responses with one group id answer one prompt. They are made from the differences R_i − R_j, which are exactly 0
 * where scores are equal, so that a group of equal scores gets the advantage 0 and not a rounding error blown up by a division.
 * What other groups hold, NaN included, never enters.
 */

/** True where responses i and j answer the same prompt. */
export function sameGroup(groupIds: Tensor1D): Tensor2D {
  return tf.tidy(() => tf.equal(tf.expandDims(groupIds, 1), tf.expandDims(groupIds, 0))); // bool [B, B]
}

/** n: how many responses the group of each response has. */
export function groupSizes(same: Tensor2D): Tensor1D {
  return tf.tidy(() => tf.sum(tf.cast(same, "float32"), 1)); // [B]
}

/** R_i − R_j within a group, 0 between groups. */
export function groupDifferences(scores: Tensor1D, same: Tensor2D): Tensor2D {
  return tf.tidy(() => {
    const differences = tf.sub(tf.expandDims(scores, 1), tf.expandDims(scores, 0)) as Tensor2D; // [B, B]
    return tf.where(same, differences, tf.zerosLike(differences)); // [B, B]
  });
}

/** R_i − mean of the group: Σ_j (R_i − R_j) / n. `leaveOneOut` leaves R_i itself out of the mean: Σ_j (R_i − R_j) / (n − 1), 0 for a group of one. */
export function groupCentred(scores: Tensor1D, groupIds: Tensor1D, leaveOneOut = false): Tensor1D {
  return tf.tidy(() => {
    const same = sameGroup(groupIds); // [B, B]
    const others = tf.maximum(tf.sub(groupSizes(same), leaveOneOut ? 1 : 0), 1); // [B]
    return tf.div(tf.sum(groupDifferences(scores, same), 1), others); // [B]
  });
}

/** `scores` where a response is alone in its group, `values` elsewhere. */
export function singletonsKeep(scores: Tensor1D, values: Tensor1D, groupIds: Tensor1D): Tensor1D {
  return tf.tidy(() => tf.where(tf.equal(groupSizes(sameGroup(groupIds)), 1), scores, values)); // [B]
}
