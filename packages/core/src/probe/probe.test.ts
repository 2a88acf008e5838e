import "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createContainer } from "../plugin/container.ts";
import { InputError } from "@rewardlab/storage";
import { fakeRegistry } from "../testing/experiment.ts";
import { createProbe } from "./probe.ts";

const test = suite("probe", { tensors: 0 });
test.before.each((context) => void (context.tensors = tf.memory().numTensors));
test.after.each(({ tensors }) => assert.is(tf.memory().numTensors, tensors, "tensors leaked"));

const registry = fakeRegistry();
const container = createContainer(registry);
/** What any component of the registry, or the trainer, says that it records. */
const declared = new Set(
  registry.plugins.flatMap(({ plugin }) => (plugin.components ?? []).flatMap(({ metrics }) => Object.keys(metrics ?? {}))),
);
/** Probes, and holds the result's metrics to what is declared. */
const probe = async (kind: string, spec: string, batch: unknown) => {
  const result = (await createProbe(registry, container, kind, spec)(batch)) as Record<string, unknown>;
  for (const name of Object.keys(result.metrics as object)) assert.ok(declared.has(name), `${kind} ${spec}: ${name} is declared`);
  return result;
};
async function refused(message: RegExp, kind: string, spec: string, batch: unknown = {}): Promise<void> {
  const error = await Promise.resolve()
    .then(() => probe(kind, spec, batch))
    .then(
      () => assert.unreachable(`${kind} ${spec} was accepted`),
      (reason: unknown) => reason,
    );
  assert.instance(error, InputError, String(error));
  assert.match((error as InputError).message, message);
}

test("advantage: one step on scores, one on advantages, a chain", async () => {
  assert.equal(
    (await probe("advantage", "group-centre", { scores: [1, 3, 5, 7], groupIds: [0, 0, 1, 1] })).advantages,
    [-1, 1, -1, 1],
  );
  assert.equal(
    (await probe("advantage", "{ use: clip, low: -1, high: 1 }", { advantages: [[-3, 0.5]], mask: [[1, 1]] })).advantages,
    [[-1, 0.5]],
  );
  // return at every token of a response is its score; centred over the 3 tokens: mean (2 + 2 − 1)/3 = 1
  const chain = await probe("advantage", "[discounted-return, { use: whiten, variance: biased }]", {
    scores: [2, -1],
    mask: [
      [1, 1],
      [1, 0],
    ],
  });
  const deviation = Math.sqrt((1 + 1 + 4) / 3);
  assert.ok(Math.abs((chain.advantages as number[][])[0]![0]! - 1 / deviation) < 1e-5);
  assert.is((chain.advantages as number[][])[1]![1], 0);
});

test("kl: k1 by hand, and what the mask leaves out is 0", async () => {
  const { kl, metrics } = await probe("kl", "k1", { logProbs: [[-1, -2]], refLogProbs: [[-1.5, -1]], mask: [[1, 0]] });
  assert.equal(kl, [[0.5, 0]]);
  assert.type(metrics, "object");
});

test("kl: as an experiment writes the slot; what is the slot's own says nothing about the estimate", async () => {
  const batch = { logProbs: [[-1]], refLogProbs: [[-1.5]] };
  assert.equal((await probe("kl", "{ use: k1, in: reward, coefficient: 1e-3 }", batch)).kl, [[0.5]]);
});

test("advantage, sampler: what isn't finite is counted in scores too; a buffer longer than a response is refused", async () => {
  const { metrics } = await probe("advantage", "group-centre", { scores: ["NaN", 1, 2], groupIds: [0, 0, 1] });
  assert.equal(metrics, { aloneInGroup: 1, nonFiniteAdvantages: 2, nonFiniteScores: 1 });
  await refused(
    /overlong: buffer is 9, expected at most the longest response: 4 tokens/,
    "sampler",
    "{ use: overlong, buffer: 9 }",
    {
      scores: [1],
      mask: [[1, 1, 1, 1]],
    },
  );
});

test("ratio, surrogate, aggregate, each alone", async () => {
  const { ratio } = await probe("ratio", "token", { logProbs: [[0, -1]], oldLogProbs: [[-1, -1]] });
  assert.ok(Math.abs((ratio as number[][])[0]![0]! - Math.E) < 1e-5);
  assert.is((ratio as number[][])[0]![1], 1);
  // max(−1.5·2, −1.2·2) = −2.4
  const { tokenLoss } = await probe("surrogate", "{ use: clip, low: 0.2, high: 0.2 }", {
    ratio: [[1.5]],
    advantages: [[2]],
    logProbs: [[0]],
  });
  assert.ok(Math.abs((tokenLoss as number[][])[0]![0]! + 2.4) < 1e-6);
  assert.is(
    (
      await probe("aggregate", "token-mean", {
        tokenLoss: [
          [1, 2],
          [6, 9],
        ],
        mask: [
          [1, 1],
          [1, 0],
        ],
      })
    ).loss,
    3,
  );
});

test("loss: value, token losses and the gradient by hand", async () => {
  // plain is −A·log π: 1, 4 and −9 (the fourth is padding), the mean −4/3; ∂L/∂log π = −A/3
  const { loss, tokenLoss, gradLogProbs } = await probe("loss", "{ ratio: token, surrogate: plain, aggregate: token-mean }", {
    logProbs: [
      [-1, -2],
      [-3, 0],
    ],
    advantages: [
      [1, 2],
      [-3, 9],
    ],
    mask: [
      [1, 1],
      [1, 0],
    ],
  });
  assert.ok(Math.abs((loss as number) + 4 / 3) < 1e-6);
  assert.equal(
    (tokenLoss as number[][]).flat().map((value) => value + 0),
    [1, 4, -9, 0],
  );
  (gradLogProbs as number[][])
    .flat()
    .forEach((value, index) => assert.ok(Math.abs(value - [-1 / 3, -2 / 3, 1, 0][index]!) < 1e-6));
});

test("algorithm: from scores to the gradient; a name, a variant, a composition", async () => {
  const batch = { logProbs: [[-1, -1]], oldLogProbs: [[-1, -1]], refLogProbs: [[-1.5, -1]], scores: [2], mask: [[1, 1]] };
  const plain = await probe("algorithm", "steady", batch);
  assert.equal(Object.keys(plain), ["tokenRewards", "returns", "advantages", "loss", "gradLogProbs", "metrics"]);
  assert.equal([plain.tokenRewards, plain.returns], [[[0, 2]], [[2, 2]]]);
  // careful: k1 = 0.5 at the first token, β = 0.1: rewards −0.05 and 2, returns 1.95 and 2
  for (const spec of [
    "{ use: steady, variant: careful }",
    "{ algorithm: steady, kl: { use: k1, in: reward, coefficient: 0.1 } }",
  ]) {
    const { tokenRewards, returns } = await probe("algorithm", spec, batch);
    [-0.05, 2].forEach((value, index) => assert.ok(Math.abs((tokenRewards as number[][])[0]![index]! - value) < 1e-6, spec));
    [1.95, 2].forEach((value, index) => assert.ok(Math.abs((returns as number[][])[0]![index]! - value) < 1e-6, spec));
  }
});

test("algorithm: token rewards hold the score, whatever a chain makes of it that has no token rewards", async () => {
  const batch = { logProbs: [[-1, -1], [-1, -1]], scores: [1, 0], mask: [[1, 1], [1, 0]] }; // prettier-ignore
  // (1 − 0.5)/√0.5 = 0.707 at both tokens
  const { tokenRewards, returns } = await probe("algorithm", "{ advantage: [group-normalise, spread], loss: {} }", batch);
  assert.equal(tokenRewards, [[0, 1], [0, 0]]); // prettier-ignore
  assert.ok(Math.abs((returns as number[][])[0]![0]! - Math.SQRT1_2) < 1e-5);
  // discounted-return makes them of the scores it takes: 0.5 and −0.5
  const centred = await probe("algorithm", "{ advantage: [group-centre, discounted-return], loss: {} }", batch);
  assert.equal(centred.tokenRewards, [[0, 0.5], [-0.5, 0]]); // prettier-ignore
});

test("algorithm: what else the rl stage knows is left alone", async () => {
  const batch = { logProbs: [[-1, -1]], scores: [2] };
  const plain = await probe("algorithm", "steady", batch);
  const spec =
    "{ algorithm: steady, iterations: 3, rollout: {}, reward: { formula: x }, optimizer: adamw, update: { epochs: 2 } }";
  assert.equal(await probe("algorithm", spec, batch), plain);
});

test("reward: scores, and why there is none", async () => {
  const items = [{ preferred: 1 }, { preferred: 2 }];
  const { scores, invalid } = await probe("reward", "{ use: right, of: 3 }", {
    responses: ["<answer>1</answer>", "<answer>1</answer>"],
    items,
  });
  assert.equal(
    [scores, invalid],
    [
      [3, 0],
      [null, null],
    ],
  );
});

test("reward: composed of several rules, by a formula or weights, normalised within groups", async () => {
  const items = [1, 1, 2, 2].map((preferred) => ({ preferred }));
  const batch = { responses: ["1", "2", "1", "1"].map((answer) => `<answer>${answer}</answer>`), items };
  const rules = "{ right: right, triple: { use: right, of: 3 } }";
  const given = { right: [1, 0, 0, 0], triple: [3, 0, 0, 0] };
  for (const spec of [
    `{ rules: ${rules}, formula: right + 0.5 * triple }`,
    `{ rules: ${rules}, weights: { right: 1, triple: 0.5 } }`,
  ]) {
    const { scores, invalid, rules: outcomes } = await probe("reward", spec, batch);
    assert.equal([scores, invalid, outcomes], [[2.5, 0, 0, 0], [null, null, null, null], given]);
  }
  // group 7: 1, 0 → ±√½ for either rule, 1.5·√½ weighed; group 8: equal → 0. The rules' outcomes are shown as they were
  const normalised = `{ rules: ${rules}, weights: { right: 1, triple: 0.5 }, normalise: { epsilon: 0 } }`;
  const { scores, rules: outcomes } = await probe("reward", normalised, { ...batch, groupIds: [7, 7, 8, 8] });
  assert.equal(outcomes, given);
  [1.5 * Math.SQRT1_2, -1.5 * Math.SQRT1_2, 0, 0].forEach((value, row) =>
    assert.ok(Math.abs((scores as number[])[row]! - value) < 1e-6),
  );
  // without groupIds all are one group: right 1, 0, 0, 0: mean ¼, σ = ½ → 1.5, −0.5, −0.5, −0.5
  const one = await probe("reward", "{ rules: { right: right }, formula: right, normalise: { epsilon: 0 } }", batch);
  assert.equal(one.scores, [1.5, -0.5, -0.5, -0.5]);
});

test("algorithm: outcomes of several rules, weighed equally where nothing says how", async () => {
  const batch = { mask: [[1], [1]], logProbs: [[-1], [-1]], rewards: { right: [1, 0], long: [2, 4] } };
  const spec = (reward: string) => `{ advantage: [spread], loss: { surrogate: plain }, reward: ${reward} }`;
  const scores = async (reward: string, more: object = {}) =>
    (await probe("algorithm", spec(reward), { ...batch, ...more })).scores;
  assert.equal(await scores("{}"), [3, 4]);
  assert.equal(await scores("{ weights: { right: 1, long: 0.5 } }"), [2, 2]);
  assert.equal(await scores("{ formula: right * long }"), [2, 0]);
  assert.equal(await scores("{ formula: right }", { weights: [0, 1] }), [2, 4]);
  const wrong = (message: RegExp, reward: string, more: object) =>
    refused(message, "algorithm", spec(reward), { ...batch, ...more });
  await wrong(/batch: weights\.rihgt: there is no rule "rihgt" to weigh/, "{ weights: { rihgt: 1, long: 1 } }", {});
  await wrong(/batch: weights: given \[1\], expected 2 numbers, one for each of right, long/, "{}", { weights: [1] });
  await wrong(/batch: rewards\.long: given \[1\], expected 2 numbers, as right has/, "{}", {
    rewards: { right: [1, 0], long: [1] },
  });
  await wrong(/batch: rewards: given \[1\], expected the outcomes of rules by their names/, "{}", { rewards: [1] });
  await wrong(/batch: scores: given .*, expected numbers, since the outcomes of the rules are in rewards/, "{}", {
    scores: { right: [1, 0] },
  });
  await refused(/batch: weights: given .*, expected rewards as well/, "algorithm", spec("{}"), {
    scores: [1, 0],
    weights: [1],
    logProbs: [[-1], [-1]],
  });
});

test("wrong: a composed reward, each with its place", async () => {
  await refused(
    /SPEC:1:37: formula: unknown name rihgt, did you mean right\?/,
    "reward",
    "{ rules: { right: right }, formula: rihgt }",
  );
  await refused(
    /SPEC:1:39: weights\.rihgt: there is no rule "rihgt" to weigh\. Did you mean "right"\?/,
    "reward",
    "{ rules: { right: right }, weights: { rihgt: 1 } }",
  );
  await refused(/SPEC:1:1: has neither formula nor weights/, "reward", "{ rules: { right: right } }");
  await refused(
    /SPEC:1:3: rule: unknown key "rule"\. Did you mean "rules"\?/,
    "reward",
    "{ rule: { right: right }, formula: right }",
  );
  await refused(/SPEC:1:19: rules\.right: there is no reward "rihgt"/, "reward", "{ rules: { right: rihgt }, formula: right }");
  await refused(/batch: 1 responses and 2 groupIds/, "reward", "{ rules: { right: right }, formula: right }", {
    responses: ["a"],
    items: [{ preferred: 1 }],
    groupIds: [0, 1],
  });
});

test("NaN and infinities come and go as strings", async () => {
  const { advantages } = await probe("advantage", "{ use: clip, low: -1, high: 1 }", {
    advantages: [["Infinity", "-Infinity", 0.5]],
    mask: [[1, 1, 1]],
  });
  assert.equal(advantages, [[1, -1, 0.5]]);
  assert.equal((await probe("ratio", "token", { logProbs: [["NaN", 0]], oldLogProbs: [[0, 0]] })).ratio, [["NaN", 1]]);
  assert.equal((await probe("ratio", "token", { logProbs: [[200, 0]], oldLogProbs: [[0, 0]] })).ratio, [["Infinity", 1]]);
  await refused(/batch: logProbs: given "toString", expected a number, "NaN"/, "ratio", "token", { logProbs: [["toString"]] });
});

test("a probe runs on many batches, with metrics of each alone", async () => {
  const run = createProbe(registry, container, "surrogate", "clip");
  const batch = { ratio: [[5]], advantages: [[1]], logProbs: [[0]] };
  assert.equal(await run(batch), await run(batch));
});

test("wrong: kind, name, option, chain, YAML, each with its place", async () => {
  await refused(/can't probe "advantag"\. Did you mean "advantage"\?/, "advantag", "whiten");
  await refused(/can't probe "constructor"/, "constructor", "whiten");
  await refused(/SPEC:1:1: .*there is no advantage "whitten"\. Did you mean "whiten"\?/, "advantage", "whitten");
  await refused(/SPEC:1:19: .*there is no advantage "whitten"/, "advantage", "[group-normalise, whitten]");
  await refused(/SPEC:1:19: low: too small/, "surrogate", "{ use: clip, low: -2 }");
  await refused(/unknown key "hihg"\. Did you mean "high"\?/, "surrogate", "{ use: clip, hihg: 2 }");
  await refused(/group-centre takes scores/, "advantage", "[discounted-return, group-centre]");
  await refused(/there is no algorithm "stedy"/, "algorithm", "stedy");
  await refused(/not valid YAML/, "advantage", "[whiten");
  for (const spec of ["", "  \n", "# nothing"])
    await refused(/^SPEC: 1 problem\n\nSPEC: empty, expected the advantage to probe: a name, or a map/, "advantage", spec);
  await refused(
    /SPEC:1:22: los: unknown key "los"\. Did you mean "loss"\?/,
    "algorithm",
    "{ algorithm: steady, los: { ratio: token } }",
  );
  await refused(/unknown key "algoritm"\. Did you mean "algorithm"\?/, "algorithm", "{ algoritm: steady }");
});

test("wrong: fields of the batch, each named", async () => {
  const ratio = (batch: unknown, message: RegExp) => refused(message, "ratio", "token", batch);
  await ratio([1], /batch: given \[1\], expected an object/);
  await ratio(null, /batch: given null, expected an object/);
  await ratio({ logProb: [[1]] }, /batch: unknown field "logProb"\. Did you mean "logProbs"\?/);
  await ratio({}, /batch: "logProbs" is missing/);
  await ratio({ logProbs: [1] }, /logProbs: given \[1\], expected rows of numbers, \[B, T\]/);
  await ratio({ logProbs: [] }, /logProbs: given \[\], expected rows/);
  await ratio({ logProbs: [[1], [1, 2]] }, /expected rows of one length, right-padded/);
  await ratio({ logProbs: [[null]] }, /logProbs: given null, expected a number/);
  await ratio({ logProbs: [[1]], mask: [[0.5]] }, /batch: mask: given 0\.5, expected 0 or 1/);
  await ratio({ logProbs: [[1]], mask: [["NaN"]] }, /batch: mask: given "NaN", expected 0 or 1/);
  for (const group of [0.5, "NaN", 2 ** 40])
    await refused(/batch: groupIds: given .*, expected an integer/, "advantage", "group-centre", {
      scores: [1, 2],
      groupIds: [0, group],
    });
  await refused(/KL penalty: mask has shape \[1, 1\], expected T = 2/, "kl", "k1", {
    logProbs: [[1, 2]],
    refLogProbs: [[1, 2]],
    mask: [[1]],
  });
  await ratio({ logProbs: [[1]], oldLogProbs: [[1, 2]] }, /oldLogProbs has shape \[1, 2\]|has shape/);
  await refused(/batch: 2 responses and 1 items/, "reward", "right", { responses: ["a", "b"], items: [{ preferred: 1 }] });
  for (const [preferred, given] of [
    [undefined, "nothing"],
    [3, "3"],
    ["1", '"1"'],
  ] as const)
    await refused(new RegExp(`^batch: items\\[1\\]\\.preferred: given ${given}, expected 1 or 2`), "reward", "right", {
      responses: ["a", "b"],
      items: [{ preferred: 1 }, { preferred }],
    });
  await refused(/items: given \[null\], expected a list of items/, "reward", "right", { responses: ["a"], items: [null] });
  await refused(/responses: given \[1\], expected a list of texts/, "reward", "right", {
    responses: [1],
    items: [{ preferred: 1 }],
  });
});

test.run();
