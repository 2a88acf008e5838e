import * as tf from "@tensorflow/tfjs";
import { test } from "uvu";
import { assertClose, assertGradient, createPart, gradient } from "../../testing/tensors.ts";
import { klK2 } from "./k2.ts";

const { part } = createPart(klK2);
/** The estimate as a function of x = log π − log π_ref. */
const of =
  (kl = part) =>
  (x: tf.Tensor2D) =>
    kl.apply(x, tf.zeros(x.shape));

test("k2: half the square of the log ratio", () => {
  assertClose(part.apply(tf.tensor2d([[-1, -3]]), tf.tensor2d([[-1.5, -1]])), [[0.125, 2]]); // 0.5²/2, 2²/2
  assertClose(gradient(of(), tf.tensor2d([[0.5, -2]])), [[0.5, -2]]); // x
  assertGradient(of(), tf.tensor2d([[0.5, -2]]));
});

test("k2: clamps", () => {
  const x = tf.tensor2d([[30, -200, 3]]);
  assertClose(of(createPart(klK2, { clampInput: 20 }).part)(x), [[200, 200, 4.5]]);
  assertClose(of(createPart(klK2, { clampOutput: 10 }).part)(x), [[10, 10, 4.5]]);
  assertClose(gradient(of(createPart(klK2, { clampOutput: 10 }).part), x), [[0, 0, 3]]);
});

test("k2: the same tensor as policy and reference has the gradient of the policy", () => {
  const x = tf.tensor2d([[-1, -2]]);
  assertClose(part.apply(x, x), [[0, 0]]);
  assertClose(
    gradient((y) => part.apply(y, y), x),
    [[0, 0]],
  );
});

test.run();
