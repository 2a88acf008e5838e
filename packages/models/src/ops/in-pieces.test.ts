// Pieces against the whole, on the plain JavaScript backend, on wasm and on libtensorflow where it is installed, there compiled as well.

import { compileFunction, startTensorflowBackend, startWasmBackend } from "@rewardlab/engines";
import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { inPieces } from "./in-pieces.ts";
import { tokenEntropies, tokenLogProbs } from "./token-log-probs.ts";

await startWasmBackend();
const backends = ["cpu", "wasm", ...((await startTensorflowBackend()) === null ? [] : ["tensorflow"])];

const N = 7;
const D = 5;
const V = 11;
const numbers = (size: number, seed: number) => Float32Array.from({ length: size }, (_, i) => Math.sin(i * 1.7 + seed));
const states = () => tf.tensor2d(numbers(N * D, 1), [N, D]);
const matrix = () => tf.tensor2d(numbers(V * D, 2), [V, D]);
const targets = () => tf.tensor1d([3, 0, 10, 5, 5, 2, 7], "int32");
/** What a loss makes of the numbers: one of them plays no part. */
const shares = () => tf.tensor1d([0.3, -1, 0, 2, 0.5, -0.25, 1]);

type Of = typeof tokenLogProbs;
const whole = (of: Of, x: Tensor2D, W: Tensor2D) => of(tf.div(tf.matMul(x, W, false, true), 0.7), targets()) as Tensor1D;
const pieces = (of: Of, x: Tensor2D, W: Tensor2D, rows: number, weightTrains: boolean) =>
  inPieces(
    (part, weight, ids, [divisor]) => of(tf.div(tf.matMul(part, weight, false, true), divisor!), ids) as Tensor1D,
    { x, weight: W, ids: targets(), shared: [tf.scalar(0.7)] },
    { rows, weightTrains },
  );

const test = suite("inPieces", { tensors: 0 });
const numbersOf = (x: tf.Tensor) => [...x.dataSync()];
const close = (given: readonly number[], expected: readonly number[], most: number, what: string) => {
  assert.is(given.length, expected.length, what);
  given.forEach((value, i) =>
    assert.ok(Math.abs(value - expected[i]!) <= most, `${what}, ${i}: ${value}, expected ${expected[i]}`),
  );
};

for (const backend of backends) {
  for (const [name, of] of [
    ["log-probabilities", tokenLogProbs],
    ["entropies", tokenEntropies],
  ] as const)
    // prettier-ignore
    test(`${name} and both gradients are the whole's, whatever the size of a piece (${backend})`, () => {
      tf.setBackend(backend);
      const before = tf.memory().numTensors;
      tf.tidy(() => {
        const [x, W] = [states(), matrix()];
        const loss = (values: Tensor1D) => tf.sum(tf.mul(values, shares())) as Scalar;
        const expected = tf.valueAndGrads((a, b) => loss(whole(of, a as Tensor2D, b as Tensor2D)))([x, W]);
        for (const rows of [1, 2, 3, 7, 100]) {
          close(numbersOf(pieces(of, x, W, rows, false)), numbersOf(whole(of, x, W)), 2e-6, `values, ${rows}`);
          const trained = (a: tf.Tensor, b: tf.Tensor) => tf.valueAndGrads((c, d) => loss(pieces(of, c as Tensor2D, d as Tensor2D, rows, true)))([a, b]); // prettier-ignore
          const frozen = (a: tf.Tensor) => tf.valueAndGrad((c) => loss(pieces(of, c as Tensor2D, W, rows, false)))(a);
          const compiled = backend === "tensorflow" ? [compileFunction(trained, "graph"), compileFunction(frozen, "graph")] : [];
          for (const [how, both, ofX] of [["as it is", trained, frozen], ["compiled", ...compiled]] as [string, typeof trained?, typeof frozen?][]) { // prettier-ignore
            if (both === undefined || ofX === undefined) continue;
            const given = both(x, W);
            assert.ok(Math.abs(given.value.dataSync()[0]! - expected.value.dataSync()[0]!) < 1e-5, how);
            given.grads.forEach((one, i) => close(numbersOf(one), numbersOf(expected.grads[i]!), 3e-6, `${how}, ${rows}, ${i}`));
            close(numbersOf(ofX(x).grad), numbersOf(expected.grads[0]!), 3e-6, `${how}, frozen, ${rows}`);
          }
        }
      });
      assert.is(tf.memory().numTensors, before, "leaked tensors");
    });

  test(`gradients are those of differences (${backend})`, () => {
    tf.setBackend(backend);
    tf.tidy(() => {
      const W = matrix();
      const loss = (x: Tensor2D) => tf.sum(tf.mul(pieces(tokenLogProbs, x, W, 3, false), shares())) as Scalar;
      const gradient = numbersOf(tf.grad((x) => loss(x as Tensor2D))(states()));
      const step = 1e-2;
      for (const at of [0, 8, 17, 34]) {
        const moved = (by: number) => {
          const values = numbers(N * D, 1);
          values[at]! += by;
          return loss(tf.tensor2d(values, [N, D])).dataSync()[0]!;
        };
        // an error of step² · f‴ / 6 and of float32's 1e-7 / step
        assert.ok(Math.abs((moved(step) - moved(-step)) / (2 * step) - gradient[at]!) < 1e-3, `${at}`);
      }
    });
  });

  test(`a row without a share has no gradient, whatever stands in it (${backend})`, () => {
    tf.setBackend(backend);
    tf.tidy(() => {
      const values = numbers(N * D, 1);
      values.fill(Number.NaN, 2 * D, 3 * D); // the third row's share is 0
      const loss = (x: tf.Tensor) =>
        tf.sum(tf.where(tf.notEqual(shares(), 0), tf.mul(pieces(tokenLogProbs, x as Tensor2D, matrix(), 3, false), shares()), 0));
      const gradient = numbersOf(tf.grad(loss)(tf.tensor2d(values, [N, D])));
      assert.equal(gradient.slice(2 * D, 3 * D), [0, 0, 0, 0, 0]);
      assert.ok(gradient.every(Number.isFinite));
    });
  });
}

test("one piece's logits are held at a time, forward and in both gradients", () => {
  tf.setBackend("cpu");
  const [rows, vocabulary] = [4, 1000];
  const x = tf.tensor2d(numbers(64 * D, 1), [64, D]);
  const W = tf.tensor2d(numbers(vocabulary * D, 2), [vocabulary, D]);
  let most = 0;
  let calls = 0;
  const f = (weightTrains: boolean) => (a: tf.Tensor, b: tf.Tensor) =>
    tf.sum(
      inPieces(
        (part, weight) => {
          most = Math.max(most, tf.memory().numBytes);
          calls++;
          return tf.logSumExp(tf.matMul(part, weight, false, true), 1) as Tensor1D;
        },
        { x: a as Tensor2D, weight: b as Tensor2D, ids: tf.zeros([64], "int32") },
        { rows, weightTrains },
      ),
    );
  const ofAPiece = 4 * rows * vocabulary;
  for (const [what, work, times] of [
    ["values", () => [f(false)(x, W)], 16],
    ["frozen", () => [tf.grad((a) => f(false)(a, W))(x)], 16],
    ["trained", () => tf.grads(f(true))([x, W]), 32],
  ] as const) {
    [most, calls] = [0, 0];
    const before = tf.memory().numBytes;
    tf.dispose(tf.tidy(() => work() as tf.Tensor[]));
    assert.is(calls, times, what);
    // W's gradients of a piece and of those before, and what is as large as x; all rows' logits are 16 pieces'
    assert.ok(most - before < 3 * ofAPiece + 3 * 4 * W.size, `${what}: ${most - before} bytes, a piece has ${ofAPiece}`);
    assert.is(tf.memory().numBytes, before, what);
  }
  tf.dispose([x, W]);
});

test.run();
