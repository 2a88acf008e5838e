import * as tf from "@tensorflow/tfjs-core";
import type { Tensor4D } from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { assertClose, leakedTensors } from "@rewardlab/core/testing";
import { patchEmbedding, patches } from "./patch-embedding.ts";

/** A picture whose numbers say where they are: 100 · y + 10 · x + channel. */
const picture = (height: number, width: number) =>
  tf.tensor4d([
    Array.from({ length: height }, (_, y) =>
      Array.from({ length: width }, (__, x) => [0, 1, 2].map((channel) => 100 * y + 10 * x + channel)),
    ),
  ]);

test("patches: reading order, each in the order (y, x, channel)", () =>
  tf.tidy(() => {
    const cut = patches(picture(4, 6), 2).arraySync()[0]!;
    assert.is(cut.length, 6);
    assert.equal(cut[0], [0, 1, 2, 10, 11, 12, 100, 101, 102, 110, 111, 112]);
    assert.equal(cut[1]!.slice(0, 3), [20, 21, 22]);
    assert.equal(cut[2]!.slice(0, 3), [40, 41, 42]);
    assert.equal(cut[3]!.slice(0, 3), [200, 201, 202]);
    assert.equal(cut[5]!.slice(-3), [350, 351, 352]);
  }));

test("patches: each picture of the batch has its own", () =>
  tf.tidy(() => {
    const batch = tf.concat([picture(2, 2), tf.mul(picture(2, 2), -1)], 0) as Tensor4D; // [2, 2, 2, 3]
    assert.equal(
      patches(batch, 1).arraySync()[1],
      [
        [0, -1, -2],
        [-10, -11, -12],
        [-100, -101, -102],
        [-110, -111, -112],
      ].map((row) => row.map((value) => value || -0)),
    );
  }));

test("patches: a picture that doesn't divide is an error", () => {
  const images = picture(4, 6);
  assert.throws(() => patches(images, 4), /6×4, expected multiples of the patch size 4/);
  assert.is(
    leakedTensors(() => patches(images, 2).dispose()),
    0,
  );
  images.dispose();
});

test("patchEmbedding: (v − mean) / deviation, weighted, plus bias and the patch's position", () =>
  tf.tidy(() => {
    const parameters = {
      "vision.patch.weight": tf.tensor2d([
        [1, 0],
        [0, 1],
        [1, 1],
      ]),
      "vision.patch.bias": tf.tensor1d([10, 20]),
      "vision.position": tf.tensor2d([
        [0, 0],
        [100, 200],
      ]),
    };
    // Pixels (0.15, 0.35, 0.15) → (0, 1, 0) → [0, 1]; (0.35, 0.15, 0.55) → (1, 0, 2) → [3, 2].
    const images = tf.tensor4d([
      [
        [
          [0.15, 0.35, 0.15],
          [0.35, 0.15, 0.55],
        ],
      ],
    ]);
    assertClose(
      patchEmbedding(parameters, images, { patchSize: 1, pixelMean: 0.15, pixelDeviation: 0.2 }),
      [
        [
          [10, 21],
          [113, 222],
        ],
      ],
      1e-5,
    );
  }));

test.run();
