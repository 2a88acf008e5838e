import * as tf from "@tensorflow/tfjs";
import { assertClose, probeWith } from "@rewardlab/core/testing";
import { test } from "uvu";
import * as assert from "uvu/assert";
import plugin from "./index.ts";

const probe = probeWith(plugin);
const numbers = (values: unknown) => tf.tensor1d([values].flat(2) as number[]);

/** Two responses, of two tokens and of one; the policy has moved by 0.5 at the first token. */
const batch = {
  scores: [1, 0],
  mask: [[1, 1], [1, 0]], // prettier-ignore
  logProbs: [[-0.5, -1], [-1, -9]], // prettier-ignore
  oldLogProbs: [[-1, -1], [-1, -9]], // prettier-ignore
  refLogProbs: [[-1.5, -1], [-1, -9]], // prettier-ignore
  values: [[0.25, 0.5], [0.5, 7]], // prettier-ignore
};
const plain = { algorithm: "ppo", kl: { coefficient: 0.5 }, advantage: [{ use: "gae", gamma: 1, lambda: 1 }] };

test("ppo: by hand, λ = 1 and without whitening", async () => {
  const result = await probe("algorithm", plain, batch);
  // k1 = 0.5, 0 | 0, β = 0.5: ρ = −0.25, 1 | 0
  assertClose(numbers(result.tokenRewards), [-0.25, 1, 0, 0]);
  // G = 0.75, 1 | 0; A = G − V = 0.5, 0.5 | −0.5
  assertClose(numbers(result.returns), [0.75, 1, 0, 0]);
  assertClose(numbers(result.advantages), [0.5, 0.5, -0.5, 0]);
  // r = e^0.5, 1 | 1; loss (−1.2·0.5 − 0.5 + 0.5) / 3; the first token is clipped
  assertClose(numbers(result.loss), [-0.2]);
  assertClose(numbers(result.gradLogProbs), [0, -0.5 / 3, 0.5 / 3, 0]);
  // value loss 0.1 · ½ (0.25 + 0.25 + 0.25) / 3, gradient 0.1 (V − G) / 3
  assertClose(numbers(result.valueLoss), [0.0125]);
  assertClose(numbers(result.gradValues), [-0.05 / 3, -0.05 / 3, 0.05 / 3, 0]);
});

test("ppo: values that have moved beyond the clip have no gradient where that makes the error larger", async () => {
  const newValues = [[0.75, 0.5], [0.5, 7]]; // prettier-ignore
  const result = await probe("algorithm", plain, { ...batch, newValues });
  // V = 0.75 = G; clipped to 0.45: error 0.3² counts, no gradient. ½ (0.09 + 0.25 + 0.25) / 3 · 0.1
  assertClose(numbers(result.valueLoss), [0.059 / 6]);
  assertClose(numbers(result.gradValues), [0, -0.05 / 3, 0.05 / 3, 0]);
  assert.is((result.metrics as Record<string, number>).valueClipFraction, 1 / 3);
});

test("ppo: without values in the batch the probe says which field it misses", async () => {
  const { values: _, ...rest } = batch;
  const error = await probe("algorithm", "ppo", rest).catch((reason: unknown) => reason);
  assert.match((error as Error).message, 'batch: "values" is missing');
});

test("ppo: gae without a critic, and a critic without gae, are refused with what to do", async () => {
  const refused = async (spec: object) =>
    ((await probe("algorithm", spec, batch).catch((reason: unknown) => reason)) as Error).message;
  assert.match(await refused({ algorithm: "ppo", critic: null }), /gae needs a critic's values, and there is no critic/);
  assert.match(
    await refused({ algorithm: "ppo", advantage: ["discounted-return"] }),
    /critic: no step of the advantage chain uses its values/,
  );
});

/** Tokens whose log ratios lie around ±20, half of them beyond. */
const byTheGuard = {
  mask: [[1, 1], [1, 1]], // prettier-ignore
  groupIds: [0, 0],
  scores: [1, 0],
  logProbs: [[18.5, -20.5], [19.5, -21.5]], // prettier-ignore
  oldLogProbs: [[-1, -1], [-1, -1]], // prettier-ignore
  values: [[0, 0], [0, 0]], // prettier-ignore
};

for (const variant of ["verl", "openrlhf"])
  test(`${variant}: log ratios are clamped at ±20`, async () => {
    for (const use of ["ppo"]) {
      const { metrics } = (await probe("algorithm", { use, variant }, byTheGuard)) as { metrics: Record<string, number> };
      assert.is(metrics.clampedFraction, 0.5);
    }
  });

test.run();
