import * as tf from "@tensorflow/tfjs";
import { test } from "uvu";
import { assertClose, assertGradient, createPart, gradient } from "../../testing/tensors.ts";
import { klAbs } from "./abs.ts";

const { part } = createPart(klAbs);
/** The estimate as a function of x = log π − log π_ref. */
const of =
  (kl = part) =>
  (x: tf.Tensor2D) =>
    kl.apply(x, tf.zeros(x.shape));

test("abs: the size of the log ratio", () => {
  assertClose(part.apply(tf.tensor2d([[-1, -3]]), tf.tensor2d([[-1.5, -1]])), [[0.5, 2]]);
  assertClose(gradient(of(), tf.tensor2d([[0.5, -2, 0]])), [[1, -1, 0]]);
  assertGradient(of(), tf.tensor2d([[0.5, -2]]));
});

test("abs: clamps", () => {
  assertClose(of(createPart(klAbs, { clampInput: 20 }).part)(tf.tensor2d([[30, -200, 3]])), [[20, 20, 3]]);
  assertClose(of(createPart(klAbs, { clampOutput: 10 }).part)(tf.tensor2d([[30, -200, 3]])), [[10, 10, 3]]);
});

test("abs: the same tensor as policy and reference has the gradient of the policy", () => {
  const x = tf.tensor2d([[-1, -2]]);
  assertClose(part.apply(x, x), [[0, 0]]);
  assertClose(
    gradient((y) => part.apply(y, y), x),
    [[0, 0]],
  );
});

test.run();
