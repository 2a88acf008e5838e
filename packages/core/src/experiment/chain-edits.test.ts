import { test } from "uvu";
import * as assert from "uvu/assert";
import { loadText, problemsOf, soundExperiment } from "../testing/experiment.ts";
import { cellHash, plainCell } from "./describe.ts";
import { explainCell } from "./explain.ts";
import type { Cell } from "./cell.ts";

/** The sound experiment with a chain of four steps. */
const chain = "[{ use: score-clip, low: -5, high: 5 }, discounted-return, whiten, { use: clip, low: -3, high: 3 }]";
const withChain = (advantage = chain, more = "") =>
  `${soundExperiment.replace("      iterations: 4\n", `      iterations: 4\n      advantage: ${advantage}\n`)}${more}`;
const set = (edit: string) => [`stages.rl.advantage=${edit}`];

interface Step {
  readonly use: string;
  readonly [option: string]: unknown;
}
function stepsOf(cell: Cell, key = "advantage"): Step[] {
  const { stages } = plainCell("x", cell) as { stages: Record<string, Record<string, Step[]>>[] };
  return stages.find((stage) => "rl" in stage)!.rl![key]!;
}
async function edited(edit: string, text = withChain()): Promise<string[]> {
  const { cells } = await loadText(text, set(edit));
  return stepsOf(cells[0]!).map(({ use }) => use);
}

test("without: the steps named are gone, the others stay as they are", async () => {
  assert.equal(await edited("{ without: clip }"), ["score-clip", "discounted-return", "whiten"]);
  assert.equal(await edited("{ without: [clip, score-clip] }"), ["discounted-return", "whiten"]);
  const { cells } = await loadText(withChain(), set("{ without: whiten }"));
  const [whole] = (await loadText(withChain())).cells;
  assert.equal(
    stepsOf(cells[0]!),
    stepsOf(whole!).filter(({ use }) => use !== "whiten"),
  );
});

test("before, after, insteadOf: a step or a list of steps, at a step's place", async () => {
  assert.equal(await edited("{ before: { whiten: { use: clip, low: 0, high: 1 } } }"), [
    "score-clip",
    "discounted-return",
    "clip",
    "whiten",
    "clip",
  ]);
  assert.equal(await edited("{ after: { discounted-return: [{ use: clip, low: -9, high: 9 }, whiten] } }"), [
    "score-clip",
    "discounted-return",
    "clip",
    "whiten",
    "whiten",
    "clip",
  ]);
  assert.equal(await edited("{ insteadOf: { discounted-return: spread } }"), ["score-clip", "spread", "whiten", "clip"]);
});

test("options of a step, in one map with other changes: all names mean the chain below, whatever their order", async () => {
  const edits = [
    "without: score-clip",
    "whiten: { variance: unbiased }",
    "after: { score-clip: { use: score-clip, low: 0, high: 1 } }",
    "insteadOf: { clip: whiten }",
  ];
  const results = await Promise.all(
    [edits, edits.toReversed()].map(async (some) =>
      stepsOf((await loadText(withChain(), set(`{ ${some.join(", ")} }`))).cells[0]!),
    ),
  );
  assert.equal(results[0], results[1]);
  assert.equal(
    results[0]!.map(({ use }) => use),
    ["score-clip", "discounted-return", "whiten", "whiten"],
  );
  assert.is(results[0]![0]!.low, 0);
  assert.is(results[0]![2]!.variance, "unbiased");
});

test("a dotted path goes on into a step by its name", async () => {
  const { cells } = await loadText(withChain(), ["stages.rl.advantage.clip.high=7"]);
  assert.is(stepsOf(cells[0]!).at(-1)!.high, 7);
  const axis = await loadText(withChain(chain, "grid: { stages.rl.advantage.clip.high: [2, 3] }\n"));
  assert.equal(
    axis.cells.map((cell) => [cell.name, cell.baseline, stepsOf(cell).at(-1)!.high]),
    [
      ["high=2", false, 2],
      ["high=3", true, 3],
    ],
  );
});

test("a change holds for the chain as it is below: a preset's, an override's, a flag's before it", async () => {
  const preset = stepsOf((await loadText(soundExperiment)).cells[0]!).map(({ use }) => use);
  assert.equal(preset, ["discounted-return", "whiten"]);
  assert.equal(await edited("{ without: whiten }", soundExperiment), ["discounted-return"]);
  const { cells } = await loadText(
    withChain("{ before: { discounted-return: { use: score-clip, low: 0, high: 1 } } }"),
    set("{ without: whiten }"),
  );
  assert.equal(
    stepsOf(cells[0]!).map(({ use }) => use),
    ["score-clip", "discounted-return"],
  );
  // A chain that nobody wrote is its default.
  const loss = "advantage: discounted-return\n      loss: { ratio: token, surrogate: plain, aggregate: token-mean }";
  const text = soundExperiment.replace("algorithm: steady", loss).replace("prompts: 4", "prompts: 4, samplesPerPrompt: 2");
  const unset = await loadText(text, ["stages.rl.sampler={ insteadOf: { all: dynamic } }"]);
  assert.equal(
    stepsOf(unset.cells[0]!, "sampler").map(({ use }) => use),
    ["dynamic"],
  );
  assert.match(
    await problemsOf(soundExperiment.replace("algorithm: steady", "advantage: { without: whiten }")),
    /stages\.rl\.advantage: changes a chain, and there is none below it/,
  );
});

test("the same experiment has the same hash, written by name or as a list", async () => {
  const [byName, asList] = await Promise.all(
    ["{ without: clip }", "[{ use: score-clip, low: -5, high: 5 }, discounted-return, whiten]"].map((one) =>
      loadText(withChain(), set(one)),
    ),
  );
  assert.is(cellHash(byName!.cells[0]!, byName!.registry), cellHash(asList!.cells[0]!, asList!.registry));
});

test("where a step comes from is still known", async () => {
  const text = withChain("{ insteadOf: { whiten: { use: clip, low: 0, high: 1 } } }");
  const { cells } = await loadText(text);
  const experiment = await loadText(text);
  const origin = (line: string) => explainCell(experiment, cells[0]!).find(({ text: shown }) => shown.includes(line))!.origin;
  assert.is(origin('use: "discounted-return"'), "preset steady (plain)");
  assert.match(origin('use: "clip"'), /experiment\.yaml:10$/);
});

test("a chain may be a single step, written without the list: a map without names is its options", async () => {
  const one = withChain("discounted-return");
  assert.equal(await edited("{ gamma: 0.5 }", one), ["discounted-return"]);
  assert.equal(await edited("{ discounted-return: { gamma: 0.5 } }", one), ["discounted-return"]);
  assert.equal(await edited("{ before: { discounted-return: { use: score-clip, low: 0, high: 1 } } }", one).catch(String), [
    "score-clip",
    "discounted-return",
  ]);
});

test("steps that are there twice are told apart by number", async () => {
  const twice = withChain("[discounted-return, whiten, { use: clip, low: -3, high: 3 }, whiten]");
  assert.equal(await edited("{ without: whiten#2 }", twice), ["discounted-return", "whiten", "clip"]);
  assert.equal(await edited("{ before: { whiten#2: whiten } }", twice), [
    "discounted-return",
    "whiten",
    "clip",
    "whiten",
    "whiten",
  ]);
  assert.match(
    await problemsOf(twice, set("{ without: whiten }")),
    /stages\.rl\.advantage\.without: "whiten" is in the chain twice: expected whiten#1 or whiten#2/,
  );
});

test("what is wrong is told, with its place and the steps there are", async () => {
  const wrong = async (edit: string, expected: RegExp) => assert.match(await problemsOf(withChain(edit)), expected);
  const over = async (edit: string, expected: RegExp) => assert.match(await problemsOf(withChain(), set(edit)), expected);
  await wrong(
    "{ without: whitten }",
    /:10:29: stages\.rl\.advantage\.without: the chain has no step "whitten"\. Did you mean "whiten"\?/,
  );
  await over("{ without: [clip, whitten] }", /the chain has no step "whitten"\. Did you mean "whiten"\?/);
  await over(
    "{ after: { nothing: clip } }",
    /advantage\.after\.nothing: the chain has no step "nothing"\. There are: clip, discounted-return, score-clip, whiten\./,
  );
  await over("{ without: [] }", /expected the name of a step, or a list of names\. There are: /);
  await over("{ instead: { clip: whiten } }", /has no step "instead", and is changed by without, insteadOf, before, after\./);
  await over("{ insteadOf: clip }", /advantage\.insteadOf: expected \{ step: what takes its place \}/);
  await over("{ without: clip, insteadOf: { clip: whiten } }", /changes clip a second time/);
  await over("{ clip: whiten }", /expected options of clip; \{ insteadOf: \{ clip: … \} \} puts another step in its place/);
  await over("{ clip: { hihg: 3 } }", /unknown key "hihg"\. Did you mean "high"\?/);
  await over("{ without: discounted-return }", /whiten takes tokens/);
  await over("{ constructor: { high: 3 } }", /the chain has no step "constructor"/);
  assert.match(await problemsOf(soundExperiment, ["stages.rl.loss.ratio={ without: token }"]), /unknown key "without"/);
});

test.run();
