import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import type { MetricDeclarations } from "../services/metric-declaration.ts";
import type { Metrics } from "../services/metrics.ts";
import { countTrue, overflowScale } from "./masked.ts";

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

/** Scores and groups as they are where a NaN score is left out: it becomes 0 in a group of its own, so that it enters no other's mean. */
export function withoutNaN(scores: Tensor1D, groupIds: Tensor1D): { scores: Tensor1D; groupIds: Tensor1D } {
  const absent = tf.isNaN(scores); // bool [B]
  const below = tf.sub(tf.min(groupIds), 1); // []
  const own = tf.cast(tf.sub(below, tf.range(0, scores.shape[0], 1, "int32")), "int32") as Tensor1D; // int32 [B], ids that no group has
  return { scores: tf.where(absent, tf.zerosLike(scores), scores), groupIds: tf.where(absent, own, groupIds) }; // [B], int32 [B]
}

export interface GroupNormalisation {
  /** σ² divides by n − 1, or by n. */
  readonly deviation: "unbiased" | "population";
  readonly epsilon: number;
  /** Mean and σ of the others in the group, without the response itself. */
  readonly leaveOneOut?: boolean;
  /** Whose σ it is: the group's, or the whole batch's. The mean is the group's either way. */
  readonly over?: "group" | "batch";
}

/**
 * (R_i − mean) / (σ + ε) within the group; R_i − mean where σ is 0 (equal scores have no advantage), or, leaving one out, where it is not above ε
 * (a single other response has no deviation to divide by).
 */
export function groupNormalised(scores: Tensor1D, groupIds: Tensor1D, options: GroupNormalisation): Tensor1D {
  const { deviation, epsilon, leaveOneOut = false, over = "group" } = options;
  return tf.tidy(() => {
    const centred = groupCentred(scores, groupIds, leaveOneOut); // [B]
    const whose = over === "batch" ? tf.zerosLike(groupIds) : groupIds; // int32 [B]
    const sigma = groupDeviation(scores, whose, deviation === "unbiased" ? 1 : 0, leaveOneOut); // [B]
    const divided = tf.div(centred, tf.add(sigma, epsilon)) as Tensor1D; // [B]
    return tf.where(tf.lessEqual(sigma, leaveOneOut ? epsilon : 0), centred, divided); // [B]
  });
}

/** σ of each response's group, or of the others in it: √(Σ (R_j − mean)² / (n − correction)). 0 where there is nothing to divide by. */
function groupDeviation(scores: Tensor1D, groupIds: Tensor1D, correction: 0 | 1, leaveOneOut: boolean): Tensor1D {
  const same = sameGroup(groupIds); // bool [B, B]
  const self = tf.cast(tf.eye(scores.shape[0]), "bool"); // bool [B, B]
  const counted = leaveOneOut ? tf.logicalAnd(same, tf.logicalNot(self)) : same; // bool [B, B]
  // R_j − mean_i = (R_i − mean_i) − (R_i − R_j)
  const centred = tf.expandDims(groupCentred(scores, groupIds, leaveOneOut), 1); // [B, 1]
  const residuals = tf.sub(centred, groupDifferences(scores, same)); // [B, B]
  const kept = tf.where(counted, residuals, tf.zerosLike(residuals)); // [B, B]
  const scale = overflowScale(kept, 1); // [B]
  const squares = tf.square(tf.div(kept, tf.expandDims(scale, 1))); // [B, B]
  const divisor = tf.maximum(tf.sub(groupSizes(counted as Tensor2D), correction), 1); // [B]
  return tf.mul(scale, tf.sqrt(tf.div(tf.sum(squares, 1), divisor))) as Tensor1D; // [B]
}

/** What `recordAlone` records. */
export const aloneMetrics: MetricDeclarations = {
  aloneInGroup: {
    title: "Responses alone in their group",
    unit: "count",
    of: "responses",
    meaning: "Nothing to compare them with: their advantage is 0, or their score where the experiment says so.",
  },
};

/** Metric `aloneInGroup`: how many responses have no other of their group to be compared with. */
export function recordAlone(metrics: Metrics, groupIds: Tensor1D): void {
  tf.tidy(() => metrics.sum("aloneInGroup", countTrue(tf.equal(groupSizes(sameGroup(groupIds)), 1)))); // []
}
