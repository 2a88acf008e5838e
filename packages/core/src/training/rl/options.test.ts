import { totalmem } from "node:os";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { loadText, problemsOf, soundExperiment } from "../../testing/experiment.ts";

const sets = (options: readonly string[]) => options.map((one) => `stages.rl.${one}`);
const sound = (...options: readonly string[]) => loadText(soundExperiment, sets(options));
/** What is wrong, without where it was written. */
const refused = async (...options: readonly string[]) =>
  (await problemsOf(soundExperiment, sets(options))).replaceAll(/^--set [^\n]*?: (?=stages\.)/gm, "");
const GROUPS = "rollout.samplesPerPrompt=2";

test("rl checks: a rollout that doesn't fit into memory: 24 bytes a token and 128 a response at the least", async () => {
  const rollout = (prompts: number, most: number) =>
    `rollout={ prompts: ${prompts}, samplesPerPrompt: 2, maxNewTokens: ${most} }`;
  const most = Math.floor((totalmem() / 2000 - 128) / 24); // 6 numbers of 4 bytes
  await sound(rollout(1000, most - 1));
  assert.match(
    await refused(rollout(1000, most + 1)),
    /rl\.rollout: a rollout of 1000 × 2 responses of \d+ tokens: takes at least/,
  );
});

test("rl checks: more steps than a year has milliseconds, told where most of them come from", async () => {
  const year = 365 * 24 * 3600 * 1000;
  await sound(`iterations=${year}`);
  assert.match(await refused(`iterations=${year + 1000}`), /rl\.iterations: 3\.15e\+10 epochs over rollouts/);
  assert.match(await refused(`update.epochs=${year}`, "iterations=5"), /rl\.update\.epochs: 1\.58e\+11 epochs/);
  assert.match(await refused("update.epochs=1000000", "iterations=1000000"), /rl\.iterations: 1\.00e\+12/);
});

test("rl checks: an adaptive coefficient's horizon is more than a fifth of an iteration's responses", async () => {
  const kl = (horizon: number) => `kl={ use: k1, in: reward, coefficient: 0.1, adaptive: { target: 0.1, horizon: ${horizon} } }`;
  // 4 prompts × 5 responses = 20: a fifth is 4
  await sound("rollout.samplesPerPrompt=5", kl(4.01));
  assert.match(
    await refused("rollout.samplesPerPrompt=5", kl(4)),
    /rl\.kl\.adaptive\.horizon: 4 is given, and with 20 responses an iteration the coefficient could turn negative; expected more than 4\b/,
  );
  await sound("kl={ use: k1, in: loss, coefficient: 0.1 }");
});

test("rl checks: a step that compares the responses to a prompt needs two", async () => {
  const chain = (singleton: string) => `advantage=[{ use: group-centre${singleton} }, spread, whiten]`;
  assert.match(
    await refused(chain("")),
    /rl\.advantage\.?\[?0\]?: group-centre compares the responses to a prompt, and rollout\.samplesPerPrompt is 1/,
  );
  await sound(chain(""), GROUPS);
  await sound(chain(", singleton: score"));
  assert.match(await refused(chain(", singleton: zero")), /group-centre compares/);
  assert.match(
    await refused("advantage=[spread, whiten]", "sampler=[all, dynamic]"),
    /rl\.sampler\.?\[?1\]?: dynamic compares the responses to a prompt/,
  );
  await sound("sampler=[all, dynamic]", GROUPS);
});

test("rl checks: gae and a critic need one another", async () => {
  assert.match(
    await refused("advantage=[{ use: gae, lambda: 1 }, whiten]"),
    /rl\.advantage\.?\[?0\]?: gae needs a critic's values, and there is no critic/,
  );
  assert.match(await refused("critic={}"), /rl\.critic: no step of the advantage chain uses its values/);
  await sound("critic={}", "advantage=[{ use: gae, lambda: 1 }, whiten]");
});

test("rl checks: a KL penalty in the reward is taken off by some step", async () => {
  const chain = "advantage=[spread, whiten]";
  assert.match(
    await refused(chain, "kl={ use: k1, in: reward, coefficient: 0.1 }"),
    /rl\.kl: is in the reward, and no step of the advantage chain takes it off/,
  );
  await sound(chain, "kl={ use: k1, in: loss, coefficient: 0.1 }");
  await sound("advantage=[discounted-return]", "kl={ use: k1, in: reward, coefficient: 0.1 }");
});

test("rl checks: a chain goes from scores to tokens, once", async () => {
  assert.match(
    await refused("advantage=[whiten]"),
    /rl\.advantage\.?\[?0\]?: whiten takes tokens, and what reaches it here is one number per response; put/,
  );
  assert.match(
    await refused("advantage=[spread, group-centre]", GROUPS),
    /rl\.advantage\.?\[?1\]?: group-centre takes scores, and what reaches it here is one number per token already/,
  );
  assert.match(
    await refused("advantage=[group-centre]", GROUPS),
    /rl\.advantage: the chain ends with one number per response; add/,
  );
  await sound("advantage=[group-centre, spread, whiten]", GROUPS);
  // a step that isn't there is told of by itself
  const unknown = await refused("advantage=[whitem]", "kl={ use: k1, in: reward, coefficient: 0.1 }", "critic={}");
  assert.match(unknown, /1 problem/);
});

test("rl checks: an algorithm that names no sampler, KL or critic has none, whatever lies below it", async () => {
  const { cells } = await sound();
  const { sampler, kl, critic } = cells[0]!.stages[1]!.stage.options as {
    sampler: { component: { name: string } }[];
    kl: unknown;
    critic: unknown;
  };
  assert.equal([sampler.map(({ component }) => component.name), kl, critic], [["all"], null, null]);
});

test.run();
