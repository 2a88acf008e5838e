import * as tf from "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { assertClose, gradient, leakedTensors } from "../testing/tensors.ts";
import { stopGradient } from "./stop-gradient.ts";

test("stopGradient: the factor counts, its own gradient doesn't", () => {
  // d/dx (x · sg(x²)) = x²
  assertClose(
    gradient((x) => tf.mul(x, stopGradient(tf.square(x))), tf.tensor2d([[2, 3]])),
    [[4, 9]],
  );
});

test("stopGradient: of an intermediate inside a tidy", () => {
  assertClose(
    gradient((x) => tf.tidy(() => tf.mul(x, stopGradient(tf.tidy(() => tf.square(x))))), tf.tensor2d([[2, 3]])),
    [[4, 9]],
  );
});

test("stopGradient: cuts off what would be 0 · ∞", () => {
  // exp(200) = ∞ in float32; a gradient of zeros through it would be NaN
  assertClose(
    gradient((x) => tf.mul(x, tf.minimum(stopGradient(tf.exp(x)), 5)), tf.tensor2d([[200]])),
    [[5]],
  );
});

test("stopGradient: leaks no tensor", () => {
  const x = tf.tensor2d([[1]]);
  const leaked = leakedTensors(() => {
    stopGradient(x).dispose();
    gradient((y) => tf.mul(y, stopGradient(y)), x).dispose();
  });
  assert.is(leaked, 0);
});

test.run();
