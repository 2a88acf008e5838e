import "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { StateStore } from "./state.ts";

test("state: each place has its own, and the same name gives the same value", () => {
  const store = new StateStore();
  const [first, second] = [store.at("advantage.0"), store.at("advantage.1")];
  const baseline = first.value("baseline", 0);
  baseline.set(0.25);
  assert.is(first.value("baseline", 7).get(), 0.25);
  assert.is(second.value("baseline", 7).get(), 7);
  assert.equal(store.save().values, { "advantage.0/baseline": 0.25, "advantage.1/baseline": 7 });
});

test("state: what is restored is seen by handles that are there already", () => {
  const store = new StateStore();
  const seen = store.at("x").value<readonly number[]>("seen", []);
  store.restore({ values: { "x/seen": [1, 2] }, tensors: {} });
  assert.equal(seen.get(), [1, 2]);
});

test("state: a value is what a checkpoint would give back, and what none can is refused by name", () => {
  const store = new StateStore();
  const value = store.at("rl.advantage.1").value<unknown>("kept", null);
  value.set({ a: [-0], b: null });
  assert.ok(Object.is((value.get() as { a: number[] }).a[0], 0), "-0 becomes 0 now, as it would in a checkpoint");
  for (const [bad, told] of [
    [NaN, /state rl\.advantage\.1\/kept: was given NaN/],
    [{ deep: [Infinity] }, /was given Infinity/],
    [new Map(), /was given a Map/],
    [{ gone: undefined }, /was given undefined/],
    [Float32Array.of(1), /was given a Float32Array/],
  ] as const)
    assert.throws(() => value.set(bad), told);
  assert.equal(value.get(), { a: [0], b: null });
});

test("state: tensors are the store's: the one before is freed, all are by dispose, none leaks", () => {
  const before = tf.memory().numTensors;
  const store = new StateStore();
  const mean = store.at("x").tensor("mean", () => tf.zeros([2]));
  assert.equal([...mean.get().dataSync()], [0, 0]);
  tf.tidy(() => mean.set(tf.add(mean.get(), 1)));
  assert.equal([...mean.get().dataSync()], [1, 1]);
  assert.is(tf.memory().numTensors, before + 1);
  store.restore({ values: {}, tensors: { "x/mean": tf.tensor1d([3, 4]) } });
  assert.equal([...mean.get().dataSync()], [3, 4]);
  assert.is(tf.memory().numTensors, before + 1);
  store.reset();
  assert.equal([...mean.get().dataSync()], [0, 0]);
  store.dispose();
  assert.is(tf.memory().numTensors, before);
});

test.run();
