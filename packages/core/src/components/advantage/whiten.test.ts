import * as tf from "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { AdvantageBatch } from "../../kinds.ts";
import { assertClose, createPart } from "../../testing/tensors.ts";
import { whiten } from "./whiten.ts";

const apply = (options: object, values: number[][], mask: number[][]) =>
  createPart(whiten, options).part.apply(tf.tensor2d(values), { mask: tf.tensor2d(mask) } as AdvantageBatch);

test("whiten: mean 0 and variance 1 over all tokens of the batch", () => {
  // 1, 2, 6: mean 3, biased σ² = (4 + 1 + 9)/3 = 14/3; unbiased 7
  const [rows, mask] = [
    [
      [1, 2, NaN],
      [6, Infinity, 7],
    ],
    [
      [1, 1, 0],
      [1, 0, 0],
    ],
  ];
  const [biased, unbiased] = [Math.sqrt(14 / 3), Math.sqrt(7)];
  assertClose(apply({}, rows, mask), [
    [-2 / biased, -1 / biased, 0],
    [3 / biased, 0, 0],
  ]);
  assertClose(apply({ variance: "unbiased", epsilonIn: "sum" }, rows, mask), [
    [-2 / unbiased, -1 / unbiased, 0],
    [3 / unbiased, 0, 0],
  ]);
});

test("whiten: ε as a floor of the variance, or added to it", () => {
  // 0, 2: mean 1, σ² = 1. floor: max(1, 3) → ∓1/√3;  sum: 1 + 3 → ∓1/2
  assertClose(apply({ epsilon: 3 }, [[0, 2]], [[1, 1]]), [[-1 / Math.sqrt(3), 1 / Math.sqrt(3)]]);
  assertClose(apply({ epsilon: 3, epsilonIn: "sum" }, [[0, 2]], [[1, 1]]), [[-0.5, 0.5]]);
});

test("whiten: the case of the StableReinforce paper, 255 of 256 right", () => {
  // p = 255/256, σ = √(p(1 − p)): the wrong one is at −p/σ = −15.97, the others at (1 − p)/σ = 0.0626
  const values = [Array.from({ length: 256 }, (_, index) => (index === 0 ? 0 : 1))];
  const result = apply({}, values, [values[0]!.map(() => 1)]).dataSync();
  assertClose(result[0]!, -Math.sqrt(255), 1e-4);
  assertClose(result[1]!, 1 / Math.sqrt(255), 1e-4);
});

test("whiten: no token, one token and equal tokens give 0, not NaN", () => {
  for (const variance of ["biased", "unbiased"])
    for (const epsilonIn of ["floor", "sum"]) {
      assert.equal(apply({ variance, epsilonIn }, [[5, NaN]], [[0, 0]]).arraySync(), [[0, 0]]);
      assert.equal(apply({ variance, epsilonIn }, [[5, NaN]], [[1, 0]]).arraySync(), [[0, 0]]);
      assert.equal(apply({ variance, epsilonIn }, [[0.1, 0.1, 0.1, 0.1, 0.1]], [[1, 1, 1, 1, 1]]).arraySync(), [[0, 0, 0, 0, 0]]);
    }
});

test("whiten: a NaN inside the mask makes every token NaN, and still none outside", () => {
  assertClose(apply({}, [[NaN, 1, 2]], [[1, 1, 0]]), [[NaN, NaN, 0]]);
});

test("whiten: huge values are as far apart as small ones", () => {
  // 1e30² overflows float32: (1, −1, 0) / √(2/3)
  const { part } = createPart(whiten);
  const mask = tf.tensor2d([[1, 1, 1]]);
  const sigma = Math.sqrt(2 / 3);
  assertClose(part.apply(tf.tensor2d([[1e30, -1e30, 0]]), { mask } as never), [[1 / sigma, -1 / sigma, 0]]);
});

test.run();
