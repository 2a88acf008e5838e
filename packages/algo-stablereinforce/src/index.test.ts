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

// 20 prompts, a response of one token each: 19 score 1, one scores 0; on-policy, no KL
const column = (value: (row: number) => unknown) => Array.from({ length: 20 }, (_, row) => value(row));
const batch = {
  mask: column(() => [1]),
  groupIds: column((row) => row),
  scores: column((row) => (row === 0 ? 0 : 1)),
  logProbs: column(() => [-1]),
};

test("stable-reinforce (paper): an outlier beyond 3σ is filtered, and still counts in the mean", async () => {
  // p = 0.95, σ = √(p(1 − p)) = 0.217945: z = −0.95/σ = −4.358899 → 0, the others 0.05/σ = 0.229416
  const result = await probe("stable-reinforce", batch);
  const z = 0.05 / Math.sqrt(0.95 * 0.05);
  close(result.advantages, column((row) => [row === 0 ? 0 : z]) as number[][]);
  assertClose(result.loss, (-19 * z) / 20, 1e-5);
  close(result.gradLogProbs, column((row) => [row === 0 ? 0 : -z / 20]) as number[][]);
});

test("stable-reinforce (official-code): the bounds lie around the raw mean", async () => {
  // mean 0.95 → [−2.05, 3.95]: −4.36 goes here too
  const some = await probe({ use: "stable-reinforce", variant: "official-code" }, batch);
  assert.is(some.advantages[0]![0], 0);
  // scores 2 and 5: mean 4.85 → [1.85, 7.85], and every z is below it
  const all = await probe(
    { use: "stable-reinforce", variant: "official-code" },
    {
      ...batch,
      scores: column((row) => (row === 0 ? 2 : 5)),
    },
  );
  assert.equal(
    all.advantages,
    column(() => [0]),
  );
});

test("stable-reinforce: where A < 0 and the ratio is beyond 1000, the loss is bounded and has no gradient", async () => {
  // half score 1, half 0: A = ±1. Row 0 has score 0 and log ratio 8: ρ = e⁸ = 2981 → 1000; L = (1000 + 9·1 − 10·1)/20
  const scores = column((row) => (row < 10 ? 0 : 1));
  const oldLogProbs = column((row) => [row === 0 ? -9 : -1]);
  const guarded = await probe("stable-reinforce", { ...batch, scores, oldLogProbs, refLogProbs: oldLogProbs });
  assertClose(guarded.loss, 999 / 20, 1e-3);
  assert.is(guarded.gradLogProbs[0]![0], 0);
  // the same without Pre-CLIP
  const bare = await probe(
    { algorithm: "stable-reinforce", loss: { ratio: "token" } },
    {
      ...batch,
      scores,
      oldLogProbs,
      refLogProbs: oldLogProbs,
    },
  );
  assertClose(bare.loss, (Math.exp(8) - 1) / 20, 1e-2);
  assertClose(bare.gradLogProbs[0]![0]!, Math.exp(8) / 20, 1e-2);
});

test("stable-reinforce: its reward is the paper's formula over three rules", () => {
  const { presets } = plugin.algorithms!.find(({ name }) => name === "stable-reinforce")!;
  for (const preset of Object.values(presets)) {
    const { rules, formula } = preset.reward as { rules: object; formula: string };
    assert.equal(Object.keys(rules), ["format", "accuracy", "consistency"]);
    assert.is(formula, "accuracy * (1 + 0.5 * consistency) + 0.5 * format");
  }
});

test("stable-reinforce: scores are clipped to ±10", async () => {
  const result = await probe("stable-reinforce", {
    mask: [[1], [1], [1], [1]],
    scores: [9.5, 10.5, -9.5, -10.5],
    logProbs: [[-1], [-1], [-1], [-1]],
  });
  assert.equal(result.returns, [[9.5], [10], [-9.5], [-10]]);
});

test("stable-reinforce: a contradiction costs a point in the released code, and nothing in the paper", () => {
  const { presets } = plugin.algorithms![0]!;
  const consistency = (variant: string) =>
    (presets[variant] as { reward: { rules: { consistency: unknown } } }).reward.rules.consistency;
  assert.equal(consistency("official-code"), { use: "stated-choice-consistency", contradict: -1 });
  assert.is(consistency("paper"), "stated-choice-consistency");
});

test.run();
