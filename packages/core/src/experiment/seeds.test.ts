import "@tensorflow/tfjs";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createContainer } from "../plugin/container.ts";
import { readJson } from "@rewardlab/storage";
import { planStages, runKey } from "../run/plans.ts";
import { fakeRegistry, loadText, problemsOf, soundExperiment, temporaryFolder } from "../testing/experiment.ts";
import { runText } from "../testing/run.ts";
import type { Experiment } from "./load.ts";
import { seedLabel, stageSeeds } from "./seeds.ts";

const test = suite("seeds");
const withSeeds = (seeds: string) => `${soundExperiment}seeds: ${seeds}\n`;

function stagesOf(experiment: Experiment, seed: number) {
  const [cell] = experiment.cells;
  const data = createContainer(fakeRegistry()).create(cell!.data);
  return planStages({ cell: cell!, seed, root: "/runs", experiment }, data, {});
}

test("seeds: a count or a list, each run with its seed for all stages", async () => {
  const experiment = await loadText(withSeeds("[3, 5]"));
  assert.equal([experiment.seeds, experiment.seedLevels], [[3, 5], []]);
  assert.equal(
    stagesOf(experiment, 5).map(({ name, seed }) => [name, seed]),
    [
      ["coldStart", 5],
      ["rl", 5],
      ["evaluate", 0], // its own default: the same sampling for every run
    ],
  );
  assert.is(seedLabel(experiment.seedLevels, 5), "seed 5");
});

test("seeds of stages: every seed of RL within every cold start, one artefact a cold start, and no random stream twice", async () => {
  const experiment = await loadText(withSeeds("{ coldStart: 2, rl: [1, 7, 4] }"));
  assert.equal(experiment.seeds, [1001, 1007, 1004, 2001, 2007, 2004]);
  const plans = experiment.seeds.map((seed) => stagesOf(experiment, seed));
  const keys = (index: number) => new Set(plans.map((stages) => stages[index]!.key)).size;
  assert.equal([keys(0), keys(1), keys(2)], [2, 6, 6]);
  assert.is(new Set(plans.map((stages) => stages[0]!.folder)).size, 2, "cold starts are shared");
  assert.equal(
    plans.map(([coldStart, rl]) => [coldStart!.seed, rl!.seed]),
    [
      [1, 1001],
      [1, 1007],
      [1, 1004],
      [2, 2001],
      [2, 2007],
      [2, 2004],
    ],
  );
  assert.is(seedLabel(experiment.seedLevels, 2007), "coldStart 2 · rl 7");
  const written = stageSeeds(experiment.seedLevels, experiment.cells[0]!, 2007);
  assert.equal(
    [...written].map(([stage, seed]) => [stage, seed.written]),
    [
      ["coldStart", 2],
      ["rl", 7],
      ["evaluate", 0],
    ],
  );
});

test("seeds of stages: a run keeps number, folder and key when seeds are added, and the order in the file is that of the stages", async () => {
  const [few, more] = await Promise.all(
    ["{ rl: 2, coldStart: 2 }", "{ coldStart: [5, 2, 1], rl: 9 }"].map((one) => loadText(withSeeds(one))),
  );
  for (const seed of few!.seeds) {
    assert.ok(more!.seeds.includes(seed), String(seed));
    assert.is(runKey(few!, few!.cells[0]!, seed), runKey(more!, more!.cells[0]!, seed));
    assert.equal(
      stagesOf(few!, seed).map(({ folder }) => folder),
      stagesOf(more!, seed).map(({ folder }) => folder),
    );
  }
});

test("seeds of one stage: what runs before it is the same in all runs, under seed 1", async () => {
  const experiment = await loadText(withSeeds("{ rl: 3 }"));
  assert.equal(experiment.seeds, [1, 2, 3]);
  const plans = experiment.seeds.map((seed) => stagesOf(experiment, seed));
  assert.equal(
    plans.map(([coldStart, rl]) => [coldStart!.seed, rl!.seed]),
    [
      [1, 1],
      [1, 2],
      [1, 3],
    ],
  );
  // Run 1 is run 1 of `seeds: 3`; run 2 is not, whose cold start has seed 2.
  const plainly = await loadText(withSeeds("3"));
  const keys = (of: Experiment) => of.seeds.map((seed) => runKey(of, of.cells[0]!, seed));
  assert.is(keys(experiment)[0], keys(plainly)[0]);
  assert.is.not(keys(experiment)[1], keys(plainly)[1]);
});

test("seeds of stages: what is wrong is told, with its place", async () => {
  const wrong = async (seeds: string, expected: RegExp) => assert.match(await problemsOf(withSeeds(seeds)), expected);
  await wrong("{ coldstart: 3, rl: 2 }", /:\d+:10: seeds\.coldstart: there is no stage "coldstart"\. Did you mean "coldStart"\?/);
  await wrong("{ coldStart: 0 }", /seeds\.coldStart: too small/);
  await wrong("{ coldStart: [1, 1] }", /seeds\.coldStart: expected each seed once/);
  await wrong("{}", /seeds: expected a stage, e\.g\. \{ rl: 5 \}/);
  await wrong("{ coldStart: [1000], rl: 2 }", /seeds\.coldStart: expected seeds below 1000/);
  await wrong("{ coldStart: 999, rl: 999 }", /makes 998,001 runs of each cell, expected at most 100,000/);
  await wrong("{ evaluate: 3 }", /seeds\.evaluate: stages\.evaluate\.seed is 0, the same for every run/);
  const free = soundExperiment.replace("voting: [1, 3]", "voting: [1, 3], seed: null");
  assert.match(await problemsOf(`${free}seeds: { evaluate: 3 }\n`), /rl comes before it .* would train rl again/);
  const fixed = withSeeds("{ coldStart: 3 }").replace("use: sft,", "use: sft, seed: 1,");
  assert.match(await problemsOf(fixed), /seeds\.coldStart: stages\.coldStart\.seed is 1, .* --set stages\.coldStart\.seed=null/);
  assert.equal((await loadText(fixed, ["stages.coldStart.seed=null"])).seeds, [1, 2, 3]);
  assert.equal((await loadText(soundExperiment, ["seeds={ coldStart: 2, rl: 2 }"])).seeds, [1001, 1002, 2001, 2002]);
});

test("a run with seeds of stages: its folder has its number, provenance.json says each stage's seed", async () => {
  const folder = temporaryFolder();
  try {
    await runText(withSeeds("{ coldStart: 2, rl: 2 }"), folder, { seed: 2001 });
    const provenance = readJson(join(folder, "main", "seed-2001", "provenance.json")) as Record<string, unknown>;
    assert.equal([provenance.seed, provenance.seeds], [2001, { coldStart: 2, rl: 1, evaluate: 0 }]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
