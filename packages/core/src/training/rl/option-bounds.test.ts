import { totalmem } from "node:os";
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
  assert.equal(rl!.rollout, { prompts: 4, samplesPerPrompt: 1, temperature: 1, maxNewTokens: 4, staleness: 0 });
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

test("options: an evaluation that says nothing draws one sample of at most 48 tokens", async () => {
  const { cells } = await loadText(soundExperiment.replace("evaluate, maxNewTokens: 4, voting: [1, 3]", "evaluate"));
  const { voting, maxNewTokens, rules } = cells[0]!.stages[2]!.stage.options as Record<string, unknown>;
  assert.equal([voting, maxNewTokens, rules], [[1], 48, {}]);
});

test("options: an evaluation that can't be: votes of the one greedy answer, samples beyond the memory", async () => {
  const one = soundExperiment.replace("voting: [1, 3]", "voting: [1]");
  await loadText(one, ["stages.evaluate.temperature=0"]);
  assert.match(
    await refused("evaluate={ use: evaluate, temperature: 0, voting: [2] }"),
    /evaluate\.voting: 2 votes at temperature 0/,
  );
  assert.match(await refused("evaluate.temperature=0"), /evaluate\.voting: 3 votes at temperature 0/);
  // 128 bytes a sample, and 8 a token
  const third = Math.floor((totalmem() / 3 - 128) / 8);
  await sound(`evaluate.maxNewTokens=${third - 1}`);
  assert.match(
    await refused(`evaluate.maxNewTokens=${third + 1}`),
    /evaluate\.maxNewTokens: 3 samples of \d+ tokens to a question: takes at least/,
  );
  assert.match(await refused(`evaluate.voting=[${third}]`), /evaluate\.voting: \d+ samples of 4 tokens to a question/);
});

test("options: a cold start that can't be: more steps than a year has, a batch beyond the memory", async () => {
  const phase = (steps: number, batch: number) =>
    `coldStart.phases=[{ steps: 1, batch: 1 }, { steps: ${steps}, batch: ${batch} }]`;
  const [year, batch] = [365 * 24 * 3600 * 1000, Math.floor(totalmem() / 256)];
  await sound(phase(year, batch));
  assert.match(await refused(phase(year + 1000, 1)), /coldStart\.phases\.?\[?1\]?\.steps: 3\.15e\+10 steps/);
  assert.match(await refused(phase(1, batch + 1)), /coldStart\.phases\.?\[?1\]?\.batch: a batch of \d+ examples: takes at least/);
  await sound("coldStart.phases=[{ steps: 1, batch: 1, targets: { thought: 0, caption: 0.25 } }]");
  assert.match(
    await refused("coldStart.phases=[{ steps: 1, batch: 1, targets: { thought: 0 } }]"),
    /at least one target with a share above 0/,
  );
  assert.match(await refused("coldStart.phases=[]"), /phases/);
  assert.match(await refused("coldStart.items=0"), /items/);
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
