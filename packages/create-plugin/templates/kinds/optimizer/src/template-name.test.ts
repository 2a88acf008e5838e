// Its numbers, worked by hand: the working stands beside them.
import "@tensorflow/tfjs"; // a backend: tfjs-core alone has none
import { assertClose, createPart } from "@rewardlab/core/testing";
import * as tf from "@tensorflow/tfjs-core";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { templateName } from "./template-name.ts";

test("template-name: two steps, by hand", () => {
  const { part } = createPart(templateName, { learningRate: 0.1, beta1: 0.5, beta2: 0.75, weightDecay: 0.5 });
  tf.tidy(() => {
    const parameters = { w: tf.tensor1d([1, -2]) };
    const first = part.step(parameters, { w: tf.tensor1d([4, -0.5]) }, part.initialState(parameters), 0.1, 1);
    // m = 0, u = sign(0.5 g) = [1, −1];  θ − 0.1 (u + 0.5 θ) = [1 − 0.1 · 1.5, −2 − 0.1 · −2];  m = 0.25 g
    assertClose(tf.stack(Object.values(first.parameters)), [0.85, -1.8]);
    assertClose(tf.stack(Object.values(first.state)), [1, -0.125]);
    const second = part.step(first.parameters, { w: tf.tensor1d([-2, 0]) }, first.state, 0.1, 2);
    // u = sign(0.5 · [1, −0.125] + 0.5 · [−2, 0]) = [−1, −1]
    assertClose(tf.stack(Object.values(second.parameters)), [0.85 - 0.1 * (-1 + 0.425), -1.8 - 0.1 * (-1 - 0.9)]);
    assertClose(tf.stack(Object.values(second.state)), [0.75 - 0.5, -0.125 * 0.75]);
  });
  assert.is(tf.memory().numTensors, 0);
});
test.run();
