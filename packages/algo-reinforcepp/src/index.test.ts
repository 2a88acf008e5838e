import * as tf from "@tensorflow/tfjs";
import { assertClose, probeWith } from "@rewardlab/core/testing";
import { test } from "uvu";
import * as assert from "uvu/assert";
import plugin from "./index.ts";

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

// two prompts, a response each, of 2 tokens and 1; on-policy; log π − log π_ref = 10, 0 | 0
const batch = {
  mask: [
    [1, 1],
    [1, 0],
  ],
  groupIds: [0, 1],
  scores: [1, 0.1],
  logProbs: [
    [-1, -1],
    [-1, "NaN"],
  ],
  refLogProbs: [
    [-11, -1],
    [-1, 0],
  ],
};

test("reinforce++ (openrlhf): from scores to the gradient by hand", async () => {
  // β = 0.01: ρ = −0.1, 1 | 0.1 → G = 0.9, 1 | 0.1; mean 2/3; deviations 0.233333, 0.333333, −0.566667
  // σ² = (0.054444 + 0.111111 + 0.321111)/3 = 0.162222, σ = 0.402768 → A = 0.579325, 0.827607, −1.406931
  const result = await probe("reinforce++", batch);
  close(result.tokenRewards, [
    [-0.1, 1],
    [0.1, 0],
  ]);
  close(result.returns, [
    [0.9, 1],
    [0.1, 0],
  ]);
  close(result.advantages, [
    [0.579325, 0.827607],
    [-1.406931, 0],
  ]);
  // ratio 1: L = −ΣA/3 = 0, ∂L/∂lp = −A/3
  assertClose(result.loss, 0, 1e-6);
  close(result.gradLogProbs, [
    [-0.193108, -0.275869],
    [0.468977, 0],
  ]);
});

test("reinforce++ (verl): β = 1e-3, the unbiased variance", async () => {
  // ρ = −0.01, 1 | 0.1 → G = 0.99, 1 | 0.1; mean 0.696667; deviations 0.293333, 0.303333, −0.596667; σ² = (0.086044 + 0.092011 + 0.356011)/2 = 0.267033
  const result = await probe({ use: "reinforce++", variant: "verl" }, batch);
  const sigma = Math.sqrt(0.267033);
  close(result.advantages, [
    [0.293333 / sigma, 0.303333 / sigma],
    [-0.596667 / sigma, 0],
  ]);
});

test("reinforce++ (openrlhf): scores are clipped to ±10", async () => {
  const result = await probe("reinforce++", { ...batch, scores: [50, 0.1], refLogProbs: batch.logProbs });
  close(result.returns, [
    [10, 10],
    [0.1, 0],
  ]);
});

test("reinforce++: equal scores have no advantage", async () => {
  const result = await probe("reinforce++", { ...batch, scores: [0.1, 0.1], refLogProbs: batch.logProbs });
  assert.equal(result.advantages, [
    [0, 0],
    [0, 0],
  ]);
});

test("reinforce++-baseline (openrlhf): the group's mean is taken off first", async () => {
  // one group: scores 1, 0.1 → ±0.45; β = 0: G = 0.45, 0.45 | −0.45; mean 0.15; σ² = (0.09 + 0.09 + 0.36)/3 = 0.18
  const result = await probe("reinforce++-baseline", { ...batch, groupIds: [0, 0], refLogProbs: batch.logProbs });
  close(result.returns, [
    [0.45, 0.45],
    [-0.45, 0],
  ]);
  close(result.advantages, [
    [Math.SQRT1_2, Math.SQRT1_2],
    [-Math.SQRT2, 0],
  ]);
});

test("reinforce++-baseline (verl): no KL in the reward, k3 in the loss", async () => {
  // σ² = 0.54/2 = 0.27. k3 of x = 10 is 9.000045, of 0 it is 0: L = 0 + 1e-3·9.000045/3
  const result = await probe({ use: "reinforce++-baseline", variant: "verl" }, { ...batch, groupIds: [0, 0] });
  close(result.advantages, [
    [0.3 / Math.sqrt(0.27), 0.3 / Math.sqrt(0.27)],
    [-0.6 / Math.sqrt(0.27), 0],
  ]);
  assertClose(result.loss, 0.003000015, 1e-6);
});

/** Tokens whose log ratios lie around ±20, half of them beyond. */
const byTheGuard = {
  mask: [[1, 1], [1, 1]], // prettier-ignore
  groupIds: [0, 0],
  scores: [1, 0],
  logProbs: [[18.5, -20.5], [19.5, -21.5]], // prettier-ignore
  oldLogProbs: [[-1, -1], [-1, -1]], // prettier-ignore
};

for (const variant of ["verl", "openrlhf"])
  test(`${variant}: log ratios are clamped at ±20`, async () => {
    for (const use of ["reinforce++", "reinforce++-baseline"]) {
      const { metrics } = (await probed("algorithm", { use, variant }, byTheGuard)) as { metrics: Record<string, number> };
      assert.is(metrics.clampedFraction, 0.5);
    }
  });

test.run();
