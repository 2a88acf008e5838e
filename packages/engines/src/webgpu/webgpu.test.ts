// What is our own in the engine webgpu, where it starts: reads, kernels, and what tfjs's have wrong.

import { messageOf } from "@rewardlab/core";
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { startWebgpuBackend } from "./backend.ts";
import type { WebgpuBackend } from "./dawn.ts";

const missing = await startWebgpuBackend().then(
  () => null,
  (error: unknown) => messageOf(error),
);
const check = (title: string, body: () => void | Promise<void>) =>
  missing === null ? test(`webgpu: ${title}`, body) : test.skip(`webgpu: ${title} (${missing})`, () => {});

/** `count` numbers from `from` to `to`, ends included, as float32 has them. */
const between = (from: number, to: number, count = 501) =>
  Float32Array.from({ length: count }, (_, index) => from + ((to - from) * index) / (count - 1));
/** Largest error, relative to values above `size`. */
const largestError = (fn: (x: Tensor) => Tensor, exact: (x: number) => number, xs: Float32Array, size = 0): number =>
  tf.tidy(() => {
    const given = fn(tf.tensor1d(xs)).dataSync();
    return xs.reduce(
      (most, x, index) => Math.max(most, Math.abs(given[index]! - exact(x)) / Math.max(size, Math.abs(exact(x)))),
      0,
    );
  });

test("webgpu: where it doesn't start it says what is missing and what helps", () => {
  if (missing !== null)
    assert.match(missing, /is not installed: `npm install webgpu|found no adapter: it needs|does not load on/);
});

check("dataSync and data read every type, also beside one another", async () => {
  const x = tf.add(tf.tensor2d([[1, 2, 3]]), 0.5);
  assert.equal([...x.dataSync()], [1.5, 2.5, 3.5]);
  assert.equal(tf.greater(x, 2).arraySync(), [[0, 1, 1]]);
  const int = tf.cast(x, "int32");
  assert.equal([...int.dataSync()], [1, 2, 3]);
  const [a, b] = [tf.add(x, 1), tf.add(x, 2)];
  const waiting = [a.data(), b.data()];
  assert.equal([...tf.add(x, 3).dataSync()], [4.5, 5.5, 6.5]);
  assert.equal(
    (await Promise.all(waiting)).map((values) => [...values]),
    [
      [2.5, 3.5, 4.5],
      [3.5, 4.5, 5.5],
    ],
  );
});

// float32 has 6e-8 of a number's size to its nearest neighbour
check("eˣ, sin x, cos x and powers are right to float32's precision", () => {
  assert.ok(largestError(tf.exp, Math.exp, between(-87, 88.7)) < 1.5e-7);
  assert.ok(largestError(tf.sin, Math.sin, between(-400, 400), 1) < 1.5e-7);
  assert.ok(largestError(tf.cos, Math.cos, between(-400, 400), 1) < 1.5e-7);
  for (const power of [-1.5, -0.5, 0.5, 1.5, 2, 3])
    assert.ok(
      largestError(
        (x) => tf.pow(x, tf.scalar(power)),
        (x) => x ** power,
        between(0.01, 10),
      ) < 3e-7,
      `${power}`,
    );
  assert.ok(
    largestError(
      (x) => tf.pow(x, tf.scalar(2.7)),
      (x) => x ** 2.7,
      between(0.1, 10),
    ) < 1e-5,
  ); // WGSL's own
});

check("eˣ and powers at the edges", () => {
  const edges = [89, Infinity, -200, -Infinity, NaN, 0];
  assert.equal([...tf.exp(tf.tensor1d(edges)).dataSync()], [Infinity, Infinity, 0, 0, NaN, 1]);
  const pow = (base: number, exponent: number) => tf.pow(tf.scalar(base), tf.scalar(exponent)).dataSync()[0];
  for (const [base, exponent] of [
    [0, 0],
    [0, -0.5],
    [0, 2],
    [-2, 3],
    [-2, 0.5],
    [-2, 2],
    [-2, -1],
    [NaN, 2],
    [-1, 2.3],
  ] as const)
    assert.ok(Object.is(pow(base, exponent), base ** exponent), `${base} ^ ${exponent}: ${pow(base, exponent)}`);
});

check("a cumulative sum is right after one of another length", () => {
  for (const length of [4, 2, 7, 1]) {
    const expected = Array.from({ length }, (_, index) => length - index);
    assert.equal([...tf.cumsum(tf.ones([1, length]), 1, false, true).dataSync()], expected);
  }
});

check("rows with the same id are added up, to the same bits at every run", () => {
  const ids = Array.from({ length: 1000 }, (_, index) => (index * 7) % 5);
  const values = Array.from({ length: 2000 }, (_, index) => Math.sin(index));
  const sums = () =>
    tf.tidy(() => tf.unsortedSegmentSum(tf.tensor2d(values, [1000, 2]), tf.tensor1d(ids, "int32"), 6).dataSync());
  const [first, ...more] = Array.from({ length: 10 }, sums);
  for (const again of more) assert.equal(again, first);
  const exact = Array.from({ length: 12 }, (_, at) =>
    values.reduce((sum, value, index) => (ids[index >> 1] === at >> 1 && index % 2 === at % 2 ? sum + value : sum), 0),
  );
  exact.forEach((value, at) => assert.ok(Math.abs(first![at]! - value) < 1e-5, `${at}: ${first![at]}, expected ${value}`));
  const cube = tf.unsortedSegmentSum(
    tf.ones([2, 3, 2, 2]),
    tf.tensor2d(
      [
        [0, 1, 0],
        [-1, 0, 9],
      ],
      [2, 3],
      "int32",
    ) as never,
    2,
  );
  assert.equal(
    [cube.shape, [...cube.dataSync()]],
    [
      [2, 2, 2],
      [3, 3, 3, 3, 1, 1, 1, 1],
    ],
  );
});

check("a product over many columns has the same bits at every run", () => {
  const [a, b] = [1, 2].map((seed) => tf.randomUniform<tf.Rank.R2>([4000, 16], -1, 1, "float32", seed)) as [
    tf.Tensor2D,
    tf.Tensor2D,
  ];
  const [first, ...more] = Array.from({ length: 5 }, () => tf.tidy(() => tf.matMul(a, b, true).dataSync()));
  for (const again of more) assert.equal(again, first);
  tf.dispose([a, b]);
});

check("as many terms as you like are added up", () => {
  for (const count of [1, 2, 7, 8, 13, 14, 30]) {
    const terms = Array.from({ length: count }, (_, index) => tf.tensor1d([index + 1, index + 1]));
    const before = tf.memory().numTensors;
    const sum = tf.addN(terms);
    assert.equal([...sum.dataSync()], [(count * (count + 1)) / 2, (count * (count + 1)) / 2]);
    sum.dispose();
    assert.is(tf.memory().numTensors, before);
  }
});

// The last one: from then on every read says so.
check("what the device refuses is an error at the next read, not a wrong number", () => {
  const backend = tf.backend() as WebgpuBackend;
  const names = Array.from({ length: 30 }, (_, index) => `X${index}`);
  const { dataId } = backend.runWebGPUProgram(
    {
      variableNames: names,
      outputShape: [2],
      workgroupSize: [1, 1, 1],
      dispatchLayout: { x: [0] },
      dispatch: [2, 1, 1],
      size: true,
      shaderKey: "too many inputs",
      getUserCode: () =>
        `fn main(index : i32) { setOutputAtIndex(index, ${names.map((name) => `get${name}ByOutputIndex(index)`).join(" + ")}); }`,
    },
    names.map((_, index) => tf.tensor1d([index, index])),
    "float32",
  );
  assert.throws(() => backend.readSync(dataId), /engine webgpu: Dawn refused an op: .*storage buffers/);
});

test.run();
