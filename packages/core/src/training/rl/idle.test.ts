import { test } from "uvu";
import * as assert from "uvu/assert";
import { z } from "zod";
import { advantageStep, ratio, reward } from "../../plugin/component.ts";
import type { Surroundings } from "../../plugin/idle.ts";
import { definePlugin } from "../../plugin/plugin.ts";
import { fakeRegistry, loadText, soundExperiment } from "../../testing/experiment.ts";
import { rlIdleParts } from "./idle.ts";

/** What the watching components were told when they were asked. */
let seen: Surroundings[] = [];
const asked = (around: Surroundings) => {
  seen.push(around);
  return null;
};
const none = z.strictObject({});
const never = () => assert.unreachable() as never;
const ranged = reward({
  name: "ranged",
  summary: "from 0 to `high`",
  options: z.strictObject({ high: z.number().default(1) }),
  range: ({ high }) => [0, high],
  create: never,
});
const watchScores = advantageStep({
  name: "watch-scores",
  summary: "for these tests",
  takes: "scores",
  gives: "scores",
  options: none,
  idle: (_options, around) => asked(around),
  bounds: (_options, { incoming }) => incoming,
  create: never,
});
const watchTokens = advantageStep({
  name: "watch-tokens",
  summary: "for these tests",
  takes: "tokens",
  gives: "tokens",
  options: none,
  idle: (_options, around) => asked(around),
  create: never,
});
const watchRatio = ratio({
  name: "watch-ratio",
  summary: "for these tests",
  options: none,
  idle: (_options, around) => asked(around),
  create: never,
});
const registry = fakeRegistry(
  definePlugin({ name: "more", api: "^1", components: [ranged, watchScores, watchTokens, watchRatio] }),
);

/** The idle parts of an rl stage with these options, as "path: because". Two epochs unless told otherwise, so that no clip is idle. */
async function idle(...set: readonly string[]): Promise<string[]> {
  seen = [];
  const { cells } = await loadText(
    soundExperiment,
    ["update.epochs=2", ...set].map((one) => `stages.rl.${one}`),
    registry,
  );
  return rlIdleParts(cells[0]!.stages[1]!.stage.options as never).map(({ path, because }) => `${path.join(".")}: ${because}`);
}

test("idle parts: none where every part can act", async () => {
  assert.equal(await idle(), []);
});

test("idle parts: a clip where each rollout is used for one update", async () => {
  const one = ["loss.surrogate: each rollout is used for one update, so every ratio is 1"];
  assert.equal(await idle("update.epochs=1"), one);
  assert.equal(await idle("update.epochs=1", "update.minibatch=4"), one, "as many as the rollout has");
  assert.equal(await idle("update.epochs=1", "update.minibatch=9"), one, "more than the rollout has");
  assert.equal(await idle("update.epochs=1", "update.minibatch=3"), [], "two of 4 responses: 3 and 1");
});

test("idle parts: a KL penalty whose coefficient is 0", async () => {
  assert.equal(await idle("kl={ use: k1, in: loss, coefficient: 0 }"), ["kl: its coefficient is 0"]);
  assert.equal(await idle("kl={ use: k1, in: loss, coefficient: 0.001 }"), []);
});

test("idle parts: rules that the score doesn't depend on, by formula and by weights", async () => {
  const rules = "reward.rules={ right: right, other: right }";
  assert.equal(await idle(rules, "reward.formula=right + 0 * other"), [
    "reward.rules.other: the score doesn't depend on it (formula: right + 0 * other), so it is measured only",
  ]);
  assert.equal(await idle(rules, "reward.formula=null", "reward.weights={ right: 0, other: 2 }"), [
    "reward.rules.right: the score doesn't depend on it (its weight is 0), so it is measured only",
  ]);
  assert.equal(await idle(rules, "reward.formula=null", "reward.weights={ right: 1, other: -1 }"), []);
});

test("idle parts: each part is told what surrounds it", async () => {
  await idle(
    "rollout={ prompts: 6, samplesPerPrompt: 2, maxNewTokens: 5 }",
    "update={ epochs: 3, minibatch: 5 }",
    "loss.ratio=watch-ratio",
  );
  // 12 responses in minibatches of 5 are 3 updates an epoch
  const around = {
    prompts: 6,
    samplesPerPrompt: 2,
    tokens: 5,
    updates: 9,
    klInReward: false,
    stale: false,
    incoming: null,
    returns: null,
  };
  assert.equal(seen, [around]);
  const inReward = async (kl: string) => {
    await idle("loss.ratio=watch-ratio", `kl=${kl}`);
    return seen[0]!.klInReward;
  };
  assert.is(await inReward("{ use: k1, in: reward, coefficient: 0.1 }"), true);
  assert.is(await inReward("{ use: k1, in: reward, coefficient: 0 }"), false);
  assert.is(await inReward("{ use: k1, in: loss, coefficient: 0.1 }"), false);
  assert.is(await inReward("null"), false);
});

test("idle parts: a chain's steps are told between which numbers the scores lie, and then the returns", async () => {
  const bounded = async (...set: readonly string[]) => {
    await idle("advantage=[watch-scores, discounted-return, watch-tokens]", ...set);
    return seen.map(({ incoming, returns }) => [
      incoming && [incoming.low, incoming.high],
      returns && [returns.low, returns.high],
    ]);
  };
  const rules = "reward.rules={ right: ranged, other: { use: ranged, high: 3 } }";
  // 2 · [0, 1] − [0, 3]; a return discounted by 1 over tokens is the score itself
  assert.equal(await bounded(rules, "reward.formula=2 * right - other"), [
    [[-3, 2], null],
    [[-3, 2], [-3, 2]],
  ]); // prettier-ignore
  assert.equal((await bounded(rules, "reward.formula=null", "reward.weights={ right: 2, other: -1 }"))[0], [[-3, 2], null]);
  assert.equal((await bounded(rules, "reward.formula=null", "reward.weights={ right: 0, other: 1 }"))[0], [[0, 3], null]);
  // nothing is known where a rule doesn't say, or where its outcomes are normalised first
  assert.equal((await bounded("reward.rules={ right: right, other: ranged }", "reward.formula=right + other"))[0], [null, null]);
  assert.equal((await bounded(rules, "reward.formula=right + other", "reward.normalise={}", "rollout.samplesPerPrompt=2"))[0], [null, null]); // prettier-ignore
  // a step that doesn't say what comes out of it leaves that open for the next; the returns stay known
  await idle("advantage=[discounted-return, watch-tokens, { use: whiten }, watch-tokens]", rules, "reward.formula=right + other");
  assert.equal([seen[0]!.incoming!.high, seen[1]!.returns!.high], [4, 4]);
  assert.is.not(seen[1]!.incoming?.high, 4);
});

test("idle parts: steps of a chain by name, numbered where there are two; samplers before the advantage", async () => {
  const rules = ["reward.rules={ right: ranged }", "reward.formula=right"];
  const chain = (low: number, high: number) =>
    `advantage=[{ use: score-clip, low: 0, high: 1 }, { use: score-clip, low: ${low}, high: ${high} }, discounted-return]`;
  const first = "advantage.score-clip#1: scores lie between 0 and 1";
  assert.equal(await idle(...rules, chain(0, 0.5)), [first]);
  assert.equal(await idle(...rules, chain(-1, 2)), [first, "advantage.score-clip#2: scores lie between 0 and 1"]);
  const sampled = await idle("sampler={ use: dynamic, rounds: 1 }", "rollout.samplesPerPrompt=2", "update.epochs=1");
  assert.is(sampled.length, 2);
  assert.match(sampled[0]!, /^sampler\.dynamic: /);
  assert.match(sampled[1]!, /^loss\.surrogate: /);
});

test.run();
