import "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { z } from "zod";
import { model, reward, surrogate } from "../../plugin/component.ts";
import type { Component } from "../../plugin/component.ts";
import { Interrupted, readJson, readJsonLines, RunError } from "@rewardlab/storage";
import type { RewardOutcome } from "../../kinds.ts";
import type { Compiler } from "../../services/compiler.ts";
import { definePlugin } from "../../plugin/plugin.ts";
import type { Registry } from "../../plugin/registry.ts";
import { fakeRegistry } from "../../testing/experiment.ts";
import { fakeModel } from "../../testing/fake-model.ts";
import { metricsOf, runBytes, runInterrupted, runText } from "../../testing/run.ts";
import { createModel } from "../../testing/tensors.ts";
import { readTensors } from "../../run/tensor-files.ts";
import { inFolder } from "../../testing/in-folder.ts";
import { suite } from "uvu";

const test = inFolder(suite("rl", { folder: "", tensors: 0 }));

const experiment = (rl: string, algorithm = "steady") => `name: fake
model: fake
data: fake-items
stages:
  - rl:
      use: rl
      algorithm: ${algorithm}
      iterations: 6
      rollout: { prompts: 4, samplesPerPrompt: 2, maxNewTokens: 4 }
      reward: { rules: { right: right }, formula: right }
      update: { minibatch: 4 }
      optimizer: { use: adamw, learningRate: 0.1 }
      checkpointEvery: 2
      ${rl}
`;
const withComponents = (...components: Component[]): Registry =>
  fakeRegistry(definePlugin({ name: "more", api: "^1", components }));

/** Gives each response its row's number, and no score where `unsure` says so. */
const rowNumbers = (unsure: (row: number) => boolean) =>
  reward({
    name: "row",
    summary: "for tests",
    options: z.strictObject({}),
    create: () => ({
      score: ({ responses }) => responses.map((_, row): RewardOutcome => (unsure(row) ? { invalid: "can't tell" } : row)),
    }),
  });
const byRow = ["stages.rl.reward.rules.right=row", "stages.rl.rollout.prompts=2"];

const status = (folder: string) =>
  readJson(join(folder, "main", "seed-1", "status.json")) as { status: string; reason: string | null };

test("the reward rises: from guessing to nearly always right", async ({ folder }) => {
  const text = `${experiment("")}  - evaluate: { use: evaluate, maxNewTokens: 4, voting: [5] }\n`;
  const set = ["stages.rl.iterations=40", "stages.rl.rollout.prompts=16"];
  assert.is((await runText(text, folder, { set })).status, "done");
  const scores = metricsOf(folder).map(({ score }) => score as number);
  const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  assert.ok(mean(scores.slice(0, 5)) < 0.5, `${scores.slice(0, 5).join(" ")}`);
  assert.ok(mean(scores.slice(-5)) > 0.85, `${scores.slice(-5).join(" ")}`);
  const results = readJson(join(folder, "main", "seed-1", "results.json")) as { name: string; results: { accuracy: number } }[];
  assert.ok(results[1]!.results.accuracy > 0.85, JSON.stringify(results[1]));
});

test("a line an iteration, and the first response of the first prompts", async ({ folder }) => {
  await runText(experiment("samplesKept: 3"), folder);
  const lines = metricsOf(folder);
  assert.equal(
    lines.map(({ iteration }) => iteration),
    [1, 2, 3, 4, 5, 6],
  );
  const [first] = lines as [Record<string, never>];
  for (const name of [
    "score",
    "scoreDeviation",
    "responseTokens",
    "loss",
    "gradientNorm",
    "learningRate",
    "largestRatio",
    "clipFraction",
  ])
    assert.type(first[name], "number", name);
  assert.equal([first.invalid, first.skippedUpdates, first.learningRate], [0, 0, 0.1]);
  assert.equal(Object.keys(first.rules!), ["right"]);
  const samples = readJsonLines(join(folder, "main", "seed-1", "samples.jsonl")).lines as Record<string, unknown>[];
  assert.is(samples.length, 18);
  for (const { rules, score, answer, preferred } of samples) {
    assert.is(score, (rules as { right: number }).right);
    assert.is(score, Number(answer === String(preferred)));
  }
  assert.is(new Set(samples.slice(0, 3).map(({ item }) => item)).size, 3);
});

test("the same seed twice gives the same bytes; another seed others", async ({ folder }) => {
  const bytes = async (root: string, seed: number) => {
    await runText(experiment(""), join(folder, root), { seed });
    return runBytes(join(folder, root), "main", seed);
  };
  const once = await bytes("one", 1);
  assert.equal(once, await bytes("two", 1));
  const other = await bytes("one", 2);
  for (const file of Object.keys(once)) assert.is.not(other[file], once[file], file);
});

test("every variant of a seed sees the same prompts in the same order", async ({ folder }) => {
  const items = async (algorithm: string) => {
    mkdirSync(join(folder, algorithm));
    await runText(experiment("samplesKept: 4", algorithm), join(folder, algorithm));
    return (readJsonLines(join(folder, algorithm, "main", "seed-1", "samples.jsonl")).lines as { item: string }[]).map(
      ({ item }) => item,
    );
  };
  const steady = await items("steady");
  assert.is(steady.length, 24);
  assert.equal(steady, await items("hasty"));
  assert.is(new Set(steady).size, 24, "24 items, each once in the first pass");
});

test("where functions are compiled, batches of many different numbers of rows have few, and train the same", async ({
  folder,
}) => {
  // 40 responses an iteration; how many of them have a score changes from one iteration to the next
  let asked = 0;
  const unsure = withComponents(
    reward({
      name: "sometimes",
      summary: "for tests",
      options: z.strictObject({}),
      create: () => {
        asked = 0;
        return {
          score: ({ responses }) =>
            responses.map((text): RewardOutcome =>
              ++asked % 40 < Math.floor(asked / 40) ? { invalid: "can't tell" } : text.length,
            ),
        };
      },
    }),
  );
  const set = ["stages.rl.reward.rules.right=sometimes", "stages.rl.rollout.prompts=20", "stages.rl.update.minibatch=null"];
  const counts = new Set<number>();
  const compiler: Compiler = {
    compiles: true,
    compile:
      (fn) =>
      (...args) => {
        const { responses } = (args[1] ?? {}) as { responses?: { mask: tf.Tensor } };
        if (responses) counts.add(responses.mask.shape[0]!);
        return fn(...args);
      },
    cost: () => ({ functions: counts.size, seconds: 0 }),
  };
  const notes: string[] = [];
  await runText(experiment(""), join(folder, "plain"), { registry: unsure, set: [...set, "stages.rl.iterations=12"] });
  await runText(experiment(""), join(folder, "compiled"), {
    registry: unsure,
    set: [...set, "stages.rl.iterations=12"],
    compiler,
    note: (message) => notes.push(message),
  });
  assert.equal([...counts].sort(), [30, 32, 36, 40], "29 to 40 rows, in steps of 2 and 4, and as many as there are");
  const [plain, compiled] = ["plain", "compiled"].map((one) => metricsOf(join(folder, one))) as [Record<string, number>[], Record<string, number>[]]; // prettier-ignore
  assert.ok(new Set(plain.map(({ invalid }) => invalid)).size > 8);
  plain.forEach((line, index) => {
    for (const name of ["loss", "gradientNorm", "clipFraction", "largestRatio", "score"])
      assert.ok(
        Math.abs(line[name]! - compiled[index]![name]!) < 1e-5,
        `iteration ${index + 1}, ${name}: ${compiled[index]![name]}, expected ${line[name]}`,
      );
  });
  assert.match(notes.join(), /rl: 4 functions compiled in 0\.0 s, 0 % of /);
});

for (const places of [[1], [2], [3], [5], [1, 2, 3, 4, 5]])
  test(`stopped after iteration ${places.join(", ")} and run again: the same bytes`, async ({ folder }) => {
    const text = experiment(
      "kl: { use: k3, in: loss, coefficient: 0.1 }\n      update: { epochs: 2, minibatch: 3, shuffle: groups }",
    ).replace("      update: { minibatch: 4 }\n", "");
    await runText(text, join(folder, "whole"));
    const after = places.map((at) => ["rl", at] as const);
    assert.is((await runInterrupted(text, join(folder, "stopped"), after)).status, "done");
    assert.equal(runBytes(join(folder, "stopped")), runBytes(join(folder, "whole")));
  });

test("interrupted: the status says so", async ({ folder }) => {
  const error = await runText(experiment(""), folder, { stopAt: (_what, done) => done === 3 }).catch((reason: unknown) => reason);
  assert.instance(error, Interrupted);
  assert.equal([status(folder).status, status(folder).reason], ["interrupted", "stopped before iteration 4"]);
});

test("micro-batches change memory, not results", async ({ folder }) => {
  const weights = async (microbatch: string) => {
    await runText(experiment(""), join(folder, microbatch), {
      set: [`stages.rl.update.microbatch=${microbatch}`, "stages.rl.optimizer={ use: sgd, learningRate: 0.5 }"],
    });
    const read = readTensors(join(folder, microbatch, "main", "seed-1", "model.safetensors"));
    const values = [...read.start!.dataSync(), ...read.next!.dataSync()];
    tf.dispose(read);
    return values;
  };
  const [whole, single] = [await weights("null"), await weights("1")];
  // sums of float32 in another order: 1e-7 each, grown over 12 updates
  whole.forEach((value, index) => assert.ok(Math.abs(value - single[index]!) < 1e-4, `${value} ${single[index]}`));
});

// ---------------------------------------------------------------- samplers

/** Scores of the rollouts in turn: the first call gets the first list, and so on; the last list goes on. */
const scripted = (...rollouts: number[][]) => {
  let call = 0;
  return reward({
    name: "row",
    summary: "for tests",
    options: z.strictObject({}),
    create: () => ({
      score: ({ responses }) => {
        const scores = rollouts[Math.min(call++, rollouts.length - 1)]!;
        return responses.map((_, row) => scores[row]!);
      },
    }),
  });
};
const oneIteration = [...byRow, "stages.rl.iterations=1", "stages.rl.samplesKept=2"];

test("sampler dynamic: fresh prompts take the place of groups of equal scores, up to the limit", async ({ folder }) => {
  const registry = withComponents(scripted([1, 1, 0, 1], [0, 0], [3, 2]));
  await runText(experiment("sampler: { use: dynamic, rounds: 4 }"), folder, { set: oneIteration, registry });
  const [line] = metricsOf(folder);
  // rollout 1: group 0 is equal; 2: its substitute is too; 3: 3, 2. Scores 3, 2, 0, 1
  assert.equal([line!.rollouts, line!.resampledGroups, line!.trainedScore], [3, 2, 1.5]);
  assert.is(line!.score, 0.75, "the policy's own, before any sampler: 1, 1, 0, 1");
  const samples = readJsonLines(join(folder, "main", "seed-1", "samples.jsonl")).lines as Record<string, unknown>[];
  assert.equal(
    samples.map(({ score }) => score),
    [3, 0],
  );
});

test("sampler dynamic: after the last round equal groups stay", async ({ folder }) => {
  const registry = withComponents(scripted([1, 1, 0, 1], [0, 0], [3, 2]));
  await runText(experiment("sampler: [{ use: dynamic, rounds: 2 }]"), folder, { set: oneIteration, registry });
  const [line] = metricsOf(folder);
  assert.equal([line!.rollouts, line!.resampledGroups, line!.trainedScore], [2, 1, 0.25]); // 0, 0, 0, 1
});

test("sampler dynamic: stopped and run again, the same bytes", async ({ folder }) => {
  const text = experiment("sampler: dynamic");
  await runText(text, join(folder, "whole"));
  const after = [2, 3, 5].map((at) => ["rl", at] as const);
  await runInterrupted(text, join(folder, "stopped"), after);
  assert.equal(runBytes(join(folder, "stopped")), runBytes(join(folder, "whole")));
  assert.ok(metricsOf(join(folder, "whole")).some(({ resampledGroups }) => (resampledGroups as number) > 0));
});

test("sampler overlong: what was cut off leaves the loss, and counts in its group", async ({ folder }) => {
  const cut = {
    set: [
      "stages.rl.rollout.maxNewTokens=1",
      "stages.rl.rollout.prompts=16",
      "stages.rl.iterations=1",
      "stages.rl.optimizer={ use: sgd, learningRate: 0.5 }",
    ],
  };
  await runText(experiment("sampler: overlong"), join(folder, "masked"), cut);
  const [line] = metricsOf(join(folder, "masked"));
  assert.is(line!.overlongMaskedFraction, line!.truncatedFraction);
  assert.ok((line!.truncatedFraction as number) > 0.5);
  assert.is(line!.responseTokens, 1);
  await runText(experiment("sampler: [all]"), join(folder, "plain"), cut);
  assert.is(metricsOf(join(folder, "plain"))[0]!.score, line!.score, "the mask changes no score");
  assert.is.not(metricsOf(join(folder, "plain"))[0]!.gradientNorm, line!.gradientNorm);
});

// ---------------------------------------------------------------- critic, adaptive KL

const ppo =
  "advantage: [gae, whiten]\n      critic: { coefficient: 0.5, clip: 0.2 }\n      kl: { use: k1, in: reward, coefficient: 0.01 }";

test("critic: learns the returns, and the policy improves", async ({ folder }) => {
  const set = ["stages.rl.iterations=40", "stages.rl.rollout.prompts=16"];
  await runText(experiment(ppo), folder, { set });
  const lines = metricsOf(folder);
  const mean = (name: string, from: number, to: number) =>
    lines.slice(from, to).reduce((sum, line) => sum + (line[name] as number), 0) / (to - from);
  assert.ok(mean("score", 35, 40) > 0.8, `${mean("score", 35, 40)}`);
  assert.ok(mean("valueLoss", 35, 40) < 0.5 * mean("valueLoss", 0, 5), `${mean("valueLoss", 0, 5)} ${mean("valueLoss", 35, 40)}`);
  assert.is(lines[0]!.explainedVariance, 0, "the head starts at 0");
});

test("critic: its head is saved; stopped and run again, the same bytes", async ({ folder }) => {
  await runText(experiment(ppo), join(folder, "whole"));
  await runInterrupted(experiment(ppo), join(folder, "stopped"), [2, 3, 5].map((at) => ["rl", at] as const)); // prettier-ignore
  assert.equal(runBytes(join(folder, "stopped")), runBytes(join(folder, "whole")));
  const saved = readTensors(join(folder, "whole", "main", "seed-1", "model.safetensors"));
  assert.equal(Object.keys(saved).toSorted(), ["next", "start", "value.next"]);
  assert.ok(saved["value.next"]!.dataSync().some((value) => value !== 0));
  tf.dispose(saved);
});

test("critic: micro-batches change memory, not results", async ({ folder }) => {
  const values = async (microbatch: string) => {
    await runText(experiment(ppo), join(folder, microbatch), {
      set: [`stages.rl.update.microbatch=${microbatch}`, "stages.rl.optimizer={ use: sgd, learningRate: 0.5 }"],
    });
    return metricsOf(join(folder, microbatch)).map(({ valueLoss, loss }) => [valueLoss, loss] as [number, number]);
  };
  const [whole, single] = [await values("null"), await values("1")];
  // sums of float32 in another order
  whole.flat().forEach((value, index) => assert.ok(Math.abs(value - single.flat()[index]!) < 1e-4));
});

test("critic: a model without a value head is refused before the first stage", async ({ folder }) => {
  const headless = model({
    name: "headless",
    summary: "for tests",
    options: z.strictObject({}),
    create: () => {
      const { valueHead: _, ...rest } = createModel(fakeModel);
      return rest;
    },
  });
  const error = await runText(experiment(ppo), folder, { set: ["model=headless"], registry: withComponents(headless) }).catch(
    (reason: unknown) => reason,
  );
  assert.match((error as Error).message, "stages.rl.critic: the model has no value head");
});

test("adaptive KL: the coefficient follows its target, across a stop as well", async ({ folder }) => {
  const text = experiment("kl: { use: k1, in: reward, coefficient: 0.1, adaptive: { target: 1e-6, horizon: 16 } }");
  await runText(text, join(folder, "whole"));
  const lines = metricsOf(join(folder, "whole"));
  assert.is(lines[0]!.klCoefficient, 0.1);
  // 8 responses an iteration: 0.2 · 8/16 = 0.1, up or down
  lines.slice(1).forEach(({ klCoefficient }, index) => {
    const { kl, klCoefficient: before } = lines[index] as { kl: number; klCoefficient: number };
    if (index > 0) assert.ok(Math.abs(kl) > 1e-5, "away from its target, so that the step is a whole one");
    assert.ok(Math.abs((klCoefficient as number) / before - (kl > 1e-6 ? 1.1 : 0.9)) < 1e-9, `${kl} ${before} ${klCoefficient}`);
  });
  await runInterrupted(text, join(folder, "stopped"), [2, 3].map((at) => ["rl", at] as const)); // prettier-ignore
  assert.equal(runBytes(join(folder, "stopped")), runBytes(join(folder, "whole")));
});

test("what is not finite is counted, by where it was met", async ({ folder }) => {
  await runText(experiment(""), folder);
  const [line] = metricsOf(folder);
  for (const name of ["nonFiniteScores", "nonFiniteAdvantages", "nonFiniteRatios", "nonFiniteLosses"])
    assert.is(line![name], 0, name);
});

// ---------------------------------------------------------------- how the score is made

const rewardedBy = (score: string) => experiment("samplesKept: 2").replace(/reward: .*/, `reward: ${score}`);
const weightsOf = (folder: string) => {
  const read = readTensors(join(folder, "main", "seed-1", "model.safetensors"));
  const values = Object.values(read).map((tensor) => [...tensor.dataSync()]);
  tf.dispose(read);
  return values;
};

test("the score by weights: as by the formula that says the same", async ({ folder }) => {
  await runText(
    rewardedBy("{ rules: { right: right, half: { use: right, of: 0.5 } }, formula: right + 3 * half }"),
    join(folder, "one"),
  );
  await runText(
    rewardedBy("{ rules: { right: right, half: { use: right, of: 0.5 } }, weights: { right: 1, half: 3 } }"),
    join(folder, "two"),
  );
  const [one, two] = ["one", "two"].map((name) => runBytes(join(folder, name)));
  for (const file of ["metrics.jsonl", "samples.jsonl", "model.safetensors"]) assert.equal(two![file], one![file], file);
});

test("each rule normalised: its size doesn't matter to what is learnt; score and rules are written down as they were", async ({
  folder,
}) => {
  for (const of of [1, 8])
    await runText(
      rewardedBy(`{ rules: { right: { use: right, of: ${of} } }, weights: { right: 1 }, normalise: { epsilon: 0 } }`),
      join(folder, String(of)),
    );
  assert.equal(weightsOf(join(folder, "8")), weightsOf(join(folder, "1"))); // differences and deviations of 8 are 8 times those of 1, exactly
  const [one, eight] = ["1", "8"].map((name) => metricsOf(join(folder, name))[0]!);
  assert.ok((one!.score as number) > 0);
  assert.equal([eight!.score, eight!.rules], [8 * (one!.score as number), { right: 8 * (one!.score as number) }]);
  const [sample] = readJsonLines(join(folder, "8", "main", "seed-1", "samples.jsonl")).lines as { score: number }[];
  assert.ok(sample!.score === 0 || sample!.score === 8);
});

// ---------------------------------------------------------------- invalid

test("invalid, drop-sample: the others train; counted, never 0", async ({ folder }) => {
  await runText(experiment(""), folder, { set: byRow, registry: withComponents(rowNumbers((row) => row === 0)) });
  const [line] = metricsOf(folder);
  assert.equal([line!.invalid, line!.score, line!.rules], [1, 2, { right: 2 }]); // (1 + 2 + 3) / 3
  const [sample] = readJsonLines(join(folder, "main", "seed-1", "samples.jsonl")).lines as Record<string, unknown>[];
  assert.equal([sample!.score, sample!.rules], [null, { right: { invalid: "can't tell" } }]);
});

test("invalid, drop-group: the whole group is left out", async ({ folder }) => {
  await runText(experiment(""), folder, {
    set: [...byRow, "stages.rl.reward.onInvalid=drop-group"],
    registry: withComponents(rowNumbers((row) => row === 0)),
  });
  assert.equal([metricsOf(folder)[0]!.invalid, metricsOf(folder)[0]!.score], [1, 2.5]); // (2 + 3) / 2
});

test("invalid, abort: the run fails, and says where and why", async ({ folder }) => {
  const error = await runText(experiment(""), folder, {
    set: [...byRow, "stages.rl.reward.onInvalid=abort"],
    registry: withComponents(rowNumbers((row) => row === 2)),
  }).catch((reason: unknown) => reason);
  assert.instance(error, RunError);
  assert.is((error as RunError).message, "response 2: no score: right: can't tell (onInvalid: abort) (stage rl, iteration 1)");
  assert.equal([status(folder).status, status(folder).reason], ["failed", (error as RunError).message]);
});

test("invalid, all of them: no score, no mean of a rule, no update, no loss; never 0, and the run has collapsed", async ({
  folder,
}) => {
  const registry = withComponents(rowNumbers((_row) => true));
  const set = [...byRow, "stages.rl.onNonFinite=skip-update"];
  await runText(experiment("collapse: { below: 1, iterations: 4 }"), folder, { set, registry });
  assert.equal(
    [status(folder).status, status(folder).reason],
    ["collapsed", "rl: iteration 4: 4 of 4 updates of the last 4 iterations were skipped, more than 0.5 of them"],
  );
  assert.is(metricsOf(folder).length, 4);
  for (const line of metricsOf(folder)) {
    assert.equal([line.score, line.rules, line.invalid, line.updates, line.skippedUpdates], [undefined, {}, 4, 0, 1]);
    assert.not(["loss", "gradientNorm"].some((name) => name in line));
  }
});

test("a rule that throws stops the run", async ({ folder }) => {
  const throwing = reward({
    name: "row",
    summary: "for tests",
    options: z.strictObject({}),
    create: () => ({
      score: () => {
        throw new Error("no luck");
      },
    }),
  });
  const error = await runText(experiment(""), folder, { set: byRow, registry: withComponents(throwing) }).catch(
    (reason: unknown) => reason,
  );
  assert.is((error as Error).message, "more: reward row at rl.reward.rules.right: no luck (stage rl, iteration 1)");
  assert.is(status(folder).status, "failed");
});

// ---------------------------------------------------------------- not finite

test("not finite: a score; the run ends as collapsed, the response and the formula named", async ({ folder }) => {
  const { status: ended, reason } = await runText(experiment(""), folder, { set: ["stages.rl.reward.formula=1 / right"] });
  assert.is(ended, "collapsed");
  assert.match(reason!, /^rl: iteration 1: the score of response \d is Infinity: 1 \/ right of {"right":0}$/);
  assert.is(metricsOf(folder).length, 1);
  assert.is(metricsOf(folder)[0]!.score, "Infinity");
  assert.is(
    (await runText(experiment(""), folder, { set: ["stages.rl.reward.formula=1 / right"] })).status,
    "collapsed",
    "and stays so",
  );
});

test("not finite, skip-update: left out and counted; the policy stays what it was", async ({ folder }) => {
  const set = ["stages.rl.reward.formula=1 / right", "stages.rl.onNonFinite=skip-update"];
  const rule = "collapse: { iterations: 7 }"; // more than there are: judged at the end
  const { status: ended, reason } = await runText(experiment(rule), folder, { set });
  assert.equal([ended, reason], ["collapsed", "rl: iteration 6: 6 of 6 updates of the run were skipped, more than 0.5 of them"]);
  assert.equal(
    metricsOf(folder).map(({ loss, updates, skippedUpdates }) => [loss, updates, skippedUpdates]),
    [1, 2, 3, 4, 5, 6].map(() => [undefined, 0, 1]),
  );
  const results = readJson(join(folder, "main", "seed-1", "results.json")) as { results: object }[];
  assert.equal(results[0]!.results, { updates: 0, skippedUpdates: 6 });
  const part = createModel(fakeModel);
  const { randomStream } = await import("@rewardlab/statistics/random");
  const first = part.initialParameters(randomStream(1, "initial-parameters"));
  const last = readTensors(join(folder, "main", "seed-1", "model.safetensors"));
  for (const name of ["start", "next"]) assert.equal(last[name]!.dataSync(), first[name]!.dataSync());
  tf.dispose([first, last]);
});

/** The fake model, but that the training pass gives NaN for every end of a response. */
const nanAtEnds = model({
  name: "nan-at-ends",
  summary: "for tests",
  options: z.strictObject({}),
  create: () => {
    const part = createModel(fakeModel);
    return {
      ...part,
      logProbs: (parameters, prompts, responses, temperature) =>
        tf.tidy(() => {
          const sound = part.logProbs(parameters, prompts, responses, temperature); // [B, T]
          return tf.where(tf.equal(responses.responseIds, part.tokenizer.endId), NaN, sound) as tf.Tensor2D; // [B, T]
        }),
    };
  },
});

test("not finite: a log-probability in the training pass; tensor, response, token and word named", async ({ folder }) => {
  const { status: ended, reason } = await runText(experiment(""), folder, {
    set: ["model=nan-at-ends"],
    registry: withComponents(nanAtEnds),
  });
  assert.is(ended, "collapsed");
  assert.match(reason!, /^rl: iteration 1: the policy's log-probability is NaN at response \d, token \d \(""\)$/);
});

test("not finite: the reference's log-probability", async ({ folder }) => {
  const { reason } = await runText(experiment("kl: { use: k1, in: loss, coefficient: 1 }"), folder, {
    set: ["model=nan-at-ends"],
    registry: withComponents(nanAtEnds),
  });
  assert.match(reason!, /the reference log-probability is NaN at response \d, token \d/);
});

const nanSurrogate = surrogate({
  name: "nan-surrogate",
  summary: "for tests",
  options: z.strictObject({}),
  create: () => ({ apply: ({ ratio }) => tf.mul(ratio, NaN) as tf.Tensor2D }), // [B, T]
});

test("not finite: a loss whose log-probabilities are sound", async ({ folder }) => {
  const { reason } = await runText(experiment(""), folder, {
    set: ["stages.rl.loss.surrogate=nan-surrogate"],
    registry: withComponents(nanSurrogate),
  });
  assert.is(reason, "rl: iteration 1: the loss is NaN");
});

test("not finite: a step so large that the weights would not stay finite is refused", async ({ folder }) => {
  const { status: ended, reason } = await runText(experiment("gradientClip: null"), folder, {
    set: ["stages.rl.optimizer={ use: sgd, learningRate: 1.0e+39 }"],
  });
  assert.is(ended, "collapsed");
  assert.match(reason!, /iteration 1: the updated value of .* is (NaN|-?Infinity) at element \d+/);
});

test("collapse: a score that stays low ends the run as collapsed", async ({ folder }) => {
  let call = 0;
  const falling = reward({
    name: "row",
    summary: "for tests",
    options: z.strictObject({}),
    create: () => ({ score: ({ responses }) => responses.map(() => (++call <= 4 ? 1 : 0.1)) }),
  });
  const { status: ended, reason } = await runText(experiment("collapse: { below: 0.5, iterations: 2 }"), folder, {
    set: byRow,
    registry: withComponents(falling),
  });
  assert.is(ended, "collapsed");
  assert.is(
    reason,
    "rl: iteration 3: the mean score was below 0.5 of the first iteration's (1.000) for 2 iterations, 0.100 at last",
  );
  assert.is(metricsOf(folder).length, 3);

  // Killed before the artefact was written: the run comes to the same end again, with the same lines.
  const lines = metricsOf(folder);
  for (const file of ["artefact.json", "model.safetensors"]) rmSync(join(folder, "main", "seed-1", file));
  const again = await runText(experiment("collapse: { below: 0.5, iterations: 2 }"), folder, {
    set: byRow,
    registry: withComponents(falling),
  });
  assert.equal([again.status, again.reason], [ended, reason]);
  assert.equal(metricsOf(folder), lines);
});

test("status, experiment and provenance lie beside the metrics", async ({ folder }) => {
  await runText(experiment(""), folder);
  const run = join(folder, "main", "seed-1");
  assert.equal([status(folder).status, status(folder).reason], ["done", null]);
  assert.match(readFileSync(join(run, "experiment.yaml"), "utf8"), /use: discounted-return\n\s+gamma: 1/);
  const provenance = readJson(join(run, "provenance.json")) as Record<string, unknown>;
  assert.equal([provenance.experiment, provenance.cell, provenance.seed, provenance.data], ["fake", "main", 1, "fake-24"]);
});

test.run();
