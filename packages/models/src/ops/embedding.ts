import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import { withGradient } from "@rewardlab/core";

/** Rows of a table: y = table[ids]; d table[n] = Σ dy over the positions with id n. table [V, D], ids int32 [...] → [..., D] */
export function embedding(table: Tensor2D, ids: Tensor): Tensor {
  const [vocabulary, width] = table.shape;
  return withGradient(
    [table],
    () => ({ value: tf.gather(table, ids), saved: [ids] }), // [..., D]
    (dy, saved) => [tf.unsortedSegmentSum(tf.reshape(dy, [-1, width]), tf.reshape(saved[0]!, [-1]) as tf.Tensor1D, vocabulary)], // [V, D]
  );
}
