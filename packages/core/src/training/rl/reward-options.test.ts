import { test } from "uvu";
import * as assert from "uvu/assert";
import { loadText, problemsOf, soundExperiment } from "../../testing/experiment.ts";

const withReward = (reward: string) => soundExperiment.replace("{ rules: { right: right }, formula: right }", reward);
/** The report without its first line: the places, the sources and what is wrong. */
const report = async (reward: string) => (await problemsOf(withReward(reward))).split("\n").slice(1).join("\n");

/** How many problems there are, and where the first one's caret stands: the text from there on. */
async function pointsAt(reward: string): Promise<readonly [problems: number, at: string, said: string]> {
  const text = await problemsOf(withReward(reward));
  const lines = text.split("\n");
  const caret = lines.findIndex((line) => /^[\s|]*\^/.test(line));
  return [Number(/(\d+) problem/.exec(lines[0]!)![1]), lines[caret - 1]!.slice(lines[caret]!.indexOf("^")), text];
}

test("reward options: exactly one of formula and weights makes the score", async () => {
  await loadText(withReward("{ rules: { right: right }, weights: { right: 1 } }"));
  await loadText(withReward("{ rules: { right: right }, formula: right, weights: null }"));
  assert.match(await report("{ rules: { right: right } }"), /stages\.rl\.reward: has neither formula nor weights/);
  assert.match(await report("{ rules: { right: right }, formula: null, weights: null }"), /has neither formula nor weights/);
  const [problems, at, said] = await pointsAt("{ rules: { right: right }, formula: right, weights: { right: 1 } }");
  assert.is(problems, 1);
  assert.match(at, /^weights: /);
  assert.match(said, /there is a formula too \(right\), and only one of them can make the score/);
});

test("reward options: where formula or weights is itself at fault, that alone is told", async () => {
  for (const reward of [
    "{ rules: { right: right }, formula: 3 }",
    "{ rules: { right: right }, weights: 3 }",
    "{ rules: { right: right }, weights: { right: many } }",
    "{ rules: { right: right }, formula: 3, weights: { right: 1 } }",
    "{ rules: { right: right }, formula: right, weights: 3 }",
  ]) {
    const [problems, , said] = await pointsAt(reward);
    assert.is(problems, 1, said);
    assert.not.match(said, /has neither|there is a formula too/);
  }
});

test("reward options: a formula that can't be read is pointed at where it breaks off", async () => {
  const [problems, at, said] = await pointsAt("{ rules: { right: right }, formula: right + rihgt }");
  assert.is(problems, 1);
  assert.match(at, /^rihgt/);
  assert.match(said, /stages\.rl\.reward\.formula: .*rihgt.*right/s);
});

test("reward options: a weight for each rule, and for nothing else", async () => {
  const [problems, at, said] = await pointsAt("{ rules: { right: right }, weights: { rihgt: 1 } }");
  assert.is(problems, 2);
  assert.match(said, /there is no rule "rihgt" to weigh\. Did you mean "?right"?\?/);
  assert.match(said, /no weight for the rule "right": every rule has one/);
  assert.match(at, /^(rihgt|weights): /);
  assert.match(await report("{ rules: {}, weights: { right: 1 } }"), /there is no rule to weigh/);
  assert.is((await pointsAt("{ rules: {}, weights: { right: 1 } }"))[0], 1);
  await loadText(withReward("{ rules: { right: right, half: { use: right, of: 0.5 } }, weights: { half: 0, right: -1 } }"));
});

test("reward options: normalised outcomes compare the responses to a prompt", async () => {
  assert.match(
    await report("{ rules: { right: right }, formula: right, normalise: {} }"),
    /stages\.rl\.reward\.normalise: compares the responses to a prompt, and rollout\.samplesPerPrompt is 1/,
  );
  const two = withReward("{ rules: { right: right }, formula: right, normalise: {} }").replace(
    "prompts: 4,",
    "prompts: 4, samplesPerPrompt: 2,",
  );
  const { cells } = await loadText(two);
  const { reward } = cells[0]!.stages[1]!.stage.options as { reward: Record<string, unknown> };
  assert.equal(
    [reward.normalise, reward.onInvalid],
    [{ deviation: "unbiased", epsilon: 1e-4, leaveOneOut: false }, "drop-sample"],
  );
  await loadText(two.replace("normalise: {}", "normalise: { epsilon: 0 }"));
  await problemsOf(two.replace("normalise: {}", "normalise: { epsilon: -1e-9 }"));
});

test.run();
