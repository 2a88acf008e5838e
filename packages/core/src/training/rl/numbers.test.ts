import "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { z } from "zod";
import { model, reward, surrogate } from "../../plugin/component.ts";
import type { Component } from "../../plugin/component.ts";
import type { Parameters } from "../../kinds.ts";
import { definePlugin } from "../../plugin/plugin.ts";
import { randomStream } from "@rewardlab/statistics/random";
import { readJsonLines } from "@rewardlab/storage";
import { readTensors } from "../../run/tensor-files.ts";
import { fakeRegistry } from "../../testing/experiment.ts";
import { fakeItems, fakeModel } from "../../testing/fake-model.ts";
import { metricsOf, runText } from "../../testing/run.ts";
import { createModel } from "../../testing/tensors.ts";
import { inFolder } from "../../testing/in-folder.ts";
import { suite } from "uvu";

// An iteration's numbers by hand: four responses of 1, 2, 3 and 4 tokens, the same ones each time, with the scores 0, 1, 2 and 3.

const test = inFolder(suite("rl numbers", { folder: "", tensors: 0 }));

const none = z.strictObject({});
const fake = createModel(fakeModel);
const [END, T] = [fake.tokenizer.endId, 4];
/** The last one is cut off before its end. */
const RESPONSES = [[END], [2, END], [2, 3, END], [2, 3, 4, 2]] as const;
const LENGTHS = RESPONSES.map(({ length }) => length);
const cells = (of: (row: number, token: number) => number) =>
  RESPONSES.flatMap((_, row) => Array.from({ length: T }, (__, token) => (token < LENGTHS[row]! ? of(row, token) : 0)));
const responseIds = Int32Array.from(cells((row, token) => RESPONSES[row]![token]!));
const mask = Float32Array.from(cells(() => 1));

/** log π of the responses' tokens, [4, T]: which response is better is 1, 2, 1, 2. */
function logProbsOf(parameters: Parameters, items = fakeItems(4), temperature = 1): Float32Array {
  return tf.tidy(() => {
    const responses = { responseIds: tf.tensor2d(responseIds, [4, T], "int32"), mask: tf.tensor2d(mask, [4, T]) };
    return fake.logProbs(parameters, fake.prompts(items), responses, temperature).dataSync() as Float32Array;
  });
}
/** Prompts are shuffled: whose turn it was. */
let asked: number[] = [];
let prompted: number[] = [];
/** A number from the stream that responses are drawn by, an iteration each. */
let drawn: number[] = [];
const scripted = model({
  name: "scripted",
  summary: "the fake one, but that it always writes the same",
  options: none,
  create: () => ({
    ...fake,
    prompts: (items) => {
      prompted = items.map(({ preferred }) => Number(preferred) - 1);
      return fake.prompts(items);
    },
    generate: async (parameters, _prompts, { temperature, random }) => {
      drawn.push(random.uniform());
      asked = prompted; // those before were the update's
      const items = asked.map((id) => fakeItems(2)[id]!);
      return { tokens: T, responseIds, mask, logProbs: logProbsOf(parameters, items, temperature) };
    },
  }),
});
const rowNumber = reward({
  name: "row",
  summary: "for these tests",
  options: none,
  create: () => ({ score: ({ responses }) => responses.map((_, row) => row) }),
});
/** −ρA, but NaN for the response whose advantages are 3. */
const brokenAtThree = surrogate({
  name: "broken-at-three",
  summary: "for these tests",
  options: none,
  create: () => ({
    apply: ({ ratio, advantages }) => tf.where(tf.equal(advantages, 3), NaN, tf.neg(tf.mul(ratio, advantages))) as Tensor2D, // [B, T]
  }),
});

const registry = (...more: readonly Component[]) =>
  fakeRegistry(definePlugin({ name: "more", api: "^1", components: [scripted, rowNumber, brokenAtThree, ...more] }));
const experiment = (more = "") => `name: fake
model: scripted
data: fake-items
stages:
  - rl:
      use: rl
      algorithm: steady
      iterations: 1
      rollout: { prompts: 4, maxNewTokens: ${T} }
      reward: { rules: { row: row }, formula: row }
      advantage: [discounted-return]
      loss: { ratio: token, surrogate: { use: clip, low: 0.2, high: 0.2 }, aggregate: token-mean }
      optimizer: { use: sgd, learningRate: 0.5 }
      gradientClip: null
      collapse: null
      ${more}
`;
type Line = Readonly<Record<string, number>>;
async function lines(folder: string, more: string, ...set: readonly string[]): Promise<Line[]> {
  rmSync(join(folder, "main"), { recursive: true, force: true });
  await runText(experiment(more), folder, { registry: registry(), set: set.map((one) => `stages.rl.${one}`) });
  return metricsOf(folder) as Line[];
}
const near = (actual: number | undefined, expected: number, tolerance = 1e-6) =>
  assert.ok(Math.abs(actual! - expected) <= tolerance, `${actual}, expected ${expected}`);
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

test("an iteration by hand: scores, lengths, and a loss of tokens or of responses", async ({ folder }) => {
  const [line] = await lines(folder, "");
  near(line!.score, 1.5);
  near(line!.scoreDeviation, Math.sqrt(1.25)); // (2.25 + 0.25 + 0.25 + 2.25)/4
  near(line!.trainedScore, 1.5);
  near(line!.responseTokens, 2.5);
  near(line!.loss, -2); // every token's advantage is its response's score: −(0·1 + 1·2 + 2·3 + 3·4)/10
  assert.equal([line!.updates, line!.skippedUpdates, line!.learningRate, line!.invalid], [1, 0, 0.5, 0]);
  near((await lines(folder, "", "loss.aggregate=sequence-mean"))[0]!.loss, -1.5);
});

test("the gradient's norm by hand, and the step that it makes", async ({ folder }) => {
  // ∂loss/∂logits = −(1/10) Σ A (onehot − π), summed over the tokens that stand after the same token, or that answer the same prompt.
  const first = fake.initialParameters(randomStream(1, "initial-parameters"));
  const [line] = await lines(folder, "", "optimizer.learningRate=0.001");
  const last = readTensors(join(folder, "main", "seed-1", "model.safetensors"));
  const expected = gradientsByHand(first, asked);
  near(line!.gradientNorm, Math.sqrt(sum([...expected.start, ...expected.next].map((value) => value ** 2))), 1e-5);
  for (const name of ["start", "next"] as const) {
    const [before, after] = [first[name]!.dataSync(), last[name]!.dataSync()];
    expected[name].forEach((value, index) => near((after[index]! - before[index]!) / -0.001, value, 1e-3)); // float32 of values near 0.1, over 0.001
  }
  tf.dispose([first, last]);
});

/** Of the table of logits next[before] + start[prompt], by hand. */
function gradientsByHand(parameters: Parameters, prompts: readonly number[]): Record<"start" | "next", number[]> {
  const V = fake.tokenizer.size;
  const [start, next] = [parameters.start!.dataSync(), parameters.next!.dataSync()];
  const gradients = { start: Array<number>(start.length).fill(0), next: Array<number>(next.length).fill(0) };
  RESPONSES.forEach((ids, row) => {
    let before: number = fake.tokenizer.padId;
    for (const id of ids) {
      const logits = Array.from({ length: V }, (_, at) => next[before * V + at]! + start[prompts[row]! * V + at]!);
      const total = sum(logits.map(Math.exp));
      logits.forEach((logit, at) => {
        const part = (-row / 10) * (Number(at === id) - Math.exp(logit) / total);
        gradients.next[before * V + at]! += part;
        gradients.start[prompts[row]! * V + at]! += part;
      });
      before = id;
    }
  });
  return gradients;
}

test("minibatches and epochs: the mean over the updates; micro-batches of any size add up to the same", async ({ folder }) => {
  const small = "optimizer.learningRate=1e-9"; // moves nothing, so that every ratio stays 1
  const [halves] = await lines(folder, "", small, "loss.aggregate=sequence-mean", "update={ minibatch: 2, epochs: 3 }");
  near(halves!.loss, -1.5); // whichever two are together
  assert.equal([halves!.updates, halves!.learningRate], [6, 1e-9]);
  const [uneven] = await lines(folder, "", small, "loss.aggregate=sequence-sum", "update={ minibatch: 3 }");
  assert.is(uneven!.updates, 2);
  for (const microbatch of [1, 2, 3, 4, 9]) {
    const [line] = await lines(folder, "", small, `update={ microbatch: ${microbatch} }`);
    near(line!.loss, -2);
    assert.is(line!.updates, 1);
  }
});

test("critic: its loss by hand and weighed, of all tokens whatever the micro-batches", async ({ folder }) => {
  const critic = (clip: string) => ["advantage=[{ use: gae, lambda: 1 }]", `critic={ coefficient: 0.5, clip: ${clip} }`];
  // values of 0 and returns of the scores: ½ (0·1 + 1·2 + 4·3 + 9·4)/10 = 2.5, beside the −2 of the policy
  for (const [clip, ...update] of [
    ["null"],
    ["0.2"],
    ["null", "update={ microbatch: 1 }"],
    ["null", "update={ microbatch: 3 }"],
  ] as const) {
    const [line] = await lines(folder, "", ...critic(clip), ...update);
    near(line!.valueLoss, 2.5);
    near(line!.loss, -2 + 0.5 * 2.5);
    near(line!.explainedVariance, 0);
    near(line!.valueClipFraction, 0);
  }
  const [still] = await lines(folder, "", ...critic("null"), "reward.formula=0 * row");
  assert.not("explainedVariance" in still!, "returns that are all equal have no variance to explain");
  // A second update finds the values moved: by the first one's gradient, −0.5 · (G − 0)/10 for each token behind the same one.
  const [twice] = await lines(folder, "", ...critic("1.0e-6"), "update={ epochs: 2 }", "optimizer.learningRate=0.1");
  assert.ok(twice!.valueClipFraction! > 0.4, String(twice!.valueClipFraction));
});

test("critic: a value that is no number ends the run, by its name", async ({ folder }) => {
  const broken = model({
    name: "broken-head",
    summary: "for these tests",
    options: none,
    create: () => {
      const part = createModel(scripted);
      const valueHead = {
        ...part.valueHead!,
        initialParameters: () => ({ "value.next": tf.tensor2d(Array.from({ length: fake.tokenizer.size }, () => [NaN])) }), // [V, 1]
      };
      return { ...part, valueHead };
    },
  });
  const set = ["model=broken-head", "stages.rl.advantage=[{ use: gae, lambda: 1 }]", "stages.rl.critic={}"];
  const { status, reason } = await runText(experiment(), folder, { registry: registry(broken), set });
  assert.is(status, "collapsed");
  assert.match(reason!, /^rl: iteration 1: the critic's value is NaN at response 0, token 0/);
});

test("responses are drawn by a stream named so, one that goes on from iteration to iteration", async ({ folder }) => {
  drawn = [];
  await lines(folder, "", "iterations=2");
  const stream = randomStream("1/rl", "rollout");
  assert.equal(drawn, [stream.uniform(), stream.uniform()]);
});

test("minibatches are drawn by a stream named so: each row once an epoch", async ({ folder }) => {
  const seen: number[][] = [];
  const listening = surrogate({
    name: "listening",
    summary: "for these tests",
    options: none,
    create: () => ({
      apply: ({ ratio, advantages, mask: there }) => {
        const [values, tokens] = [advantages.arraySync(), there.arraySync()];
        seen.push(values.map((row, index) => (tokens[index]![0] === 0 ? -1 : row[0]!)));
        return tf.neg(tf.mul(ratio, advantages)) as Tensor2D; // [B, T]
      },
    }),
  });
  await runText(experiment("update: { minibatch: 2, epochs: 2 }"), folder, {
    registry: registry(listening),
    set: ["stages.rl.loss.surrogate=listening"],
  });
  const stream = randomStream("1/rl", "minibatches");
  const [one, two] = [stream.shuffle([0, 1, 2, 3]), stream.shuffle([0, 1, 2, 3])];
  assert.equal(seen, [one.slice(0, 2), one.slice(2), two.slice(0, 2), two.slice(2)]);
});

test("KL in the reward: β·KL is taken off each token's reward, and β·KL in the loss is added", async ({ folder }) => {
  const kl = (where: string) => `kl={ use: k1, in: ${where}, coefficient: 0.5 }`;
  // The policy of iteration 2, and the prompts of both iterations
  await lines(folder, "", kl("reward"));
  const after = readTensors(join(folder, "main", "seed-1", "model.safetensors"));
  const [first, second] = await lines(folder, "", "iterations=2", kl("reward"));
  const prompts = asked.map((id) => fakeItems(2)[id]!);
  const reference = fake.initialParameters(randomStream(1, "initial-parameters"));
  const [now, then] = [logProbsOf(after, prompts), logProbsOf(reference, prompts)];
  const difference = cells((row, token) => now[row * T + token]! - then[row * T + token]!);
  assert.is(first!.kl, 0);
  near(second!.kl, sum(difference) / 10);
  assert.ok(Math.abs(second!.kl!) > 1e-3);
  // the return from a token on: the score, less what is still to be taken off
  const advantages = cells((row, token) => row - 0.5 * sum(difference.slice(row * T + token, (row + 1) * T)));
  near(second!.loss, -sum(advantages) / 10);
  // k3 is e^−d − 1 + d, with a gradient of 0 where the two are equal: so the same step came before it
  const [, inLoss] = await lines(folder, "", "iterations=2", "kl={ use: k3, in: loss, coefficient: 0.5 }");
  near(inLoss!.loss, -2 + (0.5 * sum(difference.map((d) => Math.exp(-d) - 1 + d))) / 10);
  const [, without] = await lines(folder, "", "iterations=2");
  near(without!.loss, -2);
  assert.not("kl" in without!);
  tf.dispose([after, reference]);

  // An adaptive coefficient follows the mean over responses of their mean KL a token.
  const rows = RESPONSES.map((_, row) => sum(difference.slice(row * T, (row + 1) * T)) / LENGTHS[row]!);
  const measured = sum(rows) / 4;
  const adaptive = `kl={ use: k1, in: reward, coefficient: 0.5, adaptive: { target: ${Math.abs(measured) * 1.25}, horizon: 40 } }`;
  const three = await lines(folder, "", "iterations=3", adaptive);
  const error = (value: number) => Math.min(0.2, Math.max(-0.2, value / (Math.abs(measured) * 1.25) - 1));
  near(three[0]!.klCoefficient, 0.5);
  near(three[1]!.klCoefficient, 0.5 * (1 + (error(0) * 4) / 40));
});

test("a minibatch that is not finite is left out, and the means are over the others", async ({ folder }) => {
  const broken = ["loss.surrogate=broken-at-three", "optimizer.learningRate=1e-9"];
  const [line] = await lines(folder, "onNonFinite: skip-update", ...broken, "update={ minibatch: 1, epochs: 2 }");
  assert.equal([line!.updates, line!.skippedUpdates, line!.learningRate], [6, 2, 1e-9]);
  near(line!.loss, -1); // of 0, 1, 2
});

test("stop: at the first minibatch that is not finite no other is tried", async ({ folder }) => {
  const stopped = await runText(experiment("update: { epochs: 3 }"), folder, {
    registry: registry(),
    set: ["stages.rl.loss.surrogate=broken-at-three"],
  });
  assert.is(stopped.status, "collapsed");
  assert.is(stopped.reason, "rl: iteration 1: the loss is NaN");
  assert.equal([metricsOf(folder)[0]!.updates, metricsOf(folder)[0]!.skippedUpdates], [0, 1]);
});

test("a KL coefficient of 0 asks no reference", async ({ folder }) => {
  let reads = 0;
  const counting = model({
    name: "counting",
    summary: "for these tests",
    options: none,
    create: () => {
      const part = createModel(scripted);
      return { ...part, logProbs: (...given) => ((reads += 1), part.logProbs(...given)) };
    },
  });
  const count = async (coefficient: number) => {
    reads = 0;
    const kl = `kl: { use: k1, in: loss, coefficient: ${coefficient} }`;
    rmSync(join(folder, "main"), { recursive: true, force: true });
    await runText(experiment(kl), folder, { registry: registry(counting), set: ["model=counting"] });
    return reads;
  };
  assert.equal([await count(0), await count(0.1)], [1, 2]);
});

test("samples: the first response to each of the first prompts, as it was scored", async ({ folder }) => {
  const samples = async (...set: readonly string[]) => {
    await lines(folder, "", ...set);
    return readJsonLines(join(folder, "main", "seed-1", "samples.jsonl")).lines as { iteration: number; score: number }[];
  };
  const scores = async (...set: readonly string[]) => (await samples(...set)).map(({ score }) => score);
  assert.equal(await scores(), [0, 1, 2, 3]);
  assert.equal(await scores("samplesKept=2"), [0, 1]);
  assert.equal(await scores("samplesKept=0"), []);
  assert.equal(await scores("rollout={ prompts: 2, samplesPerPrompt: 2, maxNewTokens: 4 }"), [0, 2]);
  assert.is((await samples())[0]!.iteration, 1);
});

test("checkpoints: after every so many iterations, and after none between", async ({ folder }) => {
  const seen: (readonly string[])[] = [];
  const checkpoints = join(folder, "main", "seed-1", "checkpoints");
  await runText(experiment("checkpointEvery: 2"), folder, {
    registry: registry(),
    set: ["stages.rl.iterations=5"],
    stopAt: () => {
      seen.push(existsSync(checkpoints) ? readdirSync(checkpoints).map(Number).map(String) : []); // before the iteration's own
      return false;
    },
  });
  assert.equal(seen, [[], [], ["2"], ["2"], ["2", "4"]]);
});

test.run();
