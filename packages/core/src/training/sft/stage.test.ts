import "@tensorflow/tfjs";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { InputError, readJson, readJsonLines } from "@rewardlab/storage";
import { runInterrupted, runText } from "../../testing/run.ts";
import { inFolder } from "../../testing/in-folder.ts";
import { suite } from "uvu";

const test = inFolder(suite("sft", { folder: "", tensors: 0 }));

const experiment = (sft = "", learningRate = 0.3) => `name: fake
model: fake
data: fake-items
stages:
  - coldStart:
      use: sft
      optimizer: { use: adamw, learningRate: 1 }
      checkpointEvery: 4
      phases:
        - { steps: 5, batch: 8, learningRate: ${learningRate} }
        - { steps: 5, batch: 5, learningRate: ${learningRate}, schedule: { use: linear-warmup, steps: 2 }, targets: { thought: 2, caption: 1 } }
      ${sft}
  - evaluate: { use: evaluate, maxNewTokens: 4 }
`;

const artefact = (root: string) => {
  const name = readdirSync(join(root, "artefacts")).find((folder) => folder.startsWith("coldStart-"));
  return join(root, "artefacts", name!);
};
const bytes = (root: string) =>
  ["metrics.jsonl", "model.safetensors"].map((file) => readFileSync(join(artefact(root), file)).toString("base64"));
const lines = (root: string) =>
  readJsonLines(join(artefact(root), "metrics.jsonl")).lines as {
    step: number;
    phase: number;
    loss: number;
    learningRate: number;
  }[];

test("the loss falls, phase by phase, and the responses are learnt", async ({ folder }) => {
  await runText(experiment("", 0.5), folder);
  const steps = lines(folder);
  assert.equal(
    steps.map(({ step, phase }) => [step, phase]),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((step) => [step, step <= 5 ? 1 : 2]),
  );
  assert.ok(steps.at(-1)!.loss < steps[0]!.loss / 3, `${steps[0]!.loss} to ${steps.at(-1)!.loss}`);
  // linear warm-up over 2 steps: half the peak, then the peak
  assert.equal(
    steps.slice(5, 8).map(({ learningRate }) => learningRate),
    [0.25, 0.5, 0.5],
  );
});

test("the first loss is −log π(token) over the batch's target tokens: three of five words, near log 5", async ({ folder }) => {
  await runText(experiment(), folder, { set: ["model.scale=0"] });
  assert.ok(Math.abs(lines(folder)[0]!.loss - Math.log(5)) < 1e-6);
});

test("micro-batches change memory, not results", async ({ folder }) => {
  await runText(experiment(), join(folder, "whole"));
  await runText(experiment("microbatch: 3"), join(folder, "parts"));
  lines(join(folder, "whole")).forEach(({ loss }, index) =>
    assert.ok(Math.abs(loss - lines(join(folder, "parts"))[index]!.loss) < 1e-5),
  );
});

for (const places of [[1], [4], [6], [2, 5, 9]])
  test(`stopped after step ${places.join(", ")} and run again: the same bytes`, async ({ folder }) => {
    await runText(experiment(), join(folder, "whole"));
    await runInterrupted(
      experiment(),
      join(folder, "stopped"),
      places.map((at) => ["coldStart", at] as const),
    );
    assert.equal(bytes(join(folder, "stopped")), bytes(join(folder, "whole")));
  });

test("checkpoints: after every so many steps, and after none between", async ({ folder }) => {
  const seen: string[][] = [];
  await runText(experiment(), folder, {
    set: ["stages.coldStart.checkpointEvery=3"],
    stopAt: (what) => {
      const checkpoints = join(artefact(folder), "checkpoints");
      if (what === "coldStart") seen.push(existsSync(checkpoints) ? readdirSync(checkpoints).map(Number).map(String) : []); // before the step's own
      return false;
    },
  });
  assert.equal(seen, [[], [], [], ["3"], ["3"], ["3"], ["3", "6"], ["3", "6"], ["3", "6"], ["6", "9"]]);
});

test("a finished artefact keeps neither checkpoints nor lock", async ({ folder }) => {
  await runText(experiment(), folder);
  assert.equal(readdirSync(artefact(folder)).sort(), ["artefact.json", "metrics.jsonl", "model.safetensors"]);
});

test("seeds share a cold start that has a seed of its own, and have their own without", async ({ folder }) => {
  const artefacts = (root: string) => readdirSync(join(root, "artefacts")).filter((name) => name.startsWith("coldStart-")).length;
  for (const seed of [1, 2]) {
    await runText(experiment("seed: 7"), join(folder, "shared"), { seed });
    await runText(experiment(), join(folder, "own"), { seed });
  }
  assert.equal([artefacts(join(folder, "shared")), artefacts(join(folder, "own"))], [1, 2]);
});

test("not finite: the run is reported as collapsed, and the weights are those before the step", async ({ folder }) => {
  const { status, reason } = await runText(experiment("gradientClip: null"), folder, {
    set: [
      "stages.coldStart.phases=[{ steps: 3, batch: 4, learningRate: 1.0e+39 }]",
      "stages.coldStart.optimizer={ use: sgd, learningRate: 1 }",
    ],
  });
  assert.is(status, "collapsed");
  assert.match(reason!, /^coldStart: step 1: the updated value of .* is (NaN|-?Infinity) at element \d+/);
  assert.is((readJson(join(artefact(folder), "artefact.json")) as { status: string }).status, "collapsed");
});

test("a target that the data don't have", async ({ folder }) => {
  const error = await runText(experiment(), folder, {
    set: ["stages.coldStart.phases=[{ steps: 3, batch: 4, learningRate: 1, targets: { poem: 1 } }]"],
  }).catch((reason: unknown) => reason);
  assert.instance(error, InputError);
  assert.match((error as InputError).message, /data item item-\d+: has no target "poem" to learn from; it has thought, caption/);
});

test("nothing to learn from", async ({ folder }) => {
  const error = await runText(experiment(), folder, { set: ["data.train=0"] }).catch((reason: unknown) => reason);
  assert.instance(error, InputError);
  assert.match((error as InputError).message, /has no items/);
});

test.run();
