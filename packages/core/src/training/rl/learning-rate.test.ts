import "@tensorflow/tfjs";
import { rmSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { temporaryFolder } from "../../testing/experiment.ts";
import { metricsOf, runText } from "../../testing/run.ts";

const test = suite("learning rate", { folder: "" });
test.before.each((context) => void (context.folder = temporaryFolder()));
test.after.each(({ folder }) => rmSync(folder, { recursive: true }));

const experiment = (schedule: string) => `name: fake
model: fake
data: fake-items
stages:
  - rl:
      use: rl
      algorithm: steady
      iterations: 5
      rollout: { prompts: 4, maxNewTokens: 4 }
      reward: { rules: { right: right }, formula: right }
      optimizer: { use: sgd, learningRate: 0.5 }
      schedule: ${schedule}
      collapse: null
`;
async function rates(folder: string, schedule: string): Promise<number[]> {
  await runText(experiment(schedule), folder);
  return metricsOf(folder).map(({ learningRate }) => learningRate as number);
}

test("the first iteration is a schedule's step 0, and the run's iterations are all its steps", async ({ folder }) => {
  // min(1, (s + 1)/4) · 0.5 for s = 0 … 4
  assert.equal(await rates(folder, "{ use: linear-warmup, steps: 4 }"), [0.125, 0.25, 0.375, 0.5, 0.5]);
});

test("a cosine goes down over the whole run, and its end lies one step behind the last", async ({ folder }) => {
  // 0.5 · ½(1 + cos(π s/5)): cos 36° = (1 + √5)/4, cos 72° = (√5 − 1)/4
  const [c36, c72] = [(1 + Math.sqrt(5)) / 4, (Math.sqrt(5) - 1) / 4];
  const expected = [1, c36, c72, -c72, -c36].map((cosine) => (1 + cosine) / 4);
  const found = await rates(folder, "cosine");
  assert.is(found.length, 5);
  found.forEach((rate, index) => assert.ok(Math.abs(rate - expected[index]!) < 1e-12, `${rate}, expected ${expected[index]}`));
});

test("counted in optimizer steps: two epochs of two minibatches are four steps an iteration; the line has their mean", async ({
  folder,
}) => {
  // min(1, (s + 1)/10) · 0.5 for s = 0 … 19: the first iteration 0.05, 0.1, 0.15, 0.2, the second 0.25 … 0.4, the third 0.45, 0.5 twice
  const text = "{ use: linear-warmup, steps: 10 }\n      scheduleStep: update\n      update: { epochs: 2, minibatch: 2 }";
  const found = await rates(folder, text);
  [0.125, 0.325, 0.4875, 0.5, 0.5].forEach((rate, index) => assert.ok(Math.abs(found[index]! - rate) < 1e-12, `${found}`));
});

test.run();
