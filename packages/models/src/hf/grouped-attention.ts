import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { attention } from "../ops/attention.ts";
import { embedding } from "../ops/embedding.ts";

/** Rows that see one another, and nobody else: groups of any size, padded to the largest. Plain arrays of a picture's grid, made into tensors once. */
export type Groups = {
  /** Which row stands where, counted from 1; 0: none. int32 [W, L] */
  readonly rows: Tensor2D;
  readonly mask: Tensor2D; // [W, L]
  /** Where each row went, in the groups laid end to end. int32 [N] */
  readonly back: Tensor1D;
};

/** Every row in one group. The tensors are the caller's. */
export function groupsOf(members: readonly (readonly number[])[], rows: number): Groups {
  const longest = Math.max(...members.map((group) => group.length));
  const numbers = new Int32Array(members.length * longest);
  const mask = new Float32Array(numbers.length);
  const back = new Int32Array(rows);
  members.forEach((group, index) =>
    group.forEach((row, at) => {
      numbers[index * longest + at] = row + 1;
      mask[index * longest + at] = 1;
      back[row] = index * longest + at;
    }),
  );
  return {
    rows: tf.tensor2d(numbers, [members.length, longest], "int32"),
    mask: tf.tensor2d(mask, [members.length, longest]),
    back: tf.tensor1d(back, "int32"),
  };
}

/** Attention of each row to those of its group. q, k, v [1, N, H, d] → [N, H·d] */
export function groupedAttention(q: Tensor4D, k: Tensor4D, v: Tensor4D, { rows, mask, back }: Groups): Tensor2D {
  return tf.tidy(() => {
    const [, count, heads, headSize] = q.shape;
    const width = heads * headSize;
    const grouped = (x: Tensor4D) => {
      const table = tf.concat([tf.zeros([1, width]) as Tensor2D, tf.reshape(x, [count, width]) as Tensor2D]); // [1 + N, H·d]
      return tf.reshape(embedding(table, rows), [...rows.shape, heads, headSize]) as Tensor4D; // [W, L, H, d]
    };
    const read = attention(grouped(q), grouped(k), grouped(v), { keyMask: mask }); // [W, L, H, d]
    return embedding(tf.reshape(read, [-1, width]) as Tensor2D, back) as Tensor2D; // [N, H·d]
  });
}
