import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import type { Aggregate } from "../kinds.ts";
import { batchTotals } from "../policy-loss.ts";
import { assertClose, gradient, leakedTensors } from "./tensors.ts";

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

/** What holds for every aggregate, by the name of the test that shows it. */
export function aggregateLaws(part: Aggregate): Record<string, () => void> {
  const { mask, tokenLoss, totals } = aggregateBatch();
  return {
    "micro-batches add up to the whole": () => {
      const losses = [
        [0, 1],
        [1, 2],
      ].map(([start, size]) =>
        part.apply(tf.slice(tokenLoss, [start!, 0], [size!, 3]), tf.slice(mask, [start!, 0], [size!, 3]), totals),
      );
      assertClose(tf.addN(losses), part.apply(tokenLoss, mask, totals).arraySync());
    },
    "nothing in the mask gives 0 and no gradient": () => {
      const none = [[0, 0, 0]];
      const loss = (x: Tensor2D) => part.apply(x, tf.tensor2d(none), batchTotals(none));
      assertClose(loss(tf.tensor2d([[NaN, 1, 1]])), 0);
      assertClose(gradient(loss, tf.tensor2d([[NaN, 1, 1]])), [[0, 0, 0]]);
    },
    "leaks no tensor": () => {
      const leaked = leakedTensors(() => {
        part.apply(tokenLoss, mask, totals).dispose();
        gradient((x) => part.apply(x, mask, totals), tokenLoss).dispose();
      });
      if (leaked !== 0) throw new Error(`${leaked} tensors leaked, expected none`);
    },
  };
}
