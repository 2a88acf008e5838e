import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { randomStream } from "@rewardlab/core";
import type { Parameters } from "@rewardlab/core";
import { assertClose, createModel } from "@rewardlab/core/testing";
import { startWasmBackend } from "@rewardlab/engines";
import { tinyVlm } from "./tiny-vlm.ts";

/** cpu and wasm, or the one under test (`npm test -- --engine NAME`). */
const backends = tf.getBackend() ? [tf.getBackend()] : ["cpu", "wasm"];
if (backends.includes("wasm")) await startWasmBackend();
tf.setBackend(backends[0]!);

/** Made by tools/oracles/tiny-vlm.py with PyTorch 2.13.0 in float64. */
interface Fixture {
  readonly madeBy: string;
  readonly options: { readonly imageSize: number };
  readonly temperature: number;
  readonly pixels: readonly number[];
  readonly promptIds: number[][];
  readonly promptMask: number[][];
  readonly responseIds: number[][];
  readonly mask: number[][];
  readonly logProbs: number[][];
  readonly tokenWeights: number[][];
  readonly parameters: Readonly<Record<string, { readonly shape: number[]; readonly values4096: number[] }>>;
  readonly gradients: Readonly<Record<string, number[]>>;
}
const fixture = JSON.parse(readFileSync(new URL("./fixtures/tiny-vlm.json", import.meta.url), "utf8")) as Fixture;
const model = createModel(tinyVlm, fixture.options);

const { imageSize } = fixture.options;
const parameters: Parameters = Object.fromEntries(
  Object.entries(fixture.parameters).map(([name, { shape, values4096 }]) => [
    name,
    tf.tensor(
      values4096.map((value) => value / 4096),
      shape,
    ),
  ]),
);
const prompts = {
  images: tf.tensor4d(
    fixture.pixels.map((value) => value / 255),
    [2, imageSize, imageSize, 3],
  ), // [P, H, W, 3]
  promptIds: tf.tensor2d(fixture.promptIds, undefined, "int32"), // [P, S]
  promptMask: tf.tensor2d(fixture.promptMask), // [P, S]
};
const responses = { responseIds: tf.tensor2d(fixture.responseIds, undefined, "int32"), mask: tf.tensor2d(fixture.mask) }; // [B, T]

test("tiny-vlm against PyTorch: the fixture is the one described", () => assert.match(fixture.madeBy, /torch 2\.13\.0/));

test("tiny-vlm against PyTorch: parameters have the same names and shapes", () => {
  const own = model.initialParameters(randomStream(0, "test"));
  const shapes = (tensors: Parameters) =>
    Object.entries(tensors)
      .map(([name, { shape }]) => `${name} ${shape.join("×")}`)
      .sort();
  assert.equal(shapes(own), shapes(parameters));
  tf.dispose(own as never);
});

for (const backend of backends) {
  // Log-probabilities down to −11 through some 40 float32 products: 1e-5 is about five times what was seen.
  test(`tiny-vlm against PyTorch: log-probabilities on ${backend}`, () => {
    tf.setBackend(backend);
    tf.tidy(() => assertClose(model.logProbs(parameters, prompts, responses, fixture.temperature), fixture.logProbs, 1e-5));
  });

  // Values up to 13, sums over 14 tokens and up to 16 columns; 2e-5 likewise.
  test(`tiny-vlm against PyTorch: the gradient of every parameter on ${backend}`, () => {
    tf.setBackend(backend);
    tf.tidy(() => {
      const names = Object.keys(parameters);
      const weighted = (...tensors: Tensor[]) => {
        const moved = Object.fromEntries(names.map((name, index) => [name, tensors[index]!]));
        return tf.sum(tf.mul(model.logProbs(moved, prompts, responses, fixture.temperature), tf.tensor2d(fixture.tokenWeights))); // []
      };
      const gradients = tf.grads(weighted)(Object.values(parameters));
      assert.is(gradients.length, 37);
      gradients.forEach((gradient, index) => assertClose(tf.reshape(gradient, [-1]), fixture.gradients[names[index]!], 2e-5));
    });
  });

  test(`generate on ${backend}: its log-probabilities are those of logProbs`, async () => {
    tf.setBackend(backend);
    const before = tf.memory().numTensors;
    const { responseIds, mask, logProbs, tokens } = await model.generate(parameters, prompts, {
      samplesPerPrompt: 12,
      temperature: 0.8,
      maxNewTokens: 20,
      random: randomStream(1, "rollout"),
    });
    tf.tidy(() => {
      const sampled = { responseIds: tf.tensor2d(responseIds, [24, tokens], "int32"), mask: tf.tensor2d(mask, [24, tokens]) }; // [B, T]
      assertClose(tf.reshape(model.logProbs(parameters, prompts, sampled, 0.8), [-1]), [...logProbs], 2e-5);
    });
    assert.ok(mask.includes(0), "some rows should end early");
    assert.is(tf.memory().numTensors, before, "leaked tensors");
  });
}

test.run();
