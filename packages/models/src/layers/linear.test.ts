import * as tf from "@tensorflow/tfjs-core";
import type { Tensor3D } from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { assertClose, assertGradient, leakedTensors } from "@rewardlab/core/testing";
import { linear } from "./linear.ts";

test("linear: every token times the same weight", () =>
  tf.tidy(() => {
    // [1 2] W = [1·1 + 2·4, 1·2 + 2·5, 1·3 + 2·6] = [9, 12, 15]; [0 1] W is W's second row.
    const weight = tf.tensor2d([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const x = tf.tensor3d([
      [
        [1, 2],
        [0, 1],
      ],
      [
        [1, 0],
        [-1, 0],
      ],
    ]);
    assertClose(linear(x, weight), [
      [
        [9, 12, 15],
        [4, 5, 6],
      ],
      [
        [1, 2, 3],
        [-1, -2, -3],
      ],
    ]);
  }));

test("linear: gradients of weight and input", () =>
  tf.tidy(() => {
    const weight = tf.tensor2d([
      [1, -2, 3],
      [0.5, 5, -1],
    ]);
    const x = tf.tensor3d([
      [
        [1, 2],
        [0, 1],
        [0.5, -1],
      ],
    ]);
    assertGradient((w) => tf.square(linear(x, w)), weight);
    assertGradient((rows) => tf.square(linear(tf.reshape(rows, [1, 3, 2]) as Tensor3D, weight)), tf.reshape(x, [3, 2]));
  }));

test("linear: leaves no tensor; shapes that don't fit are an error", () => {
  const [x, weight] = [tf.ones([2, 3, 4]) as Tensor3D, tf.ones([4, 5]) as tf.Tensor2D];
  assert.is(
    leakedTensors(() => linear(x, weight).dispose()),
    0,
  );
  assert.throws(() => linear(x, tf.ones([3, 5])), /linear: weight has shape \[3, 5\], expected I = 4/);
});

test.run();
