import * as tf from "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { assertClose, assertGradient, gradient, leakedTensors } from "../testing/tensors.ts";
import { tokenValueLoss } from "./value-loss.ts";

const mask = tf.tensor2d([[1, 1, 1, 0]]);
const batch = {
  values: tf.tensor2d([[1, 2, 0, NaN]]),
  oldValues: tf.tensor2d([[0, 1.875, 0, Infinity]]),
  returns: tf.tensor2d([[3, 0, 1, NaN]]),
  mask,
};

test("value loss: half the squared error; with a clip the larger of the two", () => {
  assertClose(tokenValueLoss(batch, null), [[2, 2, 0.5, 0]]); // ½·2², ½·2², ½·1²
  // clipped to V_old ± 0.25: 0.25, 2, 0 → errors 2.75², 2², 1²; the value that moved towards its target too far is charged for where it may be
  assertClose(tokenValueLoss(batch, 0.25), [[2.75 ** 2 / 2, 2, 0.5, 0]]);
});

test("value loss: no gradient where the clip decides, nor outside the mask", () => {
  const loss = (clip: number | null) => (values: tf.Tensor2D) => tokenValueLoss({ ...batch, values }, clip);
  assertClose(gradient(loss(null), batch.values), [[-2, 2, -1, 0]]); // V − G
  assertClose(gradient(loss(0.25), batch.values), [[0, 2, -1, 0]]);
  const sound = { ...batch, oldValues: tf.tensor2d([[0, 1.875, 0, 0]]), returns: tf.tensor2d([[3, 0, 1, 0]]) };
  assertGradient((values) => tokenValueLoss({ ...sound, values }, 0.25), tf.tensor2d([[0.125, 2, -0.5, 1]]));
});

test("value loss: leaks no tensor", () => {
  const leaked = leakedTensors(() => {
    tokenValueLoss(batch, 0.25).dispose();
    gradient((values) => tokenValueLoss({ ...batch, values }, 0.25), batch.values).dispose();
  });
  assert.is(leaked, 0);
});

test.run();
