import * as tf from "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { assertClose, assertGradient, createPart, gradient } from "../../testing/tensors.ts";
import { klK1 } from "./k1.ts";

const { part } = createPart(klK1);
/** The estimate as a function of x = log π − log π_ref. */
const of =
  (kl = part) =>
  (x: tf.Tensor2D) =>
    kl.apply(x, tf.zeros(x.shape));

test("k1: the log ratio itself", () => {
  assertClose(part.apply(tf.tensor2d([[-1, -3]]), tf.tensor2d([[-1.5, -1]])), [[0.5, -2]]);
  assertClose(gradient(of(), tf.tensor2d([[0.5, -2]])), [[1, 1]]);
  assertGradient(of(), tf.tensor2d([[0.5, -2]]));
});

test("k1: clampInput and clampOutput bound the value and end the gradient, which passes at the bound", () => {
  const x = tf.tensor2d([[30, -200, 20, 3]]);
  const input = createPart(klK1, { clampInput: 20 }).part;
  assertClose(of(input)(x), [[20, -20, 20, 3]]);
  assertClose(gradient(of(input), x), [[0, 0, 1, 1]]);
  const output = createPart(klK1, { clampOutput: 10 }).part;
  assertClose(of(output)(x), [[10, -10, 10, 3]]);
});

test("k1: the same tensor as policy and reference has the gradient of the policy", () => {
  const x = tf.tensor2d([[-1, -2]]);
  assertClose(part.apply(x, x), [[0, 0]]);
  assertClose(
    gradient((y) => part.apply(y, y), x),
    [[1, 1]],
  );
});

test("k1: what the clamps change is counted", () => {
  const { part: clamped, metrics } = createPart(klK1, { clampInput: 20, clampOutput: 10 });
  clamped.apply(tf.tensor2d([[30, 15, 3, -200]]), tf.zeros([1, 4]));
  assert.equal(metrics.take(), { klInputClamped: 2, klOutputClamped: 3 });
});

test.run();
