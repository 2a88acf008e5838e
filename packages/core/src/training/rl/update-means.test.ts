import "@tensorflow/tfjs";
import { rmSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { temporaryFolder } from "../../testing/experiment.ts";
import { metricsOf, runText } from "../../testing/run.ts";

const test = suite("update means", { folder: "" });
test.before.each((context) => void (context.folder = temporaryFolder()));
test.after.each(({ folder }) => rmSync(folder, { recursive: true }));

/** Two updates an iteration; the advantage is the score itself. */
const experiment = (formula: string, learningRate: number) => `name: fake
model: fake
data: fake-items
stages:
  - rl:
      use: rl
      algorithm: steady
      iterations: 2
      rollout: { prompts: 8, maxNewTokens: 4 }
      reward: { rules: { right: right }, formula: ${formula} }
      advantage: [discounted-return]
      loss: { ratio: token, surrogate: plain, aggregate: token-mean }
      update: { minibatch: 4 }
      optimizer: { use: sgd, learningRate: ${learningRate} }
      collapse: null
`;

test("advantages of 0: no loss, no gradient, and both updates are counted", async ({ folder }) => {
  await runText(experiment("0 * right", 0.25), folder);
  for (const { loss, gradientNorm, learningRate, updates, skippedUpdates } of metricsOf(folder))
    assert.equal([Math.abs(loss as number), gradientNorm, learningRate, updates, skippedUpdates], [0, 0, 0.25, 2, 0]);
});

test("loss and gradient norm are means over the updates: twice the score is twice the mean", async ({ folder }) => {
  // a step of 1e-12 moves nothing, so that both runs see the same ratios of 1 and the same responses
  await runText(experiment("right + 1", 1e-12), folder);
  const [once] = metricsOf(folder);
  rmSync(folder, { recursive: true });
  await runText(experiment("2 * (right + 1)", 1e-12), folder);
  const [twice] = metricsOf(folder);
  for (const name of ["loss", "gradientNorm"] as const) {
    const [one, two] = [once![name] as number, twice![name] as number];
    assert.ok(Math.abs(one) > 0.01, `${name} ${one}`);
    assert.ok(Math.abs(two - 2 * one) < 1e-5, `${name}: ${one} and ${two}`);
  }
  assert.is((twice!.score as number) / (once!.score as number), 2);
});

test.run();
