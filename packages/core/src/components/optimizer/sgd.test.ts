import * as tf from "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { assertClose, createPart } from "../../testing/tensors.ts";
import { sgd } from "./sgd.ts";

test("sgd: minus the learning rate times the gradient, without any state", () => {
  const { part } = createPart(sgd, { learningRate: 0.1 });
  const start = { w: tf.tensor1d([1, 2]) };
  assert.equal(part.initialState(start), {});
  const next = part.step(start, { w: tf.tensor1d([1, -4]) }, {}, 0.1, 1);
  assertClose(next.parameters.w!, [0.9, 2.4]);
  assert.equal(next.state, {});
});

test("sgd: momentum", () => {
  // μ = 0.5: b = 2 → 1 − 0.2 = 0.8;  b = 0.5·2 + 4 = 5 → 0.8 − 0.5 = 0.3
  const { part } = createPart(sgd, { learningRate: 0.1, momentum: 0.5 });
  const start = { w: tf.tensor1d([1]) };
  const first = part.step(start, { w: tf.tensor1d([2]) }, part.initialState(start), 0.1, 1);
  assertClose(first.parameters.w!, [0.8]);
  assertClose(part.step(first.parameters, { w: tf.tensor1d([4]) }, first.state, 0.1, 2).parameters.w!, [0.3]);
});

test.run();
