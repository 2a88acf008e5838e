import "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { MetricsCollector } from "./metrics.ts";

test("metrics: sums, largest, shares; by name; forgotten once taken", () => {
  const metrics = new MetricsCollector();
  metrics.sum("tokens", 2);
  metrics.share("clipped", 1, 4);
  metrics.max("ratio", 3);
  metrics.sum("tokens", 5);
  metrics.share("clipped", 2, 2); // (1 + 2) / (4 + 2), not the mean of 1/4 and 2/2
  metrics.max("ratio", -1);
  assert.equal(Object.entries(metrics.take()), [
    ["clipped", 0.5],
    ["ratio", 3],
    ["tokens", 7],
  ]);
  assert.equal(metrics.take(), {});
});

test("metrics: what is recorded under watch is given, not taken in, until it is added", () => {
  const metrics = new MetricsCollector();
  const before = tf.memory().numTensors;
  const { result, recorded } = metrics.record(() => {
    metrics.sum("tokens", tf.scalar(2));
    metrics.share("clipped", tf.scalar(1), 4);
    metrics.max("ratio", 3);
    return "done";
  });
  assert.is(result, "done");
  assert.equal(metrics.take(), {});
  // a compiled function gives the same entries with tensors of its own
  const own = recorded.map((entry) => ({
    ...entry,
    values: entry.values.map((value) => (typeof value === "number" ? value : (tf.mul(value, 10) as tf.Scalar))),
  }));
  metrics.add(own);
  metrics.add(recorded);
  assert.equal(metrics.take(), { clipped: 11 / 8, ratio: 3, tokens: 22 });
  assert.is(tf.memory().numTensors, before + 2); // the two scalars that the test made
});

test("metrics: a share of nothing is 0; NaN is the largest there is", () => {
  const metrics = new MetricsCollector();
  metrics.share("none", 0, 0);
  for (const value of [1, NaN, 2]) metrics.max("a", value);
  for (const value of [-Infinity, -5]) metrics.max("b", value);
  assert.equal(metrics.take(), { a: NaN, b: -5, none: 0 });
});

test("metrics: tensors outlive the tidy they are made in, and are freed when taken", () => {
  const before = tf.memory().numTensors;
  const metrics = new MetricsCollector();
  tf.tidy(() => {
    metrics.sum("a", tf.scalar(2));
    metrics.max("b", tf.scalar(3));
    metrics.share("c", tf.scalar(1), tf.scalar(2));
  });
  const inside = tf.scalar(5);
  metrics.sum("a", inside);
  inside.dispose(); // the caller's own: copied when recorded
  assert.equal(metrics.take(), { a: 7, b: 3, c: 0.5 });
  assert.is(tf.memory().numTensors, before);
});

test("metrics: works inside the gradient tape without changing the gradient", () => {
  const metrics = new MetricsCollector();
  const gradient = tf.grad((x) => {
    const squares = tf.square(x);
    metrics.max("largest", tf.max(squares) as tf.Scalar);
    return tf.sum(squares);
  })(tf.tensor1d([1, -3]));
  assert.equal([...gradient.dataSync()], [2, -6]);
  assert.equal(metrics.take(), { largest: 9 });
});

test("metrics: one name, one way of counting", () => {
  const metrics = new MetricsCollector();
  metrics.sum("a", 1);
  assert.throws(() => metrics.max("a", 1), /metric a: recorded as sum and as max/);
  assert.throws(() => metrics.share("a", 1, 1), /metric a: recorded as sum and as share/);
});

test.run();
