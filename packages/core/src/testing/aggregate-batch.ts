import * as tf from "@tensorflow/tfjs-core";
import { batchTotals } from "../math/policy-loss.ts";

/** Three responses of 3, 1 and 0 tokens, with rubbish in the padding. */
export function aggregateBatch() {
  const rows = [
    [1, 1, 1],
    [1, 0, 0],
    [0, 0, 0],
  ];
  const mask = tf.tensor2d(rows); // [B, T]
  const tokenLoss = tf.tensor2d([
    [1, 2, 6],
    [5, NaN, Infinity],
    [-Infinity, 7, NaN],
  ]); // [B, T]
  return { mask, tokenLoss, totals: batchTotals(rows) };
}
