import * as tf from "@tensorflow/tfjs";
import { assertClose, probeWith } from "@rewardlab/core/testing";
import { test } from "uvu";
import * as assert from "uvu/assert";
import plugin from "./index.ts";

await tf.setBackend("cpu");
const probed = probeWith(plugin);

interface Result {
  tokenRewards: number[][];
  returns: number[][];
  advantages: number[][];
  loss: number;
  gradLogProbs: number[][];
}
const probe = async (spec: string | object, batch: object) => (await probed("algorithm", spec, batch)) as unknown as Result;
const close = (actual: number[][], expected: number[][], tolerance = 1e-5) =>
  assertClose(tf.tensor2d(actual), expected, tolerance);

// one prompt with two responses of 2 tokens and 1, another prompt with one response
const batch = {
  mask: [
    [1, 1],
    [1, 0],
    [1, 1],
  ],
  groupIds: [0, 0, 1],
  scores: [1, 0, 5],
  logProbs: [
    [-1, -1],
    [-1, "NaN"],
    [-1, -1],
  ],
  refLogProbs: [
    [-1, -1],
    [-1, "Infinity"],
    [-1, -1],
  ],
};

test("grpo (paper): from scores to the gradient by hand", async () => {
  // group 0: mean 0.5, σ = √(0.5) = 0.707107, ε = 1e-6 → A = ±0.707106; group 1: alone, 0
  const result = await probe("grpo", batch);
  const a = 0.5 / (Math.SQRT1_2 + 1e-6);
  close(result.advantages, [
    [a, a],
    [-a, 0],
    [0, 0],
  ]);
  // on-policy, mean over 3 responses of the token mean: L = (−a + a + 0)/3; ∂L/∂lp = −A/(3 T_i)
  assertClose(result.loss, 0, 1e-6);
  close(result.gradLogProbs, [
    [-a / 6, -a / 6],
    [a / 3, 0],
    [0, 0],
  ]);
});

test("grpo (paper): k3 in the loss with β = 0.04", async () => {
  // x = log π − log π_ref = ln 2 at one of two tokens of response 1: k3 = 1/2 − 1 + ln 2; L = 0.04·k3/2/3
  const result = await probe("grpo", {
    ...batch,
    refLogProbs: [
      [-1 - Math.LN2, -1],
      [-1, 0],
      [-1, -1],
    ],
  });
  assertClose(result.loss, (0.04 * (Math.LN2 - 0.5)) / 6, 1e-6);
});

test("grpo (paper): equal scores of a group have no advantage", async () => {
  assert.equal((await probe("grpo", { ...batch, scores: [0.3, 0.3, 5] })).advantages, [
    [0, 0],
    [0, 0],
    [0, 0],
  ]);
});

test("grpo (verl): a lone response keeps its score, tokens weigh the same", async () => {
  const result = await probe({ use: "grpo", variant: "verl" }, batch);
  const a = 0.5 / (Math.SQRT1_2 + 1e-6);
  close(
    result.advantages,
    [
      [a, a],
      [-a, 0],
      [5, 5],
    ],
    1e-4,
  );
  close(
    result.gradLogProbs,
    [
      [-a / 5, -a / 5],
      [a / 5, 0],
      [-1, -1],
    ],
    1e-4,
  );
});

test.run();
