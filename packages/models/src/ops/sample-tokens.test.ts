// A token sampled on the engine is the one that sampleToken chooses on the host: libtensorflow's kernel where it is installed, and the composition.

import { randomStream } from "@rewardlab/core";
import { startTensorflowBackend } from "@rewardlab/engines";
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { sampleToken } from "../sample-token.ts";
import { sampleTokens } from "./sample-tokens.ts";

const backends = ["cpu", ...((await startTensorflowBackend()) === null ? [] : ["tensorflow"])];

function sampled(backend: string, logits: Float32Array, vocabulary: number, uniforms: Float32Array, temperature: number) {
  tf.setBackend(backend);
  const before = tf.memory().numTensors;
  const results = tf.tidy(() => {
    const rows = uniforms.length;
    const made = sampleTokens(
      tf.tensor2d(logits, [rows, vocabulary]) as Tensor2D,
      tf.tensor1d(uniforms) as Tensor1D,
      temperature,
    );
    assert.equal([made.tokens.shape, made.tokens.dtype, made.logProbs.shape], [[rows], "int32", [rows]]);
    return [[...made.tokens.dataSync()], [...made.logProbs.dataSync()]] as const;
  });
  assert.is(tf.memory().numTensors, before);
  return { tokens: results[0], logProbs: results[1] };
}

test("sampleTokens: the token and log-probability of sampleToken, whatever the size and the temperature", () => {
  for (const backend of backends)
    for (const vocabulary of [2, 5, 16, 17, 96, 110, 515])
      for (const temperature of [0, 0.3, 1, 1.7]) {
        const random = randomStream(vocabulary, "logits");
        const rows = 40;
        const logits = Float32Array.from({ length: rows * vocabulary }, () => 2 * random.normal());
        const uniforms = Float32Array.from({ length: rows }, () => random.uniform());
        const given = sampled(backend, logits, vocabulary, uniforms, temperature);
        given.tokens.forEach((token, row) => {
          const own = logits.subarray(row * vocabulary, (row + 1) * vocabulary);
          // The neighbours of the number drawn: within rounding of a boundary either side may come out.
          const wanted = [-2e-6, 0, 2e-6].map((shift) => sampleToken(own, temperature, Math.max(0, uniforms[row]! + shift)));
          const what = `${backend}, V ${vocabulary}, T ${temperature}, row ${row}: ${token} (${given.logProbs[row]})`;
          const same = wanted.find((one) => one.token === token);
          assert.ok(same, `${what}, expected ${wanted[1]!.token}`);
          assert.ok(Math.abs(given.logProbs[row]! - same!.logProb) < 1e-5, `${what}, expected ${same!.logProb}`);
        });
      }
});

test("sampleTokens: −∞ is never drawn, at either end of the numbers", () => {
  const logits = Float32Array.of(-Infinity, 0, -Infinity, 1, -Infinity);
  for (const backend of backends) {
    assert.equal(sampled(backend, logits, 5, Float32Array.of(0), 1).tokens, [1]);
    assert.equal(sampled(backend, logits, 5, Float32Array.of(1 - 2 ** -24), 1).tokens, [3]);
  }
});

test("sampleTokens: temperature 0 takes the first of the most likely, for certain", () => {
  for (const backend of backends) {
    const { tokens, logProbs } = sampled(backend, Float32Array.of(3, 7, 7, 1), 4, Float32Array.of(0.9), 0);
    assert.equal([tokens, logProbs.map(Math.abs)], [[1], [0]]);
  }
});

test("sampleTokens: NaN and +∞ show in the log-probability", () => {
  for (const backend of backends)
    for (const bad of [NaN, Infinity])
      for (const temperature of [0, 1]) {
        const { logProbs } = sampled(backend, Float32Array.of(0, bad, 1), 3, Float32Array.of(0.5), temperature);
        assert.ok(Number.isNaN(logProbs[0]), `${backend}, ${bad} at temperature ${temperature}: ${logProbs[0]}`);
      }
});

test.run();
