import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { assertClose, assertGradient, leakedTensors } from "@rewardlab/core/testing";
import { gelu, projector } from "./projector.ts";

test("gelu: 0 at 0, x and 0 far out, 0.8412 and −0.1588 at ±1", () =>
  // ½(1 + tanh(√(2/π) · 1.044715)) = ½(1 + tanh 0.833555) = ½(1 + 0.682384) = 0.841192
  tf.tidy(() => assertClose(gelu(tf.tensor1d([0, 30, -30, 1, -1])), [0, 30, 0, 0.841192, -0.158808])));

test("gelu: gradient", () => tf.tidy(() => assertGradient((x) => gelu(x), tf.tensor2d([[-2, -0.7, 0, 0.3, 1.5]]))));

test("projector: in, bias, gelu, out, bias", () => {
  const parameters = {
    "projector.in": tf.tensor2d([
      [1, 0],
      [1, 1],
    ]),
    "projector.in_bias": tf.tensor1d([-2, -29]),
    "projector.out": tf.tensor2d([
      [1, 2],
      [0, 1],
    ]),
    "projector.out_bias": tf.tensor1d([5, 6]),
  };
  // [1 2] → [1 + 2 − 2, 2 − 29] = [1, −27] → gelu [0.841192, 0] → [0.841192, 1.682384] + [5, 6]
  const seen = tf.tensor3d([[[1, 2]]]);
  tf.tidy(() => assertClose(projector(parameters, seen), [[[5.841192, 7.682384]]]));
  assert.is(
    leakedTensors(() => projector(parameters, seen).dispose()),
    0,
  );
});

test.run();
