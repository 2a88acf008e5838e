import { test } from "uvu";
import * as assert from "uvu/assert";
import { stage as stageComponent } from "../plugin/component.ts";
import { plainCell } from "../experiment/describe.ts";
import { loadText, soundExperiment } from "../testing/experiment.ts";
import { canShorten, shortened } from "./shortened.ts";

async function loaded(text: string) {
  return (await loadText(text)).cells[0]!;
}
type Plain = { readonly stages: readonly Record<string, Record<string, unknown>>[] };
const stagesOf = (cell: Parameters<typeof shortened>[0]) =>
  Object.assign({}, ...(plainCell("x", cell) as unknown as Plain).stages);

test("shortened: few steps, iterations and items, with checkpoints between; all else the same", async () => {
  const cell = await loaded(soundExperiment.replace("iterations: 4", "iterations: 400").replace(/steps: \d+/, "steps: 900"));
  const names = cell.stages.map(({ name }) => name);
  assert.ok(cell.stages.every(({ stage }) => canShorten(stage)));
  const before = stagesOf(cell);
  const short = stagesOf(shortened(cell, { stages: names, whole: [] }));
  assert.is(short.rl.iterations, 7);
  assert.is(short.rl.checkpointEvery, 3);
  assert.is(short.coldStart.phases[0].steps, 5);
  assert.equal([short.evaluate.items, short.evaluate.prompts], [16, 4]);
  const given = new Set(["iterations", "rollout", "update", "checkpointEvery"]);
  const rest = (options: object) => Object.fromEntries(Object.entries(options).filter(([key]) => !given.has(key)));
  assert.equal(rest(short.rl), rest(before.rl));
});

test("shortened: what is short already stays; stages are left whole, or out, by name", async () => {
  const cell = await loaded(soundExperiment.replace(/steps: \d+/, "steps: 2"));
  assert.is(stagesOf(shortened(cell, { stages: ["coldStart"], whole: [] })).coldStart.phases[0].steps, 2);
  const some = shortened(cell, { stages: ["coldStart", "rl"], whole: ["coldStart"] });
  assert.equal(
    some.stages.map(({ name }) => name),
    ["coldStart", "rl"],
  );
  assert.is(some.stages[0]!.stage, cell.stages[0]!.stage);
});

test("shortened: a stage that a plugin brings is left as it is", async () => {
  const cell = await loaded(soundExperiment);
  const own = {
    ...cell.stages[0]!.stage,
    component: stageComponent({ ...cell.stages[0]!.stage.component, name: "own", shortened: undefined } as never),
  };
  assert.is(canShorten(own as never), false);
  const withOwn = { ...cell, stages: [{ ...cell.stages[0]!, stage: own as never }, ...cell.stages.slice(1)] };
  assert.is(shortened(withOwn, { stages: ["coldStart"], whole: [] }).stages[0]!.stage, own);
});

test("shortened: what an experiment has less of stays so, and all items become sixteen", async () => {
  const text = soundExperiment
    .replace("evaluate, maxNewTokens", "evaluate, items: 3, prompts: 2, maxNewTokens")
    .replace("batch: 4", "batch: 3")
    .replace("iterations: 4", "iterations: 2\n      checkpointEvery: 1");
  const cell = await loaded(text);
  const short = stagesOf(shortened(cell, { stages: cell.stages.map(({ name }) => name), whole: [] }));
  assert.equal([short.evaluate.items, short.evaluate.prompts], [3, 2]);
  assert.equal([short.coldStart.phases[0].batch, short.coldStart.checkpointEvery], [3, 3]);
  assert.equal(
    [short.rl.iterations, short.rl.checkpointEvery, short.rl.rollout.prompts, short.rl.update.minibatch],
    [2, 1, 4, null],
  );
  const large = await loaded(soundExperiment.replace("batch: 4", "batch: 400"));
  assert.is(stagesOf(shortened(large, { stages: ["coldStart"], whole: [] })).coldStart.phases[0].batch, 8);
});

test("shortened: as many updates an iteration as before, and whole groups where groups are shuffled", async () => {
  // 24 · 4 responses in minibatches of 32 are 3 updates; of 8 · 4 = 32, minibatches of ⌈32 · 8 / 24⌉ = 11, in whole groups 12: 3 updates.
  const rl = (shuffle: string) =>
    soundExperiment
      .replace(/rollout: \{[^}]*\}/, "rollout: { prompts: 24, samplesPerPrompt: 4, maxNewTokens: 4 }")
      .replace(/(\n {6}rollout:)/, `\n      update: { minibatch: 32, shuffle: ${shuffle} }$1`);
  for (const [shuffle, minibatch] of [
    ["responses", 11],
    ["groups", 12],
  ] as const) {
    const cell = await loaded(rl(shuffle));
    const { rl: short } = stagesOf(shortened(cell, { stages: ["rl"], whole: [] }));
    assert.equal([short.rollout.prompts, short.update.minibatch], [8, minibatch]);
    assert.is(Math.ceil((8 * 4) / minibatch), 3);
  }
});

test.run();
