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

/** group 0: mean 0.5, σ = √(0.5) = 0.707107, ε = 1e-6 → A = ±0.707106; group 1: alone, 0 */
const a = 0.5 / (Math.SQRT1_2 + 1e-6);

test("grpo (paper): from scores to the gradient by hand", async () => {
  const result = await probe("grpo", batch);
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

/** The batch with other log π_old for its first response, and the advantages a, −a, 0 of its groups. */
const movedBy = (d: readonly number[]) => ({ ...batch, oldLogProbs: [d.map((x) => -1 - x), [-1, 0], [-1, -1]] });

test("dr-grpo (paper): no deviation, and every token weighs 1/(B L_max)", async () => {
  // A = 0.5, −0.5, 0; B = 3 responses of at most 2 tokens: ∂L/∂lp = −A/6
  const result = await probe("dr-grpo", batch);
  close(result.advantages, [
    [0.5, 0.5],
    [-0.5, 0],
    [0, 0],
  ]);
  close(result.gradLogProbs, [
    [-0.5 / 6, -0.5 / 6],
    [0.5 / 6, 0],
    [0, 0],
  ]);
});

test("rloo (paper): the baseline is made of scores less their KL; −A log π(y), mean over responses", async () => {
  // k1 = 2 at one token of response 1, β = 0.05: R = 0.9, 0 | 5 → A = 0.9, −0.9 | alone: 0
  // L = (−0.9·(−2) + 0.9·(−1))/3 = 0.3; ∂L/∂lp = −A/3
  const withKl = {
    ...batch,
    refLogProbs: [
      [-3, -1],
      [-1, 0],
      [-1, -1],
    ],
  };
  const result = await probe("rloo", withKl);
  close(result.advantages, [
    [0.9, 0.9],
    [-0.9, 0],
    [0, 0],
  ]);
  assertClose(result.loss, 0.3, 1e-6);
  const gradient = [
    [-0.3, -0.3],
    [0.3, 0],
    [0, 0],
  ];
  close(result.gradLogProbs, gradient);
  // TRL's loss: the response's ratio; on policy it is −A, and its gradient the same
  const trl = await probe({ use: "rloo", variant: "trl" }, withKl);
  assertClose(trl.loss, 0, 1e-6);
  close(trl.gradLogProbs, gradient);
});

test("dapo (paper): the upper bound is 1.28, and tokens weigh the same", async () => {
  // r = 1.25 passes where GRPO's 1.2 would stop it; r = 1.3 doesn't: ∂L/∂lp = −a·1.25/5, 0
  const result = await probe("dapo", movedBy([Math.log(1.25), Math.log(1.3)]));
  close(result.gradLogProbs, [
    [-a * 0.25, 0],
    [a / 5, 0],
    [0, 0],
  ]);
});

test("gspo (paper): one ratio a response, clipped at 1 + 4e-4", async () => {
  // mean log ratio 3e-4: s = 1.0003, ∂L/∂lp_t = −a·s/(3·2); 5e-4 is beyond the bound: 0
  const s = Math.exp(3e-4);
  const within = await probe("gspo", movedBy([2e-4, 4e-4]));
  close(within.gradLogProbs, [
    [(-a * s) / 6, (-a * s) / 6],
    [a / 3, 0],
    [0, 0],
  ]);
  close((await probe("gspo", movedBy([1e-3, 0]))).gradLogProbs, [
    [0, 0],
    [a / 3, 0],
    [0, 0],
  ]);
});

test("cispo (paper): a token beyond the bound keeps a gradient, of weight 5", async () => {
  // r = e² = 7.39 → w = 5; r = e⁻³ = 0.0498 has no lower bound: ∂L/∂lp = −w·a/5
  const result = await probe("cispo", movedBy([2, -3]));
  close(result.gradLogProbs, [
    [-a, (-a * Math.exp(-3)) / 5],
    [a / 5, 0],
    [0, 0],
  ]);
});

test("the paper's variant is the default", () => {
  assert.equal(
    plugin.algorithms?.map(({ name, presets }) => [name, Object.keys(presets)[0]]),
    ["grpo", "dr-grpo", "rloo", "dapo", "gspo", "cispo", "gdpo", "lite-ppo", "luspo"].map((name) => [name, "paper"]),
  );
});

/** Tokens whose log ratios lie around ±20, half of them beyond. */
const byTheGuard = {
  mask: [[1, 1], [1, 1]], // prettier-ignore
  groupIds: [0, 0],
  scores: [1, 0],
  logProbs: [[18.5, -20.5], [19.5, -21.5]], // prettier-ignore
  oldLogProbs: [[-1, -1], [-1, -1]], // prettier-ignore
};

for (const [variant, algorithms] of [
  ["verl", ["grpo", "dr-grpo", "rloo", "dapo", "cispo"]],
  ["openrlhf", ["grpo", "dr-grpo", "rloo", "dapo"]],
] as const)
  test(`${variant}: log ratios are clamped at ±20`, async () => {
    for (const use of algorithms) {
      const { metrics } = (await probed("algorithm", { use, variant }, byTheGuard)) as { metrics: Record<string, number> };
      assert.is(metrics.clampedFraction, 0.5, use);
    }
  });

test("ε, as large as each source has it, halves what hardly differs", async () => {
  // scores ε and 0: mean ε/2, σ = ε/√2, A = ±(ε/2)/(ε/√2 + ε) = ±1/(√2 + 2)
  for (const [variant, epsilon] of [
    ["paper", 1e-6],
    ["verl", 1e-6],
    ["trl", 1e-4],
    ["openrlhf", 1e-9],
  ] as const) {
    const { advantages } = await probe({ use: "grpo", variant }, responses([epsilon, 0]));
    close(advantages, [[1 / (Math.SQRT2 + 2)], [-1 / (Math.SQRT2 + 2)]]); // prettier-ignore
  }
});

test("dapo: responses that were cut off leave the loss, and verl and NeMo-RL draw up to ten times", () => {
  const { presets } = plugin.algorithms!.find(({ name }) => name === "dapo")!;
  const sampler = (variant: string) => (presets[variant] as { sampler: unknown }).sampler;
  assert.equal(sampler("paper"), ["dynamic", { use: "overlong", mask: true }]);
  assert.equal(sampler("verl"), [{ use: "dynamic", rounds: 10 }]);
  assert.equal(sampler("nemo"), [{ use: "dynamic", rounds: 10 }]);
});

/** One prompt with so many responses of a token each, on-policy. */
const responses = (scores: readonly number[], logProbs: readonly number[] = scores.map(() => -1)) => ({
  scores,
  groupIds: scores.map(() => 0),
  mask: scores.map(() => [1]),
  logProbs: logProbs.map((value) => [value]),
  oldLogProbs: scores.map(() => [-1]),
  refLogProbs: scores.map(() => [-1]),
});

test("openrlhf: normalised advantages are clipped to ±10", async () => {
  // n responses, one of them other than the rest: (n − 1)/√n. 10.86 with 120, 9.39 with 90
  for (const [count, largest] of [
    [120, 10],
    [90, 89 / Math.sqrt(90)],
  ] as const)
    // prettier-ignore
    for (const other of [1, 0]) {
      const scores = Array.from({ length: count }, (_, row) => (row === 0 ? other : 1 - other));
      const { advantages } = await probe({ use: "grpo", variant: "openrlhf" }, responses(scores));
      assertClose(advantages[0]![0]!, other === 1 ? largest : -largest, 1e-4);
    }
});

test("openrlhf: dr-grpo's centred scores are clipped to ±10", async () => {
  const centred = async (scores: number[]) =>
    (await probe({ use: "dr-grpo", variant: "openrlhf" }, responses(scores))).advantages.flat();
  assert.equal(await centred([21, 0]), [10, -10]);
  assert.equal(await centred([19, 0]), [9.5, -9.5]);
});

test("verl: gspo's log ratio of a sequence is at most 10", async () => {
  // A = ∓a; the first response has moved by 10.5: L = (a·e^10 − a)/2, in parts of e^10
  const moved = await probe({ use: "gspo", variant: "verl" }, responses([0, 1], [9.5, -1]));
  assertClose(moved.loss / Math.exp(10), (a - a / Math.exp(10)) / 2, 1e-5);
});

// two prompts of two responses, a token each but for the last, which has two
const pairs = {
  groupIds: [0, 0, 1, 1],
  mask: [
    [1, 0],
    [1, 0],
    [1, 0],
    [1, 1],
  ],
  logProbs: [
    [-1, 0],
    [-1, 0],
    [-1, 0],
    [-1, -1],
  ],
};

test("gdpo (paper): each rule normalised in its group, weighed, and the sums normalised over the batch", async () => {
  // right 1, 0 │ 1, 1 → ±√½ │ 0, 0; length 0, −100 │ −10, −30 → ±√½ │ ±√½ (but for ε = 1e-4). Sums with ½ of length: 1.5√½, −1.5√½, ½√½, −½√½
  const rewards = { right: [1, 0, 1, 1], length: [0, -100, -10, -30] };
  const { advantages, loss } = await probe("gdpo", { ...pairs, rewards, weights: { right: 1, length: 0.5 } });
  // their mean 0, σ² = 2(1.125 + 0.125)/3
  const sigma = Math.sqrt(2.5 / 3);
  const [one, other] = [(1.5 * Math.SQRT1_2) / sigma, (0.5 * Math.SQRT1_2) / sigma];
  close(
    advantages,
    [
      [one, 0],
      [-one, 0],
      [other, 0],
      [-other, -other],
    ],
    1e-3,
  );
  assertClose(loss, 0, 1e-5); // mean over responses of −A
});

test("gdpo: weights stand in the batch or under reward, a formula may stand for them, and one score is one rule", async () => {
  const rewards = { right: [1, 0, 1, 1], length: [0, -100, -10, -30] };
  const of = async (spec: object, more: object) =>
    (await probe({ algorithm: "gdpo", ...spec }, { ...pairs, ...more })).advantages;
  const byMap = await of({}, { rewards, weights: { right: 1, length: 0.5 } });
  assert.equal(await of({}, { rewards, weights: [1, 0.5] }), byMap);
  assert.equal(await of({ reward: { weights: { right: 1, length: 0.5 } } }, { rewards }), byMap);
  assert.equal(await of({ reward: { formula: "right + 0.5 * length" } }, { rewards }), byMap);
  assert.equal(await of({}, { scores: rewards, weights: [1, 0.5] }), byMap);
  assert.equal(await of({}, { scores: rewards.length }), await of({}, { rewards: { length: rewards.length } }));
});

test("gdpo (verl): whitened over tokens, so that the response of two tokens counts twice", async () => {
  // √½, −√½ │ √½, −√½: over five tokens μ = −√½/5, σ² = (5/4)(½ − 0.02) = 0.6
  const { advantages } = await probe({ use: "gdpo", variant: "verl" }, { ...pairs, rewards: { right: [1, 0, 1, 0] } });
  const up = (1.2 * Math.SQRT1_2) / Math.sqrt(0.6);
  const down = (-0.8 * Math.SQRT1_2) / Math.sqrt(0.6);
  close(
    advantages,
    [
      [up, 0],
      [down, 0],
      [up, 0],
      [down, down],
    ],
    1e-4,
  );
});

test("lite-ppo (paper): the group's mean, the batch's deviation, every token alike", async () => {
  // scores 1, 0 │ 4, 3: ±½ in each group; σ² of the four about 2: (1 + 4 + 4 + 1)/3
  const sigma = Math.sqrt(10 / 3);
  const { advantages, loss, gradLogProbs } = await probe("lite-ppo", { ...pairs, scores: [1, 0, 4, 3] });
  const half = 0.5 / sigma;
  close(advantages, [
    [half, 0],
    [-half, 0],
    [half, 0],
    [-half, -half],
  ]);
  assertClose(loss, half / 5, 1e-6); // −(½ − ½ + ½ − ½ − ½)/5
  close(gradLogProbs, [
    [-half / 5, 0],
    [half / 5, 0],
    [-half / 5, 0],
    [half / 5, half / 5],
  ]);
});

test("luspo (paper): the length times GSPO's loss of a response, so that every token has the gradient A/G", async () => {
  // on-policy: L = (1/4) Σ_i |y_i|·(−A_i) = (1/4)(−a + a − a + 2a); ∂L/∂lp = −A_i/4 at every token
  const { loss, gradLogProbs } = await probe("luspo", { ...pairs, scores: [1, 0, 1, 0] });
  assertClose(loss, a / 4, 1e-6);
  close(gradLogProbs, [
    [-a / 4, 0],
    [a / 4, 0],
    [-a / 4, 0],
    [a / 4, a / 4],
  ]);
});

test.run();
