import "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D } from "@tensorflow/tfjs-core";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { z } from "zod";
import { readJson, readJsonLines } from "@rewardlab/storage";
import { splitOf } from "../../items/items.ts";
import type { PreferenceItem } from "../../kinds.ts";
import { dataset, model, pairLoss } from "../../plugin/component.ts";
import { definePlugin } from "../../plugin/plugin.ts";
import { readTensors } from "../../run/tensor-files.ts";
import { fakeRegistry, problemsOf } from "../../testing/experiment.ts";
import { fakeItems, fakeModel } from "../../testing/fake-model.ts";
import { inFolder } from "../../testing/in-folder.ts";
import { runInterrupted, runText } from "../../testing/run.ts";
import { createModel } from "../../testing/tensors.ts";

const test = inFolder(suite("reward head", { folder: "", tensors: 0 }));

/** −log σ(r_c − r_r − m). */
const logistic = pairLoss({
  name: "logistic",
  summary: "for tests",
  options: z.strictObject({}),
  create: () => ({
    apply: ({ chosen, rejected, margins }) =>
      tf.tidy(() => tf.softplus(tf.sub(margins ?? tf.zerosLike(chosen), tf.sub(chosen, rejected))) as Tensor1D), // [P]
  }),
});

/** A thought is better than an answer; every fourth item is a tie, and of the test items the last one says the opposite. */
const pairOfTexts = (count: number, from: number): PreferenceItem[] =>
  fakeItems(count, from).map((item, index) => ({
    ...item,
    responses: item.preferred === 1 ? ["<think>t</think>", "<answer>1</answer>"] : ["<answer>1</answer>", "<think>t</think>"],
    preferred: index % 4 === 3 ? "tie" : item.preferred,
    extra: { gap: index },
  }));
const pairsOfTexts = dataset({
  name: "pairs",
  summary: "for tests",
  options: z.strictObject({ ties: z.boolean().default(false).describe("ties alone") }),
  create: ({ ties }) => ({
    hash: `pairs-${ties}`,
    splits: ["train", "test"],
    open: async (split) => {
      if (ties) return splitOf(pairOfTexts(4, 0).map((item) => ({ ...item, preferred: "tie" as const })));
      const items = split === "train" ? pairOfTexts(16, 0) : pairOfTexts(9, 100);
      const last = items.at(-1)!;
      const swapped = { ...last, responses: [last.responses[1], last.responses[0]] as const };
      return splitOf(split === "train" ? items : [...items.slice(0, -1), swapped]);
    },
  }),
});
const headless = model({
  name: "headless",
  summary: "for tests",
  options: z.strictObject({}),
  create: () => {
    const { valueHead: _, ...rest } = createModel(fakeModel);
    return rest;
  },
});
const registry = fakeRegistry(definePlugin({ name: "pairs", api: "^1", components: [logistic, pairsOfTexts, headless] }));

const experiment = (head = "", compare = true) => `name: fake
model: fake
data: pairs
stages:
  - scores: { use: reward-head, loss: logistic, steps: 6, batch: 4, optimizer: { use: sgd, learningRate: 0.5 }, gradientClip: null, checkpointEvery: 2${head} }
${compare ? "  - compared: { use: compare-scores, pairs: 4 }\n" : ""}`;

interface Compared {
  readonly accuracy: number;
  readonly pairs: number;
  readonly perItem: readonly number[];
  readonly equal: number;
  readonly margin: number;
  readonly byPreferred: Readonly<Record<string, { readonly pairs: number }>>;
}

const artefact = (root: string, stage: string) =>
  join(
    root,
    "artefacts",
    readdirSync(join(root, "artefacts")).find((name) => name.startsWith(`${stage}-`))!,
  );
const lines = (root: string) => readJsonLines(join(artefact(root, "scores"), "metrics.jsonl")).lines as Record<string, number>[];
const results = (root: string) =>
  readJson(join(root, "main", "seed-1", "results.json")) as { name: string; results: Record<string, unknown> }[];

test("the head learns: a step of ½ of the learning rate for each of the two tokens, and the pairs are in order", async ({
  folder,
}) => {
  await runText(experiment(), folder, { registry });
  const [one, two] = lines(folder);
  // at first all values are 0: log 2, nothing in order. ∂L/∂r = ∓½, so after a step the difference is 0.5·½·2 = 0.5
  assert.ok(Math.abs(one!.loss! - Math.LN2) < 1e-6);
  assert.is(one!.pairAccuracy, 0);
  assert.is(one!.scoreMargin, 0);
  assert.ok(Math.abs(one!.gradientNorm! - Math.SQRT1_2) < 1e-6);
  assert.ok(Math.abs(two!.scoreMargin! - 0.5) < 1e-6);
  assert.ok(Math.abs(two!.loss! - Math.log(1 + Math.exp(-0.5))) < 1e-6);
  assert.is(two!.pairAccuracy, 1);
  assert.ok(Math.abs(two!.meanScore!) < 1e-6);
  const [scores, compared] = results(folder);
  assert.equal(scores!.results, { steps: 6, pairs: 12 });
  // 9 test items, two of them ties; the last one is the other way round
  const { accuracy, pairs, perItem, equal, margin, byPreferred } = compared!.results as unknown as Compared;
  assert.equal([pairs, equal, perItem], [7, 0, [1, 1, 1, 1, 1, 1, 0]]);
  assert.ok(Math.abs(accuracy - 6 / 7) < 1e-9);
  assert.ok(margin > 0);
  assert.is(
    Object.values(byPreferred).reduce((sum, group) => sum + group.pairs, 0),
    7,
  );
});

test("micro-batches change memory, not results", async ({ folder }) => {
  await runText(experiment("", false), join(folder, "whole"), { registry });
  await runText(experiment(", microbatch: 3", false), join(folder, "parts"), { registry });
  const parts = lines(join(folder, "parts"));
  lines(join(folder, "whole")).forEach((line, index) =>
    ["loss", "pairAccuracy", "scoreMargin", "gradientNorm"].forEach((name) =>
      assert.ok(Math.abs(line[name]! - parts[index]![name]!) < 1e-5, name),
    ),
  );
});

test("the head alone, or the policy's layers with it", async ({ folder }) => {
  await runText(experiment(", trains: head", false), folder, { registry });
  const moved = readTensors(join(artefact(folder, "scores"), "model.safetensors"));
  assert.ok((moved["value.next"]!.arraySync() as number[][]).flat().some((value) => value !== 0));
  tf.dispose(moved as never);
  const loss = lines(folder).at(-1)!.loss!;
  assert.ok(loss < Math.LN2 / 2, `${loss}`);
});

test("stopped and run again: the same bytes", async ({ folder }) => {
  const text = experiment("", false);
  const bytes = (root: string) =>
    ["metrics.jsonl", "model.safetensors"].map((file) => readFileSync(join(artefact(root, "scores"), file)).toString("base64"));
  await runText(text, join(folder, "whole"), { registry });
  await runInterrupted(
    text,
    join(folder, "stopped"),
    [
      ["scores", 1],
      ["scores", 4],
    ],
    { registry },
  );
  assert.equal(bytes(join(folder, "stopped")), bytes(join(folder, "whole")));
});

test("margins from a column of the data", async ({ folder }) => {
  await runText(experiment(", margins: gap", false), folder, {
    registry,
    set: ["stages.scores.batch=12", "stages.scores.steps=1"],
  });
  // of the twelve pairs, items 0 … 14 without 3, 7, 11: the mean of log(1 + e^gap)
  const gaps = Array.from({ length: 16 }, (_, index) => index).filter((index) => index % 4 !== 3);
  const expected = gaps.reduce((sum, gap) => sum + Math.log(1 + Math.exp(gap)), 0) / gaps.length;
  assert.ok(Math.abs(lines(folder)[0]!.loss! - expected) < 1e-5);
  let message = "";
  await runText(experiment(", margins: width", false), join(folder, "wrong"), { registry }).catch(
    (error: Error) => (message = error.message),
  );
  assert.match(message, /data item item-\d+: width is missing, expected the pair's margin, a number/);
});

test("a step that isn't finite ends the stage as collapsed", async ({ folder }) => {
  const status = await runText(experiment("", false), folder, { registry, set: ["stages.scores.optimizer.learningRate=1e39"] });
  assert.is(status.status, "collapsed");
});

test("refused: a model without a head, ties alone, scores that no stage has learnt", async ({ folder }) => {
  const refused = async (text: string, set: readonly string[], root: string) => {
    try {
      await runText(text, join(folder, root), { registry, set });
    } catch (error) {
      return (error as Error).message;
    }
    return "nothing was refused";
  };
  assert.match(
    await refused(experiment(), ["model=headless"], "headless"),
    /stages\.scores: the model has no value head, expected one that has$/,
  );
  assert.match(await refused(experiment(), ["data.ties=true"], "ties"), /none of 4 items has a better response/);
  const alone = "name: fake\nmodel: fake\ndata: pairs\nstages:\n  - compared: { use: compare-scores }\n";
  assert.match(await refused(alone, [], "alone"), /stages\.compared: no stage before has trained a value head/);
  assert.match(await problemsOf(experiment().replace("logistic", "logistik"), [], registry), /there is no pair-loss "logistik"/);
});

test.run();
