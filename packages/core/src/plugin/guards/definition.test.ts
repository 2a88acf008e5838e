import { test } from "uvu";
import * as assert from "uvu/assert";
import { z } from "zod";
import { isInputError, isRunError } from "@rewardlab/storage";
import { metricsOfStages } from "../../experiment/declared-metrics.ts";
import { idleParts } from "../../experiment/idle-parts.ts";
import { needsOf } from "../../experiment/seeds.ts";
import { stageWork } from "../../plan/work.ts";
import { fakeRegistry, loadText, problemsOf } from "../../testing/experiment.ts";
import { advantageStep, reward, stage } from "../component.ts";
import type { Component } from "../component.ts";
import { createContainer } from "../container.ts";
import { definePlugin } from "../plugin.ts";
import { buildRegistry } from "../registry.ts";

const plugin = (...components: readonly object[]) =>
  definePlugin({ name: "yours", api: "^1", components: components as Component[] });
const bare = { name: "mine", summary: "for tests", options: z.strictObject({}) };
const boom = (): never => {
  throw new Error("boom");
};
const stageWith = (own: object) => stage({ ...bare, keeps: "run", create: () => ({ run: boom }), ...own } as never);
const experiment = (last: string) => `name: fake\nmodel: fake\ndata: fake-items\nstages:\n  - ${last}\n`;
const rl = (own: string, rules = "a: right") =>
  experiment(
    `rl: { use: rl, algorithm: steady, iterations: 1, rollout: { prompts: 2, samplesPerPrompt: 2, maxNewTokens: 4 }, reward: { rules: { ${rules} }, formula: a }, optimizer: { use: sgd, learningRate: 1 }, ${own} }`,
  );

/** What loading an experiment with it, and then asking about it, ends with. */
async function said(
  component: object,
  text: string,
  ask: (...given: [Awaited<ReturnType<typeof loadText>>]) => unknown = () => {},
) {
  const registry = fakeRegistry(plugin(component));
  try {
    await ask(await loadText(text, [], registry));
  } catch (error) {
    assert.ok(isRunError(error) || isInputError(error), `${String(error)}: has no code`);
    return (error as Error).message;
  }
  return "nothing";
}
const ofStage = (own: object, ask: Parameters<typeof said>[2]) => said(stageWith(own), experiment("last: mine"), ask);

test("what a stage says of itself: an error is told with package, kind, name, place and function", async () => {
  const at = "yours: stage mine at stages.last";
  const needs: Parameters<typeof said>[2] = ({ cells }) => needsOf(cells[0]!.stages[0]!.stage);
  const broken = () => (undefined as unknown as string[]).length;
  const undefinedRead = "TypeError: Cannot read properties of undefined (reading 'length')";
  assert.is(await ofStage({ needs: broken }, needs), `${at}: needs: ${undefinedRead}`);
  const asks = (give: unknown) => ({ needs: () => ({ splits: [{ name: "train", asks: () => give }] }) });
  const asked: Parameters<typeof said>[2] = ({ cells }) =>
    needsOf(cells[0]!.stages[0]!.stage).splits.map((split) => split.asks!({} as never));
  assert.is(
    await ofStage({ needs: () => ({ splits: [{ name: "train", asks: boom }] }) }, asked),
    `${at}: needs: splits[0]: boom`,
  );
  assert.is(
    await ofStage(asks([{ item: {} }]), asked),
    `${at}: needs: splits[0]: gave a Object at 0, expected a list of { item, response }`,
  );
  assert.is(
    await ofStage({ needs: () => ({}) }, needs),
    `${at}: needs: gave undefined, expected a list of splits, { splits: [{ name }] }`,
  );
  const work: Parameters<typeof said>[2] = ({ cells, registry }) =>
    stageWork(cells[0]!.stages[0]!.stage, createContainer(registry));
  assert.is(await ofStage({ work: boom }, work), `${at}: work: boom`);
  assert.match(await ofStage({ work: () => ({ unit: "steps" }) }, work), `${at}: work: gave undefined "steps", expected a unit`);
  assert.is(await ofStage({ idleParts: boom }, ({ cells }) => idleParts(cells[0]!)), `${at}: idleParts: boom`);
  const atOnce: Parameters<typeof said>[2] = ({ cells }) => cells[0]!.stages[0]!.stage.component.promptsAtOnce!({});
  assert.is(await ofStage({ promptsAtOnce: boom }, atOnce), `${at}: promptsAtOnce: boom`);
  const compared = `${experiment("last: mine")}compare: last.accuracy\n`;
  assert.is(await said(stageWith({ measures: boom }), compared), `${at}: measures: boom`);
  assert.is(
    await said(stageWith({ measures: () => "accuracy" }), compared),
    `${at}: measures: gave "accuracy", expected a list of texts: ways to numbers in its results`,
  );
});

test("so is what a step says of what reaches it, and a rule of its range, wherever they stand", async () => {
  const step = (own: object) => advantageStep({ ...bare, takes: "scores", gives: "scores", create: () => ({}) as never, ...own });
  const inChain = rl("advantage: [group-centre, mine, spread]");
  const asked: Parameters<typeof said>[2] = ({ cells }) => idleParts(cells[0]!);
  const at = "yours: advantage mine at stages.rl.advantage[1]";
  assert.is(await said(step({ idle: boom }), inChain, asked), `${at}: idle: boom`);
  assert.is(
    await said(step({ idle: () => false }), inChain, asked),
    `${at}: idle: gave false, expected { because, remedy }, or null`,
  );
  assert.is(
    await said(step({ bounds: () => ({ low: 0 }) }), inChain, asked),
    `${at}: bounds: gave a Object, expected { low, high, what }, two numbers and a text, or null`,
  );
  const rule = (own: object) => reward({ ...bare, create: () => ({ score: boom }), ...own });
  assert.is(
    await said(rule({ range: () => [0] }), rl("", "a: mine"), asked),
    "yours: reward mine at stages.rl.reward.rules.a: range: gave a list of 1, expected [lowest, highest], two numbers",
  );
});

test("so are rules between options, schemas that throw, and texts of metrics", async () => {
  const checks = (find: () => unknown) =>
    said(
      stageWith({ options: z.strictObject({ n: z.number().default(1) }), checks: [{ reads: ["n"], find }] }),
      experiment("last: mine"),
    );
  const at = "yours: stage mine at stages.last";
  assert.is(await checks(boom), `${at}: checks of n: find: boom`);
  assert.is(
    await checks(() => ["too small"]),
    `${at}: checks of n: find: gave "too small" at 0, expected a list of { path, message }`,
  );
  const throwing = z.strictObject({}).transform(boom);
  assert.is(await said(stageWith({ options: throwing }), experiment("last: mine")), `${at}: options: boom`);
  const meaning = (text: () => unknown) =>
    said(stageWith({ metrics: { count: { title: "Count", meaning: text } } }), experiment("last: mine"), ({ cells }) =>
      metricsOfStages(cells[0]!),
    );
  assert.is(await meaning(boom), `${at}: metrics.count: meaning: boom`);
  assert.is(await meaning(() => 3), `${at}: metrics.count: meaning: gave 3, expected a text`);
});

test("without an experiment around it the place is left out", () => {
  const registry = buildRegistry([{ plugin: plugin(stageWith({ needs: boom })), version: "1", integrity: null }]);
  assert.throws(() => registry.component("stage", "mine")!.needs!({}), /^yours: stage mine: needs: boom$/);
});

test("what is no function where one is expected is refused when the plugin is loaded", () => {
  const load = () => buildRegistry([{ plugin: plugin(stageWith({ needs: { splits: [] } })), version: "1", integrity: null }]);
  assert.throws(load, 'stage "mine": its needs is {"splits":[]}, expected a function, or none');
});

test("a sound definition gives what it gave before", async () => {
  const own = {
    needs: () => ({ splits: [{ name: "train", items: 2, asks: (item: object) => [{ item, response: 3 }] }], seed: 4 }),
    measures: () => ["accuracy"],
  };
  const { cells } = await loadText(
    `${experiment("last: mine")}compare: last.accuracy\n`,
    [],
    fakeRegistry(plugin(stageWith(own))),
  );
  const { splits, seed } = needsOf(cells[0]!.stages[0]!.stage);
  const item = { id: "1" };
  assert.equal([splits[0]!.name, splits[0]!.items, seed], ["train", 2, 4]);
  assert.equal(splits[0]!.asks!(item as never), [{ item, response: 3 }]);
  assert.match(
    await problemsOf(`${experiment("last: mine")}compare: last.loss\n`, [], fakeRegistry(plugin(stageWith(own)))),
    'no stage "last" gives "loss"',
  );
});

test.run();
