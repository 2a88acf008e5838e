import "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Component } from "../plugin/component.ts";
import { createContainer } from "../plugin/container.ts";
import { cellHash } from "../experiment/describe.ts";
import type { Dataset } from "../kinds.ts";
import { definePlugin } from "../plugin/plugin.ts";
import { buildRegistry } from "../plugin/registry.ts";
import { standardComponents } from "../standard.ts";
import { loadText, soundExperiment } from "../testing/experiment.ts";
import { fakePlugin } from "../testing/fake-model.ts";
import { planStages, runKey } from "./plans.ts";

interface Changes {
  readonly set?: readonly string[];
  readonly seed?: number;
  /** kind name of a component whose version is one higher. */
  readonly newer?: string;
  /** Hash of the fake plugin's code. */
  readonly integrity?: string;
  readonly dataHash?: string;
  /** Of the files that the model loads. */
  readonly modelHash?: string;
}

/** The keys of the stages of the sound experiment, of the whole run, and of the cell, with something changed. */
async function keys({ set = [], seed = 1, newer, integrity, dataHash, modelHash }: Changes = {}) {
  let changed = 0;
  const versioned = (components: readonly Component[] = []) =>
    components.map((component) => {
      if (`${component.kind} ${component.name}` !== newer) return component;
      changed += 1;
      return { ...component, version: component.version + 1 };
    });
  const registry = buildRegistry([
    {
      plugin: definePlugin({ name: "@rewardlab/core", api: "^1", components: versioned(standardComponents) }),
      version: "0",
      integrity: null,
    },
    {
      plugin: definePlugin({ ...fakePlugin, components: versioned(fakePlugin.components) }),
      version: "0",
      integrity: integrity ?? null,
    },
  ]);
  assert.is(changed, newer === undefined ? 0 : 1, newer);
  const experiment = await loadText(soundExperiment, set, registry);
  const [cell] = experiment.cells as [(typeof experiment.cells)[number]];
  const loaded = createContainer(registry).create(cell.data);
  const data: Dataset = { splits: loaded.splits, open: loaded.open, hash: dataHash ?? loaded.hash };
  const stages = planStages({ experiment, cell, seed, root: "/runs" }, data, modelHash === undefined ? {} : { hash: modelHash });
  return { stages: stages.map(({ key }) => key), run: runKey(experiment, cell, seed), cell: cellHash(cell, registry) };
}

const plain = await keys();

/** Which stages have another key: it starts with the first that depends on the change, and those after it follow. */
const changedStages = (other: readonly string[]) =>
  ["coldStart", "rl", "evaluate"].filter((_, index) => other[index] !== plain.stages[index]);

test("keys: the same experiment and data, the same keys", async () => {
  assert.equal(await keys(), plain);
  assert.is(new Set(plain.stages).size, 3);
  for (const key of [...plain.stages, plain.run, plain.cell]) assert.match(key, /^[0-9a-f]{64}$/);
});

test("keys: a new version of any component, in whatever slot, makes its stage and all after it anew", async () => {
  for (const [newer, stages] of [
    ["model fake", ["coldStart", "rl", "evaluate"]],
    ["dataset fake-items", ["coldStart", "rl", "evaluate"]],
    ["stage sft", ["coldStart", "rl", "evaluate"]],
    ["optimizer adamw", ["coldStart", "rl", "evaluate"]],
    ["stage rl", ["rl", "evaluate"]],
    ["reward right", ["rl", "evaluate"]],
    ["optimizer sgd", ["rl", "evaluate"]],
    ["advantage whiten", ["rl", "evaluate"]],
    ["schedule constant", ["coldStart", "rl", "evaluate"]],
    ["surrogate clip", ["rl", "evaluate"]],
    ["stage evaluate", ["evaluate"]],
    ["surrogate dual-clip", []],
  ] as const) {
    const other = await keys({ newer });
    assert.equal(changedStages(other.stages), stages, newer);
    assert.is(other.run !== plain.run, stages.length > 0, newer);
    assert.is(other.cell !== plain.cell, stages.length > 0, newer);
  }
});

test("keys: other data under the same options, and other code of a plugin, make everything anew", async () => {
  assert.equal(changedStages((await keys({ dataHash: "other" })).stages), ["coldStart", "rl", "evaluate"]);
  assert.equal(changedStages((await keys({ modelHash: "other" })).stages), ["coldStart", "rl", "evaluate"]);
  const other = await keys({ integrity: "a".repeat(64) });
  assert.equal(changedStages(other.stages), ["coldStart", "rl", "evaluate"]);
  assert.is.not(other.run, plain.run);
  assert.is.not(other.cell, plain.cell);
});

test("keys: an option, down to those of a component in a slot, and no more than it reaches", async () => {
  const changed = async (set: string) => changedStages((await keys({ set: [set] })).stages);
  assert.equal(await changed("stages.coldStart.optimizer.learningRate=0.2"), ["coldStart", "rl", "evaluate"]);
  assert.equal(await changed("stages.rl.loss.surrogate.low=0.1"), ["rl", "evaluate"]);
  assert.equal(await changed("stages.evaluate.voting=[1]"), ["evaluate"]);
  assert.equal(await changed("name=another"), []);
});

test("keys: another seed is another run of the same cell; stages with a seed of their own don't follow it", async () => {
  const other = await keys({ seed: 2 });
  assert.is.not(other.run, plain.run);
  assert.is(other.cell, plain.cell);
  assert.equal(changedStages(other.stages), ["coldStart", "rl", "evaluate"]);
  const set = ["stages.coldStart.seed=5"];
  const [one, two] = [await keys({ set }), await keys({ set, seed: 2 })];
  assert.is(one.stages[0], two.stages[0]);
  assert.is.not(one.stages[1], two.stages[1]);
  assert.is.not(one.stages[0], plain.stages[0]);
});

test.run();
