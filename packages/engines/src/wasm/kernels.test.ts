// Each kernel that replaces one of tfjs's, against tfjs's cpu backend.

import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { startWasmBackend } from "./backend.ts";

await startWasmBackend();

test("a tensor that memory doesn't do for is an error that says what needs less, also one of 4 GiB, whose size has no lower bits", () => {
  tf.setBackend("wasm");
  const column = tf.ones([2 ** 15, 1]); // [32768, 1]
  for (const make of [() => tf.matMul(column, column, false, true), () => tf.tile(column, [1, 2 ** 15])])
    assert.throws(make, /out of memory: the engine wasm.* 4096 MiB\. A smaller update\.microbatch needs less/);
  column.dispose();
});

/** Values between −1 and 1, the same ones at every run. */
function values(count: number, seed: number): Float32Array {
  let state = seed * 2654435761;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

function random(shape: number[], seed = 1): Tensor {
  return tf.tensor(
    values(
      shape.reduce((a, b) => a * b, 1),
      seed,
    ),
    shape,
  );
}

function bytes({ data }: { data: tf.TypedArray }): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("hex");
}

/** Runs `make` on wasm twice and on cpu once: same bytes, same values, no tensor left. */
function check(make: () => Tensor | Tensor[], tolerance = 1e-5): void {
  const run = (backend: string) => {
    tf.setBackend(backend);
    const before = tf.memory().numTensors;
    const results = tf.tidy(() => {
      const made = make();
      return (Array.isArray(made) ? made : [made]).map((tensor) => ({
        shape: tensor.shape,
        dtype: tensor.dtype,
        data: tensor.dataSync().slice(),
      }));
    });
    assert.is(tf.memory().numTensors, before, `${backend} leaves tensors`);
    return results;
  };
  const [first, second, expected] = [run("wasm"), run("wasm"), run("cpu")];
  assert.equal(first.map(bytes), second.map(bytes));
  assert.is(first.length, expected.length);
  first.forEach(({ shape, dtype, data }, index) => {
    assert.equal([shape, dtype], [expected[index]!.shape, expected[index]!.dtype]);
    expected[index]!.data.forEach((value, i) => {
      const close = data[i] === value || Math.abs(data[i]! - value) <= tolerance * Math.max(1, Math.abs(value));
      assert.ok(
        close || (Number.isNaN(value) && Number.isNaN(data[i])),
        `[${shape.join(", ")}] at ${i}: ${data[i]}, expected ${value}`,
      );
    });
  });
}

test("BatchMatMul: every transposition, sizes around the tile's 4 × 8 and the block's 256", () => {
  const sizes = [
    [1, 1, 1],
    [3, 7, 5],
    [4, 8, 4],
    [5, 9, 3],
    [13, 17, 11],
    [12, 24, 64],
    [9, 270, 6],
    [6, 10, 530],
    [2, 300, 260],
  ] as const;
  for (const [m, n, k] of sizes)
    for (const [ta, tb] of [
      [false, false],
      [false, true],
      [true, false],
      [true, true],
    ] as const)
      check(() => tf.matMul(random(ta ? [k, m] : [m, k], 1), random(tb ? [n, k] : [k, n], 2), ta, tb), 1e-4);
});

test("BatchMatMul: batches, broadcast or not", () => {
  tf.setBackend("wasm");
  const batches = [
    [[3], [3]],
    [[1], [3]],
    [[3], [1]],
    [
      [2, 3],
      [2, 3],
    ],
    [
      [2, 1],
      [2, 3],
    ],
    [
      [2, 3],
      [1, 3],
    ],
    [
      [2, 1],
      [1, 3],
    ],
    [[3], [2, 3]],
    [[2, 3], []],
  ] as const;
  for (const [a, b] of batches)
    for (const [ta, tb] of [
      [false, false],
      [true, true],
    ] as const) {
      const [left, right] = [random([...a, ...(ta ? [6, 5] : [5, 6])], 1), random([...b, ...(tb ? [9, 6] : [6, 9])], 2)];
      // The cpu backend gets batches wrong where both broadcast, so the expected value is made of single products.
      const batch = tf.broadcast_util.assertAndGetBroadcastShape([...a], [...b]);
      const wide = (x: Tensor) => tf.reshape(tf.broadcastTo(x, [...batch, ...x.shape.slice(-2)]), [-1, ...x.shape.slice(-2)]);
      const [lefts, rights] = [tf.unstack(wide(left)), tf.unstack(wide(right))];
      const expected = tf.reshape(tf.stack(lefts.map((x, i) => tf.matMul(x, rights[i]!, ta, tb))), [...batch, 5, 9]);
      const given = tf.matMul(left, right, ta, tb);
      assert.equal(given.shape, expected.shape);
      assert.equal(given.dataSync(), expected.dataSync());
      tf.dispose([left, right, lefts, rights, expected, given].flat());
    }
});

test("BatchMatMul: refuses sizes that don't meet", () => {
  tf.setBackend("wasm");
  assert.throws(() => tf.engine().runKernel("BatchMatMul", { a: tf.ones([2, 3]), b: tf.ones([2, 3]) }), /inner sizes differ/);
});

test("_FusedMatMul: with and without bias and activation", () => {
  const a = () => random([5, 6], 1) as tf.Tensor2D;
  const b = () => random([6, 9], 2) as tf.Tensor2D;
  check(() => tf.fused.matMul({ a: a(), b: b() }));
  check(() => tf.fused.matMul({ a: a(), b: b(), bias: random([9], 3), activation: "relu" }));
});

test("Exp, Sigmoid and Tanh: the whole range", () => {
  const edges = [0, -0, 1, -1, 87, 88.5, 88.8, 100, -87, -88, -100, -110, 1e-10, Infinity, -Infinity, NaN];
  check(() => tf.exp(tf.tensor1d(edges)), 1e-6);
  check(() => tf.sigmoid(tf.tensor1d(edges)), 1e-6);
  check(() => tf.tanh(tf.tensor1d([...edges, 0.624, 0.626, -0.625, 9, -9])), 1e-6);
  check(() => tf.tanh(tf.mul(random([7, 13]), 2)), 1e-6);
  check(() => tf.exp(tf.mul(random([7, 13]), 20)), 1e-6);
  check(() => tf.sigmoid(tf.mul(random([7, 13]), 20)), 1e-6);
});

test("GatherV2: rows, other axes, other types, and an index outside", () => {
  const ids = () =>
    tf.tensor2d(
      [
        [2, 0, 2],
        [1, 4, 3],
      ],
      [2, 3],
      "int32",
    );
  check(() => tf.gather(random([5, 3]), ids()));
  check(() => tf.gather(random([5]), ids()));
  check(() => tf.gather(random([3, 5]), ids(), 1));
  check(() => tf.gather(tf.tensor1d([9, 8, 7, 6, 5], "int32"), ids()));
  tf.setBackend("wasm");
  assert.throws(() => tf.gather(random([4, 3]), ids()), /1 of 6 indices are not in \[0, 4\)/);
});

test("UnsortedSegmentSum: ids of any rank, repeated and dropped", () => {
  for (const width of [1, 3, 4, 9]) {
    check(() => tf.unsortedSegmentSum(random([6, width]), tf.tensor1d([0, 2, 0, 4, 4, 0], "int32"), 5));
  }
  check(() => tf.grad((table) => tf.mul(tf.gather(table, tf.tensor1d([1, 1, 3], "int32")), random([3, 2], 2)))(random([4, 2])));
});

test("Select: truth values, broadcast or not, leave the memory beyond them as it is", () => {
  for (const [rows, columns] of [
    [1, 1],
    [3, 5],
    [64, 33],
  ] as const) {
    const above = (seed: number, shape: number[] = [rows, columns]) => tf.greater(random(shape, seed), 0);
    check(() => tf.where(above(1), above(2), above(3)));
    check(() => tf.where(above(1, [rows, 1]), above(2), above(3, [1, columns])));
    check(() => tf.where(above(1, [columns]), above(2, [columns]), above(3, [columns])));
    check(() => tf.where(tf.scalar(true, "bool"), above(2), tf.zerosLike(above(2))));
    check(() => tf.where(above(1), random([rows, columns], 2), random([rows, columns], 3))); // tfjs's own
  }
  tf.setBackend("wasm");
  // tfjs's own Select wrote four bytes for each truth value: over what lay behind it
  const kept = tf.tidy(() => {
    const condition = tf.greater(random([100]), 0);
    const yes = tf.ones([100], "bool");
    const made = Array.from({ length: 50 }, () => tf.where(condition, yes, tf.logicalNot(yes)).dataSync());
    return made.every((result) => Buffer.from(result).equals(Buffer.from(condition.dataSync())));
  });
  assert.ok(kept);
});

test("Slice, SplitV, Unpack, Concat: every axis, several types", () => {
  const x = () => random([3, 4, 5, 2]);
  for (const [begin, size] of [
    [
      [0, 0, 0, 0],
      [3, 4, 5, 2],
    ],
    [
      [1, 0, 0, 0],
      [2, 4, 5, 2],
    ],
    [
      [0, 1, 0, 0],
      [3, 2, 5, 2],
    ],
    [
      [0, 0, 2, 0],
      [3, 4, 3, 2],
    ],
    [
      [0, 0, 0, 1],
      [3, 4, 5, 1],
    ],
    [
      [1, 1, 1, 1],
      [2, 2, 2, 1],
    ],
    [
      [1, 0, 1, 0],
      [1, 4, 3, 2],
    ],
    [
      [0, 1, 0, 1],
      [3, 2, 5, 1],
    ],
    [
      [1, 0, 0, 1],
      [2, 4, 5, 1],
    ],
    [
      [0, 0, 0, 0],
      [3, 0, 5, 2],
    ],
  ] as const) {
    check(() => tf.slice(x(), [...begin], [...size]));
    check(() => tf.slice(tf.greater(x(), 0), [...begin], [...size]));
  }
  for (const axis of [0, 1, 2, 3, -1]) {
    check(() => tf.unstack(x(), axis));
    check(() => tf.stack([x(), x()], axis));
    check(() => tf.concat([x(), tf.neg(x()), x()], axis));
    check(() => tf.concat([tf.greater(x(), 0), tf.less(x(), 0)], axis));
    check(() => tf.concat([tf.ones([2, 2, 2, 2], "int32"), tf.zeros([2, 2, 2, 2], "int32")], axis));
  }
  check(() => tf.split(x(), [1, 3], 1));
  check(() => tf.split(x(), 2, -1));
});

test("Tile and broadcastTo: every axis, several at once, several types", () => {
  for (const reps of [
    [1, 1, 1],
    [2, 1, 1],
    [1, 3, 1],
    [1, 1, 2],
    [2, 3, 2],
    [2, 0, 1],
  ] as [number, number, number][]) {
    check(() => tf.tile(random([2, 3, 5]), reps));
    check(() => tf.tile(tf.greater(random([2, 3, 1]), 0), reps));
  }
  check(() => tf.broadcastTo(random([2, 1, 1]), [2, 3, 4]));
  check(() => tf.broadcastTo(tf.scalar(3), [2, 3]));
  check(() => tf.grad((x) => tf.mul(tf.tile(x, [2, 3]), random([4, 9], 2)))(random([2, 3])));
});

test("Identity and Cast: share values without letting one tensor's end be the other's", () => {
  tf.setBackend("wasm");
  const x = tf.tensor1d([1, 2, 3]);
  const copies = [tf.clone(x), tf.cast(x, "float32"), tf.reshape(x, [3, 1])];
  x.dispose();
  for (const copy of copies) assert.equal([...copy.dataSync()], [1, 2, 3]);
  tf.dispose(copies);
  check(() => tf.cast(tf.tensor1d([1.5, -2.5]), "int32"));
});

test.run();
