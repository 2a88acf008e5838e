import { test } from "uvu";
import * as assert from "uvu/assert";
import { createContainer } from "../plugin/container.ts";
import { plainCell } from "../experiment/describe.ts";
import { Metrics } from "../services/metrics.ts";
import { Progress } from "../services/progress.ts";
import { Random } from "../services/random.ts";
import { loadText, soundExperiment } from "../testing/experiment.ts";
import { workOf } from "../training/rl/work.ts";
import { firstSteps } from "./shortened.ts";
import { stageWork } from "./work.ts";

const silent = () => {};
async function loaded(text: string) {
  const experiment = await loadText(text);
  const container = createContainer(experiment.registry);
  container.provide(Metrics, { sum: silent, max: silent, share: silent });
  container.provide(Progress, { update: silent, note: silent });
  container.provide(Random, { stream: () => assert.unreachable() as never });
  return { cell: experiment.cells[0]!, container };
}

const noneOfThese = { correction: null, mask: null } as never;
const rl = (update: object, rollout = {}, loss: object = noneOfThese) =>
  workOf(
    {
      iterations: 10,
      rollout: { prompts: 96, samplesPerPrompt: 6, temperature: 1, maxNewTokens: 22, staleness: 0, ...rollout },
      update: { epochs: 1, minibatch: null, shuffle: "responses", microbatch: null, ...update },
      loss: loss as never,
    },
    1,
  );

test("rlWork: 96 prompts × 6 responses in minibatches of 192: three updates, worked by hand", () => {
  const { per, units } = rl({ minibatch: 192, shuffle: "groups" });
  assert.is(units, 10);
  assert.equal(per, [
    { what: "iteration", amounts: { prompts: 96, responses: 576, tokens: 12_672, updates: 3 } }, // 576 · 22; 576 / 192
    { what: "update", amounts: { prompts: 32, responses: 192, tokens: 4224, forwardPasses: 1 } }, // 192 / 6; 192 · 22
    { what: "all", amounts: { prompts: 960, responses: 5760, tokens: 126_720, updates: 30 } },
  ]);
});

test("rlWork: epochs, a last minibatch that is smaller, micro-batches, one update for all", () => {
  const some = rl({ epochs: 2, minibatch: 250, microbatch: 100 });
  assert.is(some.per[0]!.amounts.updates, 6); // ⌈576 / 250⌉ = 3, twice
  assert.is(some.per[1]!.amounts.forwardPasses, 3); // ⌈250 / 100⌉
  assert.is(some.per[1]!.amounts.prompts, 96, "responses of as many prompts as there are");
  assert.match(some.notes.join("; "), /the last update of each epoch has 76 responses/); // 576 − 2 · 250
  const whole = rl({ minibatch: 5000 });
  assert.is(whole.per[0]!.amounts.updates, 1);
  assert.is(whole.per[1]!.amounts.responses, 576);
});

test("rlWork: what corrections and masks cost is told", () => {
  assert.not.match(rl({}).notes.join("; "), /forward pass/);
  const notes = rl({}, {}, { correction: [{}], mask: {} }).notes.join("; ");
  assert.match(notes, /loss\.correction: a forward pass more over each rollout.*loss\.mask: a forward pass more/);
});

test("rlWork: what stale rollouts take is told", () => {
  assert.not.match(rl({}).notes.join("; "), /staleness/);
  // 576 responses · 22 tokens · 3 numbers of 8 bytes, twice
  const expected =
    "rollout.staleness: the first iteration samples 3 rollouts and the last 2 none; up to 0.61 MB wait in memory and in each checkpoint";
  assert.ok(rl({}, { staleness: 2 }).notes.includes(expected));
});

test("stageWork: each stage of an experiment, what the data decide is left open, a sampler may ask for more", async () => {
  const { cell, container } = await loaded(soundExperiment);
  const [sft, trained, evaluate] = cell.stages.map(({ stage }) => stageWork(stage, container)!);
  assert.equal([sft!.unit, sft!.units], ["steps", 3]);
  assert.equal(sft!.per, [
    { what: "step", amounts: { examples: 4, updates: 1 } },
    { what: "all", amounts: { examples: 12, updates: 3 } },
  ]);
  assert.equal([trained!.unit, trained!.units], ["iterations", 4]);
  assert.equal([evaluate!.unit, evaluate!.units, evaluate!.split], ["items", null, "test"]);
  assert.equal(evaluate!.per, [{ what: "item", amounts: { prompts: 1, responses: 3, tokens: 12 } }]);

  const { cell: dynamic, container: own } = await loaded(
    soundExperiment.replace(
      "rollout: { prompts: 4,",
      "sampler: { use: dynamic, rounds: 5 }\n      rollout: { prompts: 4, samplesPerPrompt: 2,",
    ),
  );
  assert.match(stageWork(dynamic.stages[1]!.stage, own)!.notes.join("; "), /up to 5 rollouts an iteration/);
});

test("rlWork: notes of what the counts leave open, and what an iteration costs", () => {
  const [even, uneven, grouped] = [rl({ minibatch: 192 }), rl({ minibatch: 575 }), rl({ minibatch: 100, shuffle: "groups" })];
  assert.equal(even.notes, ["responses without a score don't train"]);
  assert.equal(uneven.notes, ["the last update of each epoch has 1 responses", "responses without a score don't train"]);
  assert.is(grouped.per[1]!.amounts.prompts, 96, "100 is no multiple of 6, so groups are torn");
  assert.is(rl({ minibatch: 48 }).per[1]!.amounts.prompts, 48, "48 responses of as many prompts at most");
  assert.is(even.size, 576 * 22 * 2); // sampled once, learnt once
  assert.is(rl({ epochs: 3 }).size, 576 * 22 * 4);
  assert.equal([even.unit, even.split], ["iterations", "train"]);
});

test("stageWork: phases of different batches, items that are counted, and a stage that a plugin brings", async () => {
  const text = soundExperiment
    .replace(
      "{ steps: 3, batch: 4, learningRate: 0.1 }",
      "{ steps: 3, batch: 4 }, { steps: 2, batch: 10 }, { steps: 1, batch: 4 }",
    )
    .replace("evaluate, maxNewTokens", "evaluate, on: [data.train], items: 5, maxNewTokens");
  const { cell, container } = await loaded(text);
  const [sft, trained, evaluate] = cell.stages.map(({ stage }) => stageWork(stage, container)!);
  assert.equal(sft, {
    unit: "steps",
    units: 6,
    split: "train",
    per: [{ what: "all", amounts: { examples: 36, updates: 6 } }],
    notes: ["4, 10 examples a step, by phase"],
    size: 6,
  });
  assert.equal(evaluate, {
    unit: "items",
    units: 5,
    split: "train",
    per: [
      { what: "item", amounts: { prompts: 1, responses: 3, tokens: 12 } },
      { what: "all", amounts: { prompts: 5, responses: 15, tokens: 60 } },
    ],
    notes: [],
    size: 12,
  });
  assert.not.match(trained!.notes.join("; "), /rollouts an iteration/);
  const plain = await loaded(soundExperiment);
  const [one, , all] = plain.cell.stages.map(({ stage }) => stageWork(stage, plain.container)!);
  assert.equal([one!.notes, one!.size, all!.notes, all!.size], [[], 4, ["as many items as the split has"], 12]);
  const own = {
    ...cell.stages[0]!.stage,
    component: { ...cell.stages[0]!.stage.component, work: undefined, shortened: undefined },
  };
  assert.is(stageWork(own as never, container), null);
  assert.is(firstSteps({ ...cell, stages: [{ ...cell.stages[0]!, stage: own as never }] }, new Set()).stages[0]!.stage, own);
});

test("firstSteps: what has fewer steps stays as it is", async () => {
  const text = soundExperiment
    .replace("iterations: 4", "iterations: 1")
    .replace("evaluate, maxNewTokens", "evaluate, items: 5, maxNewTokens");
  const { cell } = await loaded(text);
  const { stages } = plainCell("x", firstSteps(cell, new Set())) as { stages: Record<string, Record<string, unknown>>[] };
  assert.is((stages[0]!.coldStart!.phases as { steps: number }[])[0]!.steps, 3);
  assert.equal([stages[1]!.rl!.iterations, stages[2]!.evaluate!.items], [1, 5]);
});

test("firstSteps: a few steps of each stage, those named left whole, all else the same", async () => {
  const { cell } = await loaded(soundExperiment.replace("steps: 3,", "steps: 300,").replace("iterations: 4", "iterations: 400"));
  const stages = (one: typeof cell) => (plainCell("x", one) as { stages: Record<string, Record<string, unknown>>[] }).stages;
  const [sft, trained, evaluate] = stages(firstSteps(cell, new Set()));
  assert.is((sft!.coldStart!.phases as { steps: number }[])[0]!.steps, 4);
  assert.is(trained!.rl!.iterations, 2);
  assert.is(evaluate!.evaluate!.items, 64);
  const [whole, ...rest] = stages(firstSteps(cell, new Set(["coldStart"])));
  assert.equal(whole, stages(cell)[0]);
  assert.equal({ ...rest[0]!.rl, iterations: 400 }, stages(cell)[1]!.rl);
});

test.run();
