import "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { z } from "zod";
import { dynamicSampler } from "../../components/sampler/dynamic.ts";
import { splitOf } from "../../items/items.ts";
import type { CorrectionBatch } from "../../kinds.ts";
import { correction } from "../../plugin/component.ts";
import { definePlugin } from "../../plugin/plugin.ts";
import { idleParts } from "../../experiment/idle-parts.ts";
import { MetricsCollector } from "../../services/metrics.ts";
import { fakeItems } from "../../testing/fake-model.ts";
import { fakeRegistry, loadText, problemsOf, soundExperiment } from "../../testing/experiment.ts";
import { fakeRemoteModel, fakeService } from "../../testing/fake-remote.ts";
import { inFolder } from "../../testing/in-folder.ts";
import { metricsOf, runBytes, runInterrupted, runText } from "../../testing/run.ts";
import { createPart } from "../../testing/tensors.ts";
import { cursorAtStart } from "../cursor.ts";
import type { Prompts, Rollout } from "../rollout.ts";
import { scoreComposer } from "./compose.ts";
import { collectResponses } from "./stale-responses.ts";
import type { Training } from "./training.ts";

const test = inFolder(suite("stale responses", { folder: "", tensors: 0 }));

/** Keeps the first response of each update, as the loss's correction sees it. */
interface Seen {
  readonly rollout: number[];
  readonly old: number[];
  readonly now: number[];
}
const seen: Seen[] = [];
const watching = correction({
  name: "watching",
  summary: "for tests",
  options: z.strictObject({}),
  create: () => ({
    apply: ({ rolloutLogProbs, oldLogProbs, logProbs, mask }: CorrectionBatch) => {
      const first = (values: tf.Tensor2D) => tf.tidy(() => [...tf.slice(tf.mul(values, mask), 0, 1).dataSync()]);
      seen.push({ rollout: first(rolloutLogProbs), old: first(oldLogProbs), now: first(logProbs) });
      return { weights: tf.onesLike(mask), mask: mask.clone() };
    },
  }),
});
/** w = π_old/π_rollout of the token. */
const weighing = correction({
  name: "weighing",
  summary: "for tests",
  options: z.strictObject({}),
  create: () => ({
    apply: ({ rolloutLogProbs, oldLogProbs, mask }: CorrectionBatch) => ({
      weights: tf.tidy(() => tf.exp(tf.mul(tf.sub(oldLogProbs, rolloutLogProbs), mask)) as tf.Tensor2D),
      mask: mask.clone(),
    }),
  }),
});
const plugin = definePlugin({ name: "corrections", api: "^1", components: [watching, weighing] });
const registry = fakeRegistry(plugin);
const sets = (...options: string[]) => options.map((one) => `stages.rl.${one}`);
/** Enough responses for some of them to be right. */
const rl = soundExperiment
  .replace(/ {2}- coldStart.*\n/, "")
  .replace(/ {2}- evaluate.*\n/, "")
  .replace("prompts: 4", "prompts: 16");
const isNear = (one: readonly number[], other: readonly number[], within = 1e-5) =>
  one.length === other.length && one.every((value, index) => Math.abs(value - other[index]!) <= within);
test.before.each(() => void seen.splice(0));

/** A training whose policy is only a number, which its responses' log-probabilities are. */
function trainingOf(
  staleness: number,
  iterations: number,
  change: object = {},
): Training & { sampled: number[]; policy: number } {
  const right = { score: ({ responses }: { responses: readonly string[] }) => responses.map((text) => text.length) };
  const training = {
    policy: 0,
    sampled: [] as number[],
    context: { seed: 1, metrics: new MetricsCollector() },
    options: {
      iterations,
      rollout: { prompts: 2, samplesPerPrompt: 1, maxNewTokens: 2, temperature: 1, staleness },
      reward: { rules: { right }, onInvalid: "drop-sample" },
      sampler: [createPart(dynamicSampler, { rounds: 1 }).part],
      ...change,
    },
    composer: scoreComposer(["right"], { formula: "right", weights: null, normalise: null } as never),
    items: splitOf(fakeItems(9)),
    iteration: 0,
    cursor: cursorAtStart,
    waiting: [],
    learner: {
      rollout: async ({ items, places }: Prompts): Promise<Rollout> => {
        training.sampled.push(training.policy);
        return {
          items,
          places,
          texts: ["a", "bb"],
          groupIds: Int32Array.of(0, 1),
          lengths: Int32Array.of(2, 1),
          truncated: [false, false],
          tokens: 2,
          responseIds: Int32Array.of(2, 1, 1, 0),
          mask: Float32Array.of(1, 1, 1, 0),
          logProbs: Float32Array.of(-training.policy, -1, -training.policy, 0),
        };
      },
    },
  };
  return training as never;
}

test("each iteration trains on what the policy of n iterations ago gave, at first on the first policy's", async () => {
  const of = async (staleness: number, iterations: number) => {
    const training = trainingOf(staleness, iterations);
    const [trained, sampled]: number[][] = [[], []];
    for (let iteration = 0; iteration < iterations; iteration++) {
      const before = training.sampled.length;
      const { rollout } = await collectResponses(training);
      trained!.push(Math.abs(rollout.logProbs[0]!));
      sampled!.push(training.sampled.length - before);
      training.policy += 1; // an update
      training.iteration += 1;
    }
    training.context.metrics.take();
    return { trained, sampled };
  };
  assert.equal(await of(0, 4), { trained: [0, 1, 2, 3], sampled: [1, 1, 1, 1] });
  assert.equal(await of(1, 4), { trained: [0, 0, 1, 2], sampled: [2, 1, 1, 0] });
  assert.equal(await of(2, 6), { trained: [0, 0, 0, 1, 2, 3], sampled: [3, 1, 1, 1, 0, 0] });
  assert.equal(await of(5, 3), { trained: [0, 0, 0], sampled: [3, 0, 0] }); // no more than there are iterations
});

test("what waits is plain data, and the responses made of it are those that were sampled", async () => {
  const training = trainingOf(1, 3);
  const first = await collectResponses(training);
  assert.is(training.waiting.length, 1);
  assert.equal(JSON.parse(JSON.stringify(training.waiting)), training.waiting);
  assert.equal(first.rollout.texts, ["a", "bb"]);
  assert.equal([...first.scored.plain], [1, 2]);
  assert.is(first.rollout.items[0]!.id, first.sampled.rollout.items[0]!.id);
  training.context.metrics.take();
});

test("a stale run: its ratios leave 1 from the second iteration on, and it isn't the run that isn't stale", async ({
  folder,
}) => {
  const lines = async (name: string, ...options: string[]) => {
    await runText(rl, `${folder}/${name}`, { set: sets("iterations=4", ...options), registry });
    return metricsOf(`${folder}/${name}`);
  };
  const fresh = await lines("fresh");
  const stale = await lines("stale", "rollout.staleness=1");
  const ratios = (all: typeof fresh) => all.map(({ largestRatio }) => (largestRatio as number) > 1 + 1e-4);
  assert.equal(ratios(fresh), [false, false, false, false]);
  assert.equal(ratios(stale), [false, true, true, true]);
  assert.equal(
    stale.map(({ rollouts }) => rollouts),
    [2, 1, 1, undefined],
  );
  assert.equal([stale[0]!.score, stale[0]!.loss], [fresh[0]!.score, fresh[0]!.loss], "the first iteration is the same");
});

test("stopped and run again, with responses waiting: the same bytes, also where a sampler replaces groups", async ({
  folder,
}) => {
  const more = sets(
    "rollout={ prompts: 4, samplesPerPrompt: 2, maxNewTokens: 4, staleness: 2 }",
    "sampler=[{ use: dynamic, rounds: 2 }, { use: overlong, buffer: 1 }]",
    "iterations=5",
    "checkpointEvery=1",
  );
  await runText(soundExperiment, `${folder}/whole`, { set: more, registry });
  await runInterrupted(soundExperiment, `${folder}/stopped`, [["rl", 1], ["rl", 3], ["rl", 4]], { set: more, registry }); // prettier-ignore
  assert.equal(runBytes(`${folder}/stopped`, "main", 1), runBytes(`${folder}/whole`, "main", 1));
});

test("a correction is given what the sampler said, and what the trainer says before the first update", async ({ folder }) => {
  const set = sets("iterations=3", "loss.correction=watching", "update={ epochs: 2 }", "rollout.staleness=1");
  await runText(rl, folder, { set, registry });
  assert.is(seen.length, 6);
  seen.forEach(({ rollout, old, now }, update) => {
    const [iteration, epoch] = [Math.floor(update / 2), update % 2];
    assert.is(isNear(old, now), epoch === 0, `update ${update}: the policy is the old one in the first epoch`);
    assert.is(
      isNear(rollout, old),
      iteration === 0,
      `update ${update}: the sampler's policy is older from the second iteration on`,
    );
  });
});

test("a correction's weights are in the loss and the metrics, whatever the micro-batches", async ({ folder }) => {
  const run = async (name: string, model: string, ...options: string[]) => {
    const given = fakeRegistry(plugin, definePlugin({ name: "far", api: "^1", components: [fakeRemoteModel(fakeService())] }));
    const set = sets("iterations=3", "rollout.staleness=1", ...options);
    await runText(rl.replace("model: fake", `model: ${model}`), `${folder}/${name}`, { set, registry: given });
    return metricsOf(`${folder}/${name}`);
  };
  const whole = await run("whole", "fake", "loss.correction=weighing");
  const pieces = await run("pieces", "fake", "loss.correction=weighing", "update={ microbatch: 3 }");
  const far = await run("far", "fake-remote", "loss.correction=[weighing]");
  const without = await run("without", "fake", "loss.correction=watching");
  const numbers = (lines: typeof whole) =>
    lines.flatMap(({ loss, correctionWeight, correctionDroppedFraction }) =>
      [loss, correctionWeight, correctionDroppedFraction].map(Number),
    );
  assert.ok(isNear(numbers(pieces), numbers(whole)));
  assert.ok(isNear(numbers(far), numbers(whole), 1e-4));
  assert.ok(Math.abs((whole[1]!.correctionWeight as number) - 1) > 1e-3);
  assert.not.ok(isNear([without[1]!.loss as number], [whole[1]!.loss as number], 1e-6), "weights change the loss");
});

test("staleness: a bound that acts from the first update on isn't idle, unless a correction takes it back there", async () => {
  const idle = async (...options: string[]) =>
    idleParts((await loadText(soundExperiment, sets(...options), registry)).cells[0]!).map(({ path }) => path);
  assert.ok((await idle()).includes("stages.rl.loss.surrogate"));
  assert.not.ok((await idle("rollout.staleness=1")).includes("stages.rl.loss.surrogate"));
  assert.ok((await idle("rollout.staleness=1", "loss.correction=weighing")).includes("stages.rl.loss.surrogate"));
});

test("staleness: what can't be is refused, and what waits counts as memory", async () => {
  assert.match(await problemsOf(soundExperiment, sets("rollout.staleness=-1"), registry), /rollout\.staleness/);
  assert.match(
    await problemsOf(soundExperiment, sets("rollout.staleness=100000000000"), registry),
    /rollout\.staleness: .*100000000001 rollouts of 4 × 1 responses of 4 tokens/,
  );
});

test("an algorithm without a correction or a mask means that there is none, whatever lies below it", async () => {
  const text = soundExperiment.replace("      iterations: 4\n", "      iterations: 4\n      loss: { correction: weighing }\n");
  const optionsOf = async (...set: string[]) =>
    (
      (await loadText(text, set, registry)).cells[0]!.stages[1]!.stage.options as {
        loss: { correction: unknown[] | null; mask: null };
      }
    ).loss;
  assert.is((await optionsOf()).correction!.length, 1); // written beside the algorithm it stays
  assert.is((await optionsOf("stages.rl.algorithm=hasty")).correction, null); // a later algorithm is a whole method
});

test.run();
