import { test } from "uvu";
import * as assert from "uvu/assert";
import { loadText, problemsOf, soundExperiment } from "../../testing/experiment.ts";

/** Sets one option of the sound experiment. */
const sound = (set: string) => loadText(soundExperiment, [`stages.${set}`]);
const refused = (set: string) => problemsOf(soundExperiment, [`stages.${set}`]);

for (const [option, smallest, below] of [
  ["coldStart.seed", "0", "-1"],
  ["coldStart.checkpointEvery", "1", "0"],
  ["coldStart.microbatch", "1", "0"],
  ["coldStart.gradientClip", "1e-9", "0"],
  ["rl.iterations", "1", "0"],
  ["rl.rollout.prompts", "1", "0"],
  ["rl.rollout.samplesPerPrompt", "1", "0"],
  ["rl.rollout.temperature", "1e-9", "0"],
  ["rl.rollout.maxNewTokens", "1", "0"],
  ["rl.update.epochs", "1", "0"],
  ["rl.update.minibatch", "1", "0"],
  ["rl.update.microbatch", "1", "0"],
  ["rl.gradientClip", "1e-9", "0"],
  ["rl.collapse.below", "0", "-0.01"],
  ["rl.collapse.iterations", "1", "0"],
  ["rl.collapse.skipped", "0", "-0.01"],
  ["rl.checkpointEvery", "1", "0"],
  ["rl.samplesKept", "0", "-1"],
  ["evaluate.items", "1", "0"],
  ["evaluate.voting", "[1]", "[0]"],
  ["evaluate.voting", "[1]", "[]"],
  ["evaluate.temperature", "1e-9", "-0.01"],
  ["evaluate.maxNewTokens", "1", "0"],
  ["evaluate.prompts", "1", "0"],
  ["evaluate.seed", "0", "-1"],
  ["evaluate.samplesKept", "0", "-1"],
] as const)
  test(`options: ${option} may be ${smallest}, and not ${below}`, async () => {
    await sound(`${option}=${smallest}`);
    assert.match(await refused(`${option}=${below}`), option.split(".").at(-1)!);
  });

for (const [option, largest, above] of [
  ["rl.collapse.below", "1", "1.01"],
  ["rl.collapse.skipped", "1", "1.01"],
  ["evaluate.on", "[data.test]", "[data.test, data.train]"],
] as const)
  test(`options: ${option} may be ${largest}, and not ${above}`, async () => {
    await sound(`${option}=${largest}`);
    assert.match(await refused(`${option}=${above}`), option.split(".").at(-1)!);
  });

test("options: what is not said", async () => {
  const { cells } = await loadText(soundExperiment);
  const [coldStart, rl, evaluate] = cells[0]!.stages.map(({ stage }) => stage.options as Record<string, never>);
  const of = (options: Record<string, unknown>, ...names: string[]) => names.map((name) => options[name]);
  assert.equal(of(coldStart!, "gradientClip", "microbatch", "seed", "checkpointEvery"), [1, null, null, 100]);
  assert.equal(of(rl!, "gradientClip", "onNonFinite", "checkpointEvery", "samplesKept"), [1, "stop", 5, 4]);
  assert.equal(of(rl!, "critic", "kl", "scheduleStep"), [null, null, "iteration"]);
  assert.equal(rl!.update, { epochs: 1, minibatch: null, shuffle: "responses", microbatch: null });
  assert.equal(rl!.collapse, { below: 0.5, iterations: 5, skipped: 0.5 });
  assert.equal(rl!.rollout, { prompts: 4, samplesPerPrompt: 1, temperature: 1, maxNewTokens: 4 });
  assert.equal(of(evaluate!, "on", "items", "temperature", "prompts", "seed", "samplesKept"), [
    ["data.test"],
    null,
    1,
    32,
    0,
    24,
  ]);
  const critic = await loadText(soundExperiment, ["stages.rl.critic={}", "stages.rl.advantage=[{ use: gae, lambda: 1 }]"]);
  assert.equal((critic.cells[0]!.stages[1]!.stage.options as { critic: object }).critic, { coefficient: 0.1, clip: 0.2 });
});

test("options: a coefficient of 0 that adapts would stay 0", async () => {
  const adaptive = "adaptive: { target: 0.1, horizon: 10 }";
  assert.match(
    await refused(`rl.kl={ use: k1, in: reward, coefficient: 0, ${adaptive} }`),
    /rl\.kl\.coefficient: is 0, and an adaptive coefficient starts from it/,
  );
  await sound(`rl.kl={ use: k1, in: reward, coefficient: 0.1, ${adaptive} }`);
  await sound("rl.kl={ use: k1, in: reward, coefficient: 0 }");
});

test.run();
