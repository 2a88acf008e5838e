import * as tf from "@tensorflow/tfjs-core";
import type { Tensor4D } from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { randomStream } from "@rewardlab/core";
import type { Model } from "@rewardlab/core";
import { createModel, leakedTensors } from "@rewardlab/core/testing";
import { tinyVlm } from "../tiny-vlm.ts";
import { visionEncoder } from "./vision-encoder.ts";

const model: Model = createModel(tinyVlm, { width: 16, imageSize: 6, patchSize: 2, visionLayers: 2 });
const parameters = model.initialParameters(randomStream(1, "test"));
const sizes = { pixelMean: 0.3, pixelDeviation: 0.2, patchSize: 2, visionLayers: 2, headSize: 4 };
const random = randomStream(2, "test");
const images = tf.tensor4d(
  Float32Array.from({ length: 216 }, () => random.uniform()),
  [2, 6, 6, 3],
);

test("visionEncoder: one normed column a patch", () =>
  tf.tidy(() => {
    const seen = visionEncoder(parameters, images, sizes);
    assert.equal(seen.shape, [2, 9, 16]);
    assert.ok(
      tf
        .mean(tf.square(seen), -1)
        .dataSync()
        .every((meanSquare) => Math.abs(meanSquare - 1) < 1e-3),
    );
  }));

test("visionEncoder: every patch sees every patch of its own picture, and no other", () =>
  tf.tidy(() => {
    const before = visionEncoder(parameters, images, sizes).arraySync();
    const last = tf.tensor(
      Array.from({ length: 216 }, (_, at) => (at < 105 || at >= 108 ? 0 : 1)),
      [2, 6, 6, 3],
    ); // a pixel of picture 0, patch 8
    const after = visionEncoder(parameters, tf.add(images, last) as Tensor4D, sizes).arraySync();
    before[0]!.forEach((patch, index) => assert.not.equal(after[0]![index], patch, `patch ${index}`));
    assert.equal(after[1], before[1]);
  }));

test("visionEncoder: where a patch is matters", () =>
  tf.tidy(() => {
    const plain = visionEncoder(parameters, tf.zeros([1, 6, 6, 3]), sizes).arraySync()[0]!; // nine equal patches
    plain.forEach((patch, index) => plain.slice(0, index).forEach((other) => assert.not.equal(patch, other)));
  }));

test("visionEncoder: leaves no tensor", () =>
  assert.is(
    leakedTensors(() => visionEncoder(parameters, images, sizes).dispose()),
    0,
  ));

test.run();
