import * as tf from "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Parameters } from "../../kinds.ts";
import { assertClose, createPart } from "../../testing/tensors.ts";
import { adamw } from "./adamw.ts";

test("adamw: two steps by hand", () => {
  // η = 0.1, β₁ = 0.9, β₂ = 0.999, ε = 1e-8, λ = 0; θ = 1, g = 2 then 4
  // t = 1: m̂ = 2, v̂ = 4 → θ = 1 − 0.1·2/2 = 0.9
  // t = 2: m = 0.9·0.2 + 0.1·4 = 0.58, m̂ = 0.58/0.19 = 3.052632; v = 0.999·0.004 + 0.001·16 = 0.019996, v̂ = 0.019996/0.001999 = 10.003002
  //        θ = 0.9 − 0.1·3.052632/3.162752 = 0.803482
  const { part } = createPart(adamw, { learningRate: 0.1 });
  const start = { w: tf.tensor1d([1]) };
  const first = part.step(start, { w: tf.tensor1d([2]) }, part.initialState(start), 0.1, 1);
  assertClose(first.parameters.w!, [0.9]);
  const second = part.step(first.parameters, { w: tf.tensor1d([4]) }, first.state, 0.1, 2);
  assertClose(second.parameters.w!, [0.803482], 2e-6);
  assertClose(second.state["m.w"]!, [0.58]);
  assertClose(second.state["v.w"]!, [0.019996]);
  assertClose(start.w, [1]);
});

test("adamw: weight decay is decoupled: a zero gradient still shrinks", () => {
  // θ = 2 − 0.1·0.5·2 = 1.9
  const { part } = createPart(adamw, { learningRate: 0.1, weightDecay: 0.5 });
  const start = { w: tf.tensor1d([2]) };
  assertClose(part.step(start, { w: tf.tensor1d([0]) }, part.initialState(start), 0.1, 1).parameters.w!, [1.9]);
});

test("adamw: the learning rate given to the step counts, its own is the peak", () => {
  const { part } = createPart(adamw, { learningRate: 0.3 });
  assert.is(part.learningRate, 0.3);
  const start = { w: tf.tensor1d([1]) };
  assertClose(part.step(start, { w: tf.tensor1d([2]) }, part.initialState(start), 0, 1).parameters.w!, [1]);
});

test("adamw: a parameter without a gradient is an error that names it", () => {
  const { part } = createPart(adamw, { learningRate: 0.1 });
  const start = { "layer.w": tf.tensor1d([1]) };
  assert.throws(() => part.step(start, {}, part.initialState(start), 0.1, 1), /layer\.w has no gradient/);
});

test("adamw: learning rate and step as scalars, as a compiled step is given them, are the same numbers", () => {
  const { part } = createPart(adamw, { learningRate: 0.1, beta2: 0.999, weightDecay: 0.5 });
  const start = { w: tf.tensor1d([1, -2, 3]) };
  const gradients = { w: tf.tensor1d([0.1, 20, -3]) };
  for (const step of [1, 2, 1000]) {
    const numbers = part.step(start, gradients, part.initialState(start), 0.1, step);
    const scalars = part.step(start, gradients, part.initialState(start), tf.scalar(0.1), tf.scalar(step));
    // float32; 1 − 0.999ᵗ by expm1 has all its digits, by a power it would have four
    assertClose(scalars.parameters.w!, numbers.parameters.w!.arraySync(), 1e-6);
    assertClose(scalars.state["v.w"]!, numbers.state["v.w"]!.arraySync(), 0);
  }
});

test("adamw: finds the minimum of (w − 3)²", () => {
  const { part } = createPart(adamw, { learningRate: 0.1 });
  let parameters: Parameters = { w: tf.tensor1d([0]) };
  let state = part.initialState(parameters);
  for (let step = 1; step <= 400; step++)
    ({ parameters, state } = part.step(parameters, { w: tf.mul(tf.sub(parameters.w!, 3), 2) }, state, 0.1, step));
  assertClose(parameters.w!, [3], 1e-2);
});

test.run();
