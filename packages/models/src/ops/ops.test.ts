// Each op on the engines with fused kernels (wasm, and libtensorflow where it is installed), or on the one under test (`npm test -- --engine NAME`),
// against the composition that the plain JavaScript backend runs: values and gradients.

import { startTensorflowBackend, startWasmBackend } from "@rewardlab/engines";
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { appendToCache, attention } from "./attention.ts";
import { embedding } from "./embedding.ts";
import { rmsNorm } from "./rms-norm.ts";
import { rope, ropeTables } from "./rope.ts";
import { swiglu } from "./swiglu.ts";
import { tokenEntropies, tokenLogProbs } from "./token-log-probs.ts";

const backends = tf.getBackend() ? [tf.getBackend()] : await fusedBackends();
/** For numbers worked by hand. */
const firstBackend = backends[0]!;
const testOnWasm = (title: string, body: () => void) =>
  firstBackend === "wasm" ? test(`${title} (wasm)`, body) : test.skip(`${title} (wasm)`, body);

async function fusedBackends(): Promise<string[]> {
  await startWasmBackend();
  return ["wasm", ...((await startTensorflowBackend()) === null ? [] : ["tensorflow"])];
}

/** Values between −1 and 1, the same ones at every run. */
function random(shape: readonly number[], seed = 1): Tensor {
  let state = seed * 2654435761;
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
  return tf.tensor(data, [...shape]);
}

type Op = (...inputs: Tensor[]) => Tensor;

/** The op's value and the gradients of Σ value · weight with respect to each input, for the same numbers on `backend`. */
function evaluate(backend: string, op: Op, makeInputs: () => Tensor[]): Float32Array[] {
  tf.setBackend(backend);
  const before = tf.memory().numTensors;
  const results = tf.tidy(() => {
    const inputs = makeInputs();
    const value = op(...inputs);
    const weight = random(value.shape, 99);
    const gradients = tf.grads((...given) => tf.sum(tf.mul(op(...given), weight)))(inputs);
    gradients.forEach((gradient, index) => assert.equal(gradient.shape, inputs[index]!.shape));
    return [value, ...gradients].map((tensor) => tensor.dataSync().slice() as Float32Array);
  });
  assert.is(tf.memory().numTensors, before, `${backend} leaves tensors`);
  return results;
}

/** f32 sums of up to a hundred products of numbers near 1, in another order: 1e-5 is ten times what was seen. */
function check(op: Op, makeInputs: () => Tensor[], tolerance = 1e-5): Float32Array[] {
  return backends.map((backend) => checkOn(backend, op, makeInputs, tolerance))[0]!;
}

function checkOn(backend: string, op: Op, makeInputs: () => Tensor[], tolerance: number): Float32Array[] {
  const [first, second, expected] = [
    evaluate(backend, op, makeInputs),
    evaluate(backend, op, makeInputs),
    evaluate("cpu", op, makeInputs),
  ];
  first.forEach((given, index) => {
    assert.equal(
      Buffer.from(given.buffer).toString("hex"),
      Buffer.from(second[index]!.buffer).toString("hex"),
      "two runs differ",
    );
    given.forEach((value, i) => {
      const wanted = expected[index]![i]!;
      const close = Math.abs(value - wanted) <= tolerance * Math.max(1, Math.abs(wanted));
      assert.ok(close, `${index === 0 ? "value" : `gradient ${index - 1}`} at ${i}: ${value}, expected ${wanted}`);
    });
  });
  return first;
}

test("rmsNorm: kernel and composition agree", () => {
  for (const d of [1, 3, 4, 5, 64])
    check(
      (x, w) => rmsNorm(x!, w as Tensor1D),
      () => [random([2, 3, d], 1), random([d], 2)],
    );
});

test("rmsNorm: rows of one size have mean square 1", () => {
  tf.setBackend(firstBackend);
  // [3, 4] has mean square 12.5: 3/√12.5 = 0.8485, 4/√12.5 = 1.1314
  const y = tf.tidy(() => rmsNorm(tf.tensor2d([[3, 4]]), tf.tensor1d([1, 2]), 0).dataSync());
  assert.ok(Math.abs(y[0]! - 0.848528) < 1e-6 && Math.abs(y[1]! - 2 * 1.131371) < 1e-6);
});

test("swiglu: kernel and composition agree", () => {
  for (const shape of [[1], [3, 5], [2, 4, 8]])
    check(
      (g, u) => swiglu(g!, u!),
      () => [tf.mul(random(shape, 1), 6), random(shape, 2)],
    );
});

test("rope: kernel and composition agree, with shared and with own positions", () => {
  for (const d of [2, 6, 8, 16]) {
    check(
      (x) => rope(x as Tensor4D, ropeTables(tf.range(0, 5), d)),
      () => [random([2, 5, 3, d])],
    );
    const own = () =>
      tf.tensor2d([
        [0, 0, 1, 2, 3],
        [4, 5, 6, 7, 8],
      ]);
    check(
      (x) => rope(x as Tensor4D, ropeTables(own(), d)),
      () => [random([2, 5, 3, d])],
    );
  }
});

test("attention: kernel and composition agree for any sizes, grouped heads, offsets", () => {
  const cases = [
    // B, Tq, Tk, H, Hkv, D, offset
    [1, 1, 1, 1, 1, 1, null],
    [2, 9, 9, 4, 4, 16, null],
    [2, 13, 13, 4, 2, 16, 0],
    [1, 5, 7, 3, 1, 5, 2],
    [2, 8, 8, 2, 1, 8, 0],
    [1, 6, 11, 2, 2, 7, null],
    [3, 1, 10, 4, 2, 16, 6],
    [3, 1, 10, 4, 2, 20, 9],
    [2, 3, 10, 2, 1, 4, 5],
    [2, 2, 6, 2, 2, 6, 3],
    [1, 33, 33, 2, 1, 12, 0],
    [1, 6, 6, 1, 1, 4, -2],
  ] as const;
  for (const [B, Tq, Tk, H, Hkv, D, causalOffset] of cases)
    for (const masked of [false, true]) {
      const inputs = () =>
        [random([B, Tq, H, D], 1), random([B, Tk, Hkv, D], 2), random([B, Tk, Hkv, D], 3)].map((x) => tf.mul(x, 3) as Tensor);
      const keyMask = () => (masked ? tf.cast(tf.greater(random([B, Tk], 4), -0.3), "float32") : null);
      check(
        (q, k, v) => attention(q as Tensor4D, k as Tensor4D, v as Tensor4D, { keyMask: keyMask(), causalOffset }),
        inputs,
        3e-5,
      );
    }
});

test("attention: one visible key gives its value, none gives 0 and no gradient", () => {
  const inputs = () => [random([1, 4, 2, 4], 1), random([1, 4, 1, 4], 2), random([1, 4, 1, 4], 3)];
  // Left padding: the first two keys are masked, so queries 0 and 1 see nothing and query 2 sees key 2 alone.
  const op: Op = (q, k, v) =>
    attention(q as Tensor4D, k as Tensor4D, v as Tensor4D, { keyMask: tf.tensor2d([[0, 0, 1, 1]]), causalOffset: 0 });
  const [out, dq, dk, dv] = check(op, inputs) as [Float32Array, Float32Array, Float32Array, Float32Array];
  const values = random([1, 4, 1, 4], 3).dataSync();
  assert.ok(out.subarray(0, 16).every((x) => x === 0));
  for (let c = 0; c < 8; c++) assert.ok(Math.abs(out[16 + c]! - values[8 + (c % 4)]!) < 1e-6);
  assert.ok(dq.subarray(0, 16).every((x) => x === 0));
  assert.ok(dk.subarray(0, 8).every((x) => x === 0) && dv.subarray(0, 8).every((x) => x === 0));
});

test("attention: head sizes of whole and of broken vectors, many blocks of queries, and few queries after many keys", () => {
  for (const [Tq, Tk, H, Hkv, D] of [
    [53, 53, 4, 2, 16],
    [30, 41, 2, 1, 32],
    [25, 70, 3, 3, 12],
    [1, 40, 4, 2, 16],
    [2, 37, 4, 1, 32],
    [3, 33, 2, 2, 64],
    [1, 50, 2, 1, 20],
  ] as const) {
    const inputs = () => [random([2, Tq, H, D], 1), random([2, Tk, Hkv, D], 2), random([2, Tk, Hkv, D], 3)];
    const keyMask = () => tf.tensor2d([0, 1].map((b) => Array.from({ length: Tk }, (_, j) => (j % (5 + b) === 1 ? 0 : 1))));
    check(
      (q, k, v) => attention(q as Tensor4D, k as Tensor4D, v as Tensor4D, { keyMask: keyMask(), causalOffset: Tk - Tq }),
      inputs,
    );
    check((q, k, v) => attention(q as Tensor4D, k as Tensor4D, v as Tensor4D), inputs);
  }
});

test("matMul: few rows and many, whole and broken vectors, either side transposed", () => {
  for (const [M, K, N] of [
    [1, 1, 1],
    [3, 5, 7],
    [5, 64, 64],
    [13, 33, 130],
    [64, 16, 65],
    [65, 16, 65],
  ] as const)
    for (const [left, right] of [
      [false, false],
      [false, true],
      [true, false],
      [true, true],
    ] as const)
      // prettier-ignore
      check(
        (a, b) => tf.matMul(a as Tensor2D, b as Tensor2D, left, right),
        () => [random(left ? [K, M] : [M, K], 1), random(right ? [N, K] : [K, N], 2)],
      );
});

test("attention: NaN in masked keys and values reaches nothing", () => {
  for (const Tq of [1, 6]) {
    const poisoned = (seed: number) => {
      const x = random([2, 6, 1, 8], seed).arraySync() as number[][][][];
      x[0]![4] = [Array.from({ length: 8 }, () => NaN)];
      x[1]![0] = [Array.from({ length: 8 }, () => Infinity)];
      return tf.tensor4d(x);
    };
    const keyMask = () =>
      tf.tensor2d([
        [1, 1, 1, 1, 0, 1],
        [0, 1, 1, 1, 1, 1],
      ]);
    const op: Op = (q, k, v) =>
      attention(q as Tensor4D, k as Tensor4D, v as Tensor4D, { keyMask: keyMask(), causalOffset: 6 - Tq });
    check(op, () => [random([2, Tq, 2, 8], 1), poisoned(2), poisoned(3)]).forEach((x) => assert.ok(x.every(Number.isFinite)));
  }
});

testOnWasm("attention: a NaN in a later key doesn't reach an earlier query", () => {
  tf.setBackend("wasm");
  const [first] = evaluate(
    "wasm",
    (q, k, v) => attention(q as Tensor4D, k as Tensor4D, v as Tensor4D, { causalOffset: 0 }),
    () => {
      const k = random([1, 7, 1, 4], 2).arraySync() as number[][][][];
      k[0]![5] = [[NaN, 0, 0, 0]];
      return [random([1, 7, 1, 4], 1), tf.tensor4d(k), tf.tensor4d(k)];
    },
  );
  assert.ok(first!.subarray(0, 20).every(Number.isFinite));
  assert.ok(first!.subarray(20).some(Number.isNaN));
});

test("attention: step by step over a cache is the whole sequence, the offset a number or a tensor", () => {
  const [B, T, H, Hkv, D] = [2, 7, 4, 2, 8];
  for (const backend of [...backends, "cpu"])
    for (const asTensor of [false, true]) {
      tf.setBackend(backend);
      const before = tf.memory().numTensors;
      tf.tidy(() => {
        const [q, k, v] = [random([B, T, H, D], 1), random([B, T, Hkv, D], 2), random([B, T, Hkv, D], 3)] as [
          Tensor4D,
          Tensor4D,
          Tensor4D,
        ];
        const whole = attention(q, k, v, { causalOffset: 0 }).arraySync();
        let keys = tf.mul(tf.ones([B, T + 2, Hkv, D]), NaN) as Tensor4D;
        let values = tf.mul(tf.ones([B, T + 2, Hkv, D]), NaN) as Tensor4D;
        const at = (x: Tensor4D, t: number, length = 1) => tf.slice(x, [0, t, 0, 0], [-1, length, -1, -1]);
        // Three positions at once, as a prompt, then one by one. What isn't written yet is masked, as in a batch of left-padded rows.
        for (let t = 0; t < T; t = t === 0 ? 3 : t + 1) {
          const length = t === 0 ? 3 : 1;
          const position = asTensor && length === 1 ? tf.scalar(t, "int32") : t;
          keys = appendToCache(keys, at(k, t, length), position);
          values = appendToCache(values, at(v, t, length), position);
          const keyMask = tf.tile(tf.tensor2d([Array.from({ length: T + 2 }, (_, j) => (j < t + length ? 1 : 0))]), [B, 1]);
          const out = attention(at(q, t, length), keys, values, { keyMask, causalOffset: position }).arraySync();
          out.forEach((row, b) =>
            row.forEach((heads, i) =>
              heads.flat().forEach((x, c) => assert.ok(Math.abs(x - whole[b]![t + i]!.flat()[c]!) < 1e-6)),
            ),
          );
        }
      });
      assert.is(tf.memory().numTensors, before);
    }
});

testOnWasm("appendToCache: refuses a position outside", () => {
  tf.setBackend("wasm");
  tf.tidy(() => assert.throws(() => appendToCache(tf.zeros([1, 3, 1, 2]), tf.zeros([1, 2, 1, 2]), 2), /positions 2 to 3 of 3/));
});

test("tokenLogProbs and tokenEntropies: kernel and composition agree", () => {
  for (const V of [2, 3, 5, 8, 110]) {
    const logits = () => [tf.mul(random([3, 2, V], 1), 9) as Tensor];
    const targets = () =>
      tf.tensor2d(
        [
          [0, V - 1],
          [V >> 1, 0],
          [V - 1, V >> 2],
        ],
        [3, 2],
        "int32",
      );
    check((z) => tokenLogProbs(z!, targets()), logits);
    check((z) => tokenEntropies(z!), logits, 3e-5);
  }
});

test("tokenLogProbs and tokenEntropies: worked numbers, large logits", () => {
  tf.setBackend(firstBackend);
  tf.tidy(() => {
    // softmax of [ln 1, ln 3] is [1/4, 3/4]; entropy = ¼ ln 4 + ¾ ln 4/3 = 0.562335
    const logits = tf.tensor2d([
      [0, Math.log(3)],
      [1000, 1000],
    ]);
    const logProbs = tokenLogProbs(logits, tf.tensor1d([0, 1], "int32")).dataSync();
    assert.ok(Math.abs(logProbs[0]! + Math.log(4)) < 1e-6 && Math.abs(logProbs[1]! + Math.log(2)) < 1e-4);
    assert.ok(Math.abs(tokenEntropies(logits).dataSync()[0]! - 0.562335) < 1e-6);
  });
});

testOnWasm("tokenLogProbs: a masked token's NaN has no gradient, and a target outside is refused", () => {
  tf.setBackend("wasm");
  tf.tidy(() => {
    const masked = tf.grad((z) => tf.sum(tf.mul(tokenLogProbs(z, tf.tensor1d([0, 1], "int32")), tf.tensor1d([1, 0]))));
    const gradient = masked(
      tf.tensor2d([
        [0, Math.log(3)],
        [NaN, NaN],
      ]),
    ).dataSync();
    [0.75, -0.75, 0, 0].forEach((x, i) => assert.ok(Math.abs(gradient[i]! - x) < 1e-6));
    assert.throws(() => tokenLogProbs(tf.zeros([2, 2]), tf.tensor1d([0, 2], "int32")), /1 of 2 targets are not in \[0, 2\)/);
  });
});

test("tokenEntropies: a logit of −∞ adds nothing", () => {
  check(
    (z) => tokenEntropies(tf.concat([z!, tf.mul(tf.ones([2, 1]), -Infinity)], 1)),
    () => [random([2, 3])],
  );
});

test("embedding: kernel and composition agree", () => {
  for (const D of [1, 6, 8])
    check(
      (table) =>
        embedding(
          table as Tensor2D,
          tf.tensor2d(
            [
              [0, 3, 3],
              [1, 0, 3],
            ],
            [2, 3],
            "int32",
          ),
        ),
      () => [random([4, D])],
    );
});

test.run();
