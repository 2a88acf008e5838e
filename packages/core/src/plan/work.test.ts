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

const rl = (update: object, rollout = {}) =>
  workOf(
    {
      iterations: 10,
      rollout: { prompts: 96, samplesPerPrompt: 6, temperature: 1, maxNewTokens: 22, ...rollout },
      update: { epochs: 1, minibatch: null, shuffle: "responses", microbatch: null, ...update },
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
