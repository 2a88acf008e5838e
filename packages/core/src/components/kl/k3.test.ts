import * as tf from "@tensorflow/tfjs";
import { test } from "uvu";
import { assertClose, assertGradient, createPart, gradient } from "../../testing/tensors.ts";
import { klK3 } from "./k3.ts";

const { part } = createPart(klK3);
/** The estimate as a function of x = log π − log π_ref. */
const of =
  (kl = part) =>
  (x: tf.Tensor2D) =>
    kl.apply(x, tf.zeros(x.shape));

test("k3: exp(−x) − 1 + x", () => {
  // x = ln 2: 1/2 − 1 + 0.693147 = 0.193147;  x = −ln 2: 2 − 1 − 0.693147 = 0.306853
  assertClose(of()(tf.tensor2d([[Math.LN2, -Math.LN2, 0]])), [[0.193147, 0.306853, 0]]);
  // 1 − exp(−x): 1/2, −1, 0
  assertClose(gradient(of(), tf.tensor2d([[Math.LN2, -Math.LN2, 0]])), [[0.5, -1, 0]]);
  assertGradient(of(), tf.tensor2d([[0.5, -1.2, 0.01]]));
});

test("k3: the gradient of the expectation adds k3 itself: x in all", () => {
  const expected = createPart(klK3, { gradient: "expectation" }).part;
  const x = tf.tensor2d([[Math.LN2, -Math.LN2, 0, 3]]);
  assertClose(of(expected)(x), of()(x).arraySync());
  // 1 − exp(−x) + (exp(−x) − 1 + x) = x
  assertClose(gradient(of(expected), x), [[Math.LN2, -Math.LN2, 0, 3]]);
  // it is that of π·k under a fixed sampling: finite differences of exp(x − x₀)·k3(x) at x₀ = 0.5
  const weighted = (y: tf.Tensor2D) => tf.mul(tf.exp(tf.sub(y, 0.5)), of()(y)) as tf.Tensor2D;
  assertGradient(weighted, tf.tensor2d([[0.5]]));
  assertClose(gradient(weighted, tf.tensor2d([[0.5]])), [[0.5]]);
});

test("k3: where a clamp bites, the expectation's gradient is 0 too", () => {
  const clamped = createPart(klK3, { clampInput: 20, clampOutput: 10, gradient: "expectation" }).part;
  const x = tf.tensor2d([[-200, 200, -30, -2, 9]]); // k3(−2) = e² − 3 = 4.389
  assertClose(of(clamped)(x), [[10, 10, 10, Math.exp(2) - 3, Math.exp(-9) + 8]]);
  assertClose(gradient(of(clamped), x), [[0, 0, 0, -2, 9]]);
});

test("k3: near 0 it is x²/2 and never negative, also in float32", () => {
  // x = 1e-4: x²/2 − x³/6 = 5e-9 − 1.7e-13. A float32 exp would give a multiple of 6e-8
  assertClose(of()(tf.tensor2d([[1e-4, -1e-4]])), [[5e-9, 5e-9]], 1e-11);
});

test("k3: clamps keep a log ratio of −200 finite, in value and gradient", () => {
  const x = tf.tensor2d([[-200, 200, -30]]);
  assertClose(of()(x), [[Infinity, 199, Math.exp(30) - 31]], 1e6);
  const clamped = createPart(klK3, { clampInput: 20, clampOutput: 10 }).part;
  assertClose(of(clamped)(x), [[10, 10, 10]]);
  assertClose(gradient(of(clamped), x), [[0, 0, 0]]);
});

test("k3: the same tensor as policy and reference has the gradient of the policy", () => {
  const x = tf.tensor2d([[-1, -2]]);
  assertClose(part.apply(x, x), [[0, 0]]);
  assertClose(
    gradient((y) => part.apply(y, y), x),
    [[0, 0]],
  );
});

test.run();
