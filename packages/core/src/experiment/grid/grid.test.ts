// What ablate, grid and zip make of an experiment, from its text.
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "@rewardlab/storage";
import { fakeRegistry, loadText, problemsOf, soundExperiment, temporaryFolder } from "../../testing/experiment.ts";
import { cellHash, plainCell } from "../describe.ts";
import { differences } from "../differences.ts";
import { loadExperiment } from "../load.ts";
import type { Cell } from "../cell.ts";
import { gridWarnings } from "./confounds.ts";

const lines = (key: string, text: string) => `${key}:\n${text.trim().replaceAll(/^ {4}/gm, "").replaceAll(/^/gm, "  ")}\n`;
const withAblate = (text: string, more = "") => `${soundExperiment}${lines("ablate", text)}${more}`;
const withGrid = (text: string, more = "") => `${soundExperiment}${lines("grid", text)}${more}`;

const shown = ({ name, baseline, against }: Cell) => `${name}${baseline ? " (baseline)" : ` ← ${against}`}`;
async function cellsOf(text: string): Promise<string[]> {
  return (await loadText(text)).cells.map(shown);
}
/** Paths at which a cell differs from another. */
async function between(text: string, one: string, other: string): Promise<string[]> {
  const { cells } = await loadText(text);
  const find = (name: string) =>
    plainCell(
      "x",
      cells.find((cell) => cell.name === name)!,
    );
  return differences(find(one), find(other)).map(({ path }) => path);
}

const components =
  " { ratio: { stages.rl.loss.ratio: { use: clamped, limit: 5 } }, scale: { model.scale: 2 }, kl: { stages.rl.kl: { use: k1, in: reward, coefficient: 0.1 } } }";

test("leaveOneOut: full, each one out; without a baseline it is all of them out", async () => {
  const text = withAblate(`leaveOneOut:${components}`);
  assert.equal(await cellsOf(text), [
    "baseline (baseline)",
    "full ← baseline",
    "without ratio ← full",
    "without scale ← full",
    "without kl ← full",
  ]);
  assert.equal(await between(text, "full", "without scale"), ["model.scale"]);
  assert.equal(await between(text, "full", "baseline"), ["model.scale", "stages.1.rl.kl", "stages.1.rl.loss.ratio"]);
  const { cells, factors } = await loadText(text);
  assert.equal(
    factors.map(({ name, kind, paths }) => [name, kind, ...paths]),
    [
      ["ratio", "component", "stages.rl.loss.ratio"],
      ["scale", "component", "model.scale"],
      ["kl", "component", "stages.rl.kl"],
    ],
  );
  assert.equal(cells[0]!.levels, { ratio: "out", scale: "out", kl: "out" });
  assert.equal(cells[2]!.levels, { ratio: "out", scale: "in", kl: "in" });
  assert.equal(cells[3]!.overrides, [{ path: "model.scale", value: 2 }]);
});

test("leaveOneOut: with a baseline of one's own; a variant that is the full method keeps its name", async () => {
  const text = withAblate(`
    baseline: { stages.rl.algorithm: hasty }
    variants: { mine: {} }
    leaveOneOut:${components}`);
  assert.equal(await cellsOf(text), [
    "hasty (baseline)",
    "mine ← hasty",
    "without ratio ← mine",
    "without scale ← mine",
    "without kl ← mine",
  ]);
});

test("leaveOneOut of one component: without it and the baseline are one cell", async () => {
  assert.equal(await cellsOf(withAblate("leaveOneOut: { scale: { model.scale: 2 } }")), [
    "baseline (baseline)",
    "full ← baseline",
  ]);
});

test("addOneIn: each one put into the baseline, and all of them", async () => {
  const text = withAblate(`
    baseline: { stages.rl.algorithm: hasty }
    addOneIn:${components}`);
  assert.equal(await cellsOf(text), [
    "hasty (baseline)",
    "with ratio ← hasty",
    "with scale ← hasty",
    "with kl ← hasty",
    "full ← hasty",
  ]);
  assert.equal(await between(text, "hasty", "with ratio"), ["stages.1.rl.loss.ratio"]);
  assert.equal(await between(text, "hasty", "full"), ["model.scale", "stages.1.rl.kl", "stages.1.rl.loss.ratio"]);
  assert.equal((await cellsOf(withAblate(`addOneIn:${components}`)))[0], "baseline (baseline)");
});

test("factorial: all 2^k, small sets first, with their levels", async () => {
  const names = await cellsOf(withAblate(`factorial: true\nleaveOneOut:${components}`));
  assert.equal(names, [
    "baseline (baseline)",
    "full ← baseline",
    "without ratio ← full",
    "without scale ← full",
    "without kl ← full",
    "without ratio, scale ← full",
    "without ratio, kl ← full",
    "without scale, kl ← full",
  ]);
  const { cells } = await loadText(withAblate(`factorial: true\naddOneIn:${components}`));
  assert.is(cells.length, 8);
  const levels = new Set(cells.map((cell) => JSON.stringify(cell.levels)));
  assert.is(levels.size, 8, "each combination once");
  assert.equal(cells.at(-1)!.levels, { ratio: "in", scale: "in", kl: "in" });
});

test("sets that can't be: factorial without one set, an empty override, components that undo one another", async () => {
  assert.match(
    await problemsOf(withAblate("factorial: true\nvariants: { a: {} }")),
    /ablate\.factorial: combines the components of one set/,
  );
  assert.match(
    await problemsOf(withAblate("factorial: true\nleaveOneOut: { a: { model.scale: 1 } }\naddOneIn: { b: { model.scale: 1 } }")),
    /ablate\.factorial: .*and not both/,
  );
  assert.match(await problemsOf(withAblate("leaveOneOut: { a: {} }")), /leaveOneOut\.a: expected the override that takes it out/);
  assert.match(await problemsOf(withAblate("addOneIn: { a: {} }")), /addOneIn\.a: expected the override that puts it in/);
  const both =
    "{ filter: { stages.rl.advantage: [discounted-return, whiten] }, whiten: { stages.rl.advantage: [discounted-return] } }";
  assert.match(
    await problemsOf(withAblate(`leaveOneOut: ${both}`)),
    /leaveOneOut\.whiten: sets stages\.rl\.advantage, and filter sets stages\.rl\.advantage: in the baseline, one would undo the other; give the baseline yourself/,
  );
  assert.match(
    await problemsOf(withAblate(`factorial: true\nbaseline: {}\nleaveOneOut: ${both}`)),
    /in the cells with both, one would undo/,
  );
  assert.match(await problemsOf(withAblate(`addOneIn: ${both}`)), /in full, one would undo/);
  assert.is((await cellsOf(withAblate(`baseline: {}\nleaveOneOut: ${both}`))).length, 3, "one at a time they don't meet");
  assert.match(await problemsOf(withAblate("leaveOneOut: [a]")), /ablate\.leaveOneOut: expected record/);
  assert.match(
    await problemsOf(withAblate("variants: { full: { model.scale: 3 } }\nleaveOneOut: { a: { model.scale: 1 } }")),
    /ablate\.variants\.full: there is a cell "full" already/,
  );
});

test("grid: axes are crossed, the first slowest; names tell what differs", async () => {
  const text = withGrid(`
    stages.rl.optimizer.learningRate: logspace(-3, -1, 2)
    stages.rl.loss.ratio: [token, { use: clamped, limit: 5 }]
    model.scale: { small: 0.1, "large <b>": 1e3 / 2 }`);
  assert.equal(
    (await loadText(text)).cells.map(({ name }) => name),
    [
      "learningRate=1e-3, ratio=token, scale=small",
      "learningRate=1e-3, ratio=token, scale=large <b>",
      "learningRate=1e-3, ratio=clamped(limit=5), scale=small",
      "learningRate=1e-3, ratio=clamped(limit=5), scale=large <b>",
      "learningRate=0.1, ratio=token, scale=small",
      "learningRate=0.1, ratio=token, scale=large <b>",
      "learningRate=0.1, ratio=clamped(limit=5), scale=small",
      "learningRate=0.1, ratio=clamped(limit=5), scale=large <b>",
    ],
  );
  const { cells, factors } = await loadText(text);
  assert.equal(cells[3]!.levels, { learningRate: "1e-3", ratio: "clamped(limit=5)", scale: "large <b>" });
  assert.is((plainCell("x", cells[3]!) as { model: { scale: number } }).model.scale, 500);
  assert.equal(factors[0], {
    name: "learningRate",
    kind: "axis",
    paths: ["stages.rl.optimizer.learningRate"],
    levels: ["1e-3", "0.1"],
  });
  assert.equal(cells.filter(({ baseline }) => baseline).length, 1);
});

test("grid: the experiment as it stands is the baseline where it is a cell, else the first cell", async () => {
  assert.equal(await cellsOf(withGrid("model.scale: [0.5, 0.1, 2]")), [
    "scale=0.5 ← scale=0.1",
    "scale=0.1 (baseline)",
    "scale=2 ← scale=0.1",
  ]);
  assert.equal(await cellsOf(withGrid("model.scale: 5:6")), ["scale=5 (baseline)", "scale=6 ← scale=5"]);
});

test("grid: names are as short as tells them apart; numbers too alike get more digits, the same value twice is refused", async () => {
  assert.equal(
    (await cellsOf(withGrid("stages.rl.optimizer.learningRate: [1]\nstages.coldStart.optimizer.learningRate: [2]")))[0],
    "rl.optimizer.learningRate=1, coldStart.optimizer.learningRate=2 (baseline)",
  );
  assert.equal(await cellsOf(withGrid("model.scale: [1.0000001, 1.0000002]")), [
    "scale=1.0000001 (baseline)",
    "scale=1.0000002 ← scale=1.0000001",
  ]);
  assert.match(await problemsOf(withGrid("model.scale: [1, 2, 1]")), /15:23: grid\.model\.scale\[2\]: 1 is there twice/);
});

test("zip: pairs, one axis of the grid", async () => {
  const zip = lines("zip", "stages.rl.iterations: [2, 4]\nstages.rl.rollout.prompts: [8, 8 / 2]");
  assert.equal(await cellsOf(`${soundExperiment}${zip}`), [
    "iterations=2, prompts=8 ← iterations=4, prompts=4",
    "iterations=4, prompts=4 (baseline)",
  ]);
  const { cells, factors } = await loadText(withGrid("model.scale: [1, 2]", zip));
  assert.is(cells.length, 4);
  assert.equal(factors[1], {
    name: "iterations, prompts",
    kind: "axis",
    paths: ["stages.rl.iterations", "stages.rl.rollout.prompts"],
    levels: ["2, 8", "4, 4"],
  });
  assert.match(
    await problemsOf(`${soundExperiment}${lines("zip", "stages.rl.iterations: [2, 4]\nmodel.scale: 1:3")}`),
    /zip: pairs lists of one length, and these differ: iterations 2, scale 3/,
  );
});

test("ablate × grid: each arm at each point, compared at its own point", async () => {
  const text = withAblate(
    "baseline: { stages.rl.algorithm: hasty }\nvariants: { mine: {} }",
    lines("grid", "model.scale: [1, 2]"),
  );
  assert.equal(await cellsOf(text), [
    "hasty, scale=1 (baseline)",
    "hasty, scale=2 ← hasty, scale=1",
    "mine, scale=1 ← hasty, scale=1",
    "mine, scale=2 ← hasty, scale=2",
  ]);
  assert.match(
    await problemsOf(withAblate("variants: { a: { model: { use: fake, scale: 1 } } }", lines("grid", "model.scale: [1, 2]"))),
    /model: an axis of the grid sets model\.scale, and would undo this/,
  );
});

test("quoted text stays text; arithmetic becomes a number", async () => {
  const rules = "stages.rl.reward.rules: [{ right: right }]\n";
  const { cells } = await loadText(
    withGrid(`${rules}stages.rl.reward.formula: [right, right + 1, '1 + 1']\nmodel.scale: [2 * 3]`),
  );
  assert.equal(
    cells.map(({ levels }) => [levels.formula, levels.scale]),
    [
      ["right", "6"],
      ["right + 1", "6"],
      ["1 + 1", "6"],
    ],
  );
});

test("arithmetic that no number holds is an error, in a list and in a map, and never a text", async () => {
  const report = await problemsOf(
    withGrid("model.scale: [1, 1e-200 * 1e-200]\nstages.rl.optimizer.learningRate: { low: 1e400 / 2, high: 1 }\n"),
  );
  assert.match(
    report,
    /experiment\.yaml:\d+:20: grid\.model\.scale: 1e-200 \* 1e-200 is too small for a number, and would become 0/,
  );
  assert.match(report, /grid\.stages\.rl\.optimizer\.learningRate: 1e400 is too large for a number/);
});

test("wrong grids: every problem in one report, with place and caret", async () => {
  const report = await problemsOf(
    withGrid(`
    stages.rl.optimzer.learningRate: linspace(0, 1, n)
    stages.rl.loss.ration: [token, clamped]
    stagess.rl.x: [1]
    stages.rl.loss.ratio: [token, tokn]
    stages.rl.iterations: [2, many, -1]
    stages.rl.rollout: 3
    model.scale: []
    data: { use: fake-items }
    stages.rl.rollout.prompts: [linspace(0, 1, 2)]`),
  );
  const heads = report
    .split("\n")
    .filter((line) => /^experiment\.yaml:\d/.test(line))
    .map((line) => line.slice("experiment.yaml:".length));
  const expected = [
    "15:51: grid.stages.rl.optimzer.learningRate: unknown name n",
    '16:3: stages.rl.loss.ration: unknown key "ration". Did you mean "ratio"?',
    '17:3: stagess.rl.x: an override can\'t name "stagess". Did you mean "stages"?',
    '18:33: stages.rl.loss.ratio: there is no ratio "tokn". Did you mean "token"?',
    '19:29: stages.rl.iterations: expected number, received string (given: "many")',
    "19:35: stages.rl.iterations: too small: expected number to be >0 (given: -1)",
    "20:22: grid.stages.rl.rollout: expected a list of values, a range",
    "21:16: grid.model.scale: expected at least one value",
    "22:9: grid.data: expected a list of values, a range",
    "23:31: grid.stages.rl.rollout.prompts[0]: a range stands alone, not in a list",
  ];
  for (const head of expected)
    assert.ok(
      heads.some((line) => line.startsWith(head)),
      `${head}\n\n${report}`,
    );
  assert.match(report, /\n {2}18 \| {3}stages\.rl\.loss\.ratio: \[token, tokn\]\n {5}\| {33}\^{4}\n/);
});

test("axes that set the same thing, in grid and zip", async () => {
  assert.match(
    await problemsOf(withGrid("stages.rl.loss: [{ ratio: token }]\nstages.rl.loss.ratio: [token]")),
    /grid\.stages\.rl\.loss\.ratio: grid sets stages\.rl\.loss already, and one would undo the other/,
  );
  assert.match(
    await problemsOf(withGrid("model.scale: [1]", lines("zip", "model.scale: [2]"))),
    /zip\.model\.scale: grid sets model\.scale already/,
  );
});

test("too many: refused before any cell is made", async () => {
  const file = withGrid("model.scale: 1:2000\nstages.rl.iterations: 1:10", "seeds: 10\n");
  const refused = async (text: string, mostRuns?: number) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "x.yaml"), text);
    const error = await loadExperiment(join(folder, "x.yaml"), {
      registryFor: async () => fakeRegistry(),
      ...(mostRuns === undefined ? {} : { mostRuns }),
    }).then(
      () => new Error("it was accepted"),
      (reason: unknown) => reason as Error,
    );
    rmSync(folder, { recursive: true });
    assert.instance(error, InputError, error.message);
    return error.message;
  };
  assert.match(await refused(file, 10_000), /20,000 cells × 10 seeds are 200,000 runs, more than 10,000; --yes if that is meant/);
  const axes = Array.from({ length: 30 }, (_, index) => `stages.rl.x${index}: 1:10`).join("\n");
  assert.match(await refused(withGrid(axes)), /expected at most 100,000 cells/);
  const many = Array.from({ length: 40 }, (_, index) => `c${index}: { stages.rl.x${index}: 1 }`).join(", ");
  assert.match(await refused(withAblate(`factorial: true\nleaveOneOut: { ${many} }`)), /expected at most 100,000 cells/);
});

test("compare and alsoCompare: at the top or in ablate, once; each a stage and a metric", async () => {
  const at = async (text: string) => {
    const { compare, alsoCompare, seeds } = await loadText(text);
    return { compare, alsoCompare, seeds };
  };
  assert.equal(
    await at(
      withGrid("model.scale: [1, 2]", "compare: evaluate.accuracy\nalsoCompare: [rl.updates, evaluate.voting.3]\nseeds: [7]\n"),
    ),
    {
      compare: "evaluate.accuracy",
      alsoCompare: ["rl.updates", "evaluate.voting.3"],
      seeds: [7],
    },
  );
  assert.equal(await at(withAblate("variants: { a: {} }\nalsoCompare: [evaluate.accuracy]\nseeds: 2")), {
    compare: null,
    alsoCompare: ["evaluate.accuracy"],
    seeds: [1, 2],
  });
  assert.match(
    await problemsOf(withGrid("model.scale: [1]", "alsoCompare: [evaluat.accuracy, rl]\n")),
    /alsoCompare: there is no stage "evaluat"[^]*expected <stage>\.<metric>, e\.g\. rl\.accuracy/,
  );
  const wrong = await problemsOf(
    withGrid(
      "model.scale: [1]",
      "compare: evaluate.voting.2\nalsoCompare: [evaluate.acuracy, rl.score, coldStart.steps, evaluate.byKind.a.b.accuracy]\n",
    ),
  );
  assert.match(wrong, /compare: no stage "evaluate" gives "voting\.2"\. Did you mean "voting\.1"\?/);
  assert.match(wrong, /alsoCompare: no stage "evaluate" gives "acuracy"\. Did you mean "accuracy"\?/);
  assert.match(wrong, /alsoCompare: no stage "rl" gives "score"\. There are: skippedUpdates, updates\./);
  assert.not.match(wrong, /no stage "coldStart" gives|gives "byKind/);
  const axis = withGrid("stages.evaluate.voting: [[1], [1, 3]]", "compare: evaluate.voting.3\n");
  assert.is((await loadText(axis)).compare, "evaluate.voting.3", "some cells give it");
  const named = soundExperiment.replace("voting: [1, 3]", "rules: { my.rule: right }");
  assert.is((await loadText(`${named}compare: evaluate.rules.my.rule\n`)).compare, "evaluate.rules.my.rule");
  assert.match(
    await problemsOf(`${named}compare: evaluate.rules.my.rul\n`),
    /gives "rules\.my\.rul"\. Did you mean "rules\.my\.rule"\?/,
  );
  assert.match(
    await problemsOf(withAblate("variants: { a: {} }\nseeds: 2", "seeds: 3\n")),
    /ablate\.seeds: stands outside of ablate as well/,
  );
  const flagged = await loadText(withAblate("variants: { a: {} }\nseeds: 5"), ["seeds=[9]"]);
  assert.equal(flagged.seeds, [9], "a flag wins, whichever of the two places it names");
});

test("only: one cell by its name, as among all of them", async () => {
  const { cells } = await loadText(withGrid("model.scale: [1, 2, 3]"));
  const folder = temporaryFolder();
  writeFileSync(join(folder, "x.yaml"), withGrid("model.scale: [1, 2, 3]"));
  const load = (only: string) => loadExperiment(join(folder, "x.yaml"), { only, registryFor: async () => fakeRegistry() });
  const [one] = (await load("scale=2")).cells;
  assert.equal(plainCell("x", one!), plainCell("x", cells[1]!));
  assert.is((await load("scale=9")).cells.length, 0);
  rmSync(folder, { recursive: true });
});

/** Those of what is changed; that some of it can't act is cannot-act.test.ts of the cli. */
const warnings = async (text: string) =>
  gridWarnings(await loadText(text))
    .filter(({ kind }) => kind !== "cannot-act")
    .map(({ cell, against, kind, paths }) => [cell, against, kind, ...paths]);

test("warnings: a component whose override is a preset changes more than it names", async () => {
  const careful = "{ stages.rl.algorithm: { use: steady, variant: careful } }"; // a ratio and a kl
  assert.equal(
    await warnings(withAblate(`leaveOneOut: { scale: { model.scale: 2 }, guard: ${careful} }\nbaseline: { model.scale: 3 }`)),
    [["without guard", "full", "changes-more", "stages.rl.kl", "stages.rl.loss.ratio"]],
  );
  assert.equal(
    await warnings(withAblate(`baseline: { stages.rl.algorithm: hasty }\nvariants: { mine: {} }`)),
    [],
    "its preset changes one thing",
  );
  const [[, , , ...paths] = []] = await warnings(withAblate(`baseline: ${careful}\nvariants: { mine: { stages.rl.kl: null } }`));
  assert.equal(paths, ["stages.rl.loss.ratio"], "kl is named");
  assert.equal(await warnings(withAblate(`baseline: {}\naddOneIn:${components}`)), []);
});

test("warnings: two options of one component are one thing", async () => {
  const text = withAblate("variants: { a: { stages.rl.loss: { surrogate: { low: 0.1, high: 0.1 } } } }\nbaseline: {}");
  assert.equal(await warnings(text), []);
});

/** The sound experiment with a chain of four steps, and an ablation. */
const ofChain = (text: string) =>
  withAblate(text).replace(
    "      iterations: 4\n",
    "      iterations: 4\n      advantage: [{ use: score-clip, low: -5, high: 5 }, discounted-return, whiten, { use: clip, low: -3, high: 3 }]\n",
  );

test("chains: components that are steps of one chain are taken out together, and leave the others be", async () => {
  const text = ofChain(
    "leaveOneOut:\n  cut: { stages.rl.advantage: { without: clip } }\n  scores: { stages.rl.advantage: { without: score-clip } }",
  );
  assert.equal(await cellsOf(text), ["baseline (baseline)", "full ← baseline", "without cut ← full", "without scores ← full"]);
  assert.equal(await between(text, "full", "without cut"), ["stages.1.rl.advantage.clip"]);
  assert.equal(await between(text, "full", "baseline"), ["stages.1.rl.advantage.score-clip", "stages.1.rl.advantage.clip"]);
  assert.equal(await warnings(text), []);
  const again = ofChain(
    "leaveOneOut:\n  cut: { stages.rl.advantage: { without: clip } }\n  loose: { stages.rl.advantage.clip.high: 9 }",
  );
  assert.match(
    await problemsOf(again),
    /leaveOneOut\.loose: sets stages\.rl\.advantage\.clip\.high, and cut sets stages\.rl\.advantage: in the baseline/,
  );
});

test("chains: axes of changes, and axes beside arms", async () => {
  const axis = "grid: { stages.rl.advantage: [{}, { without: clip }, { after: { whiten: whiten } }] }\n";
  const { cells } = await loadText(`${ofChain("variants: { a: {} }").replace(/ablate:[^]*/, "")}${axis}`);
  assert.equal(
    cells.map(({ name, baseline }) => [name, baseline]),
    [
      ["advantage=as it is", true],
      ["advantage=without clip", false],
      ["advantage=whiten after whiten", false],
    ],
  );
  const beside = (override: string) =>
    `${ofChain(`variants: { a: { stages.rl.advantage: ${override} } }`)}grid: { stages.rl.advantage.clip.high: [2, 4] }\n`;
  assert.is((await cellsOf(beside("{ without: score-clip }"))).length, 2);
  assert.match(
    await problemsOf(beside("{ without: clip }")),
    /an axis of the grid sets stages\.rl\.advantage\.clip\.high, and would undo this/,
  );
  assert.match(
    await problemsOf(`${ofChain("variants: { a: {} }")}grid: { stages.rl.advantage: { without: clip } }\n`),
    /one change of a chain is no axis, \[\{\}, \{ without: … \}\] is/,
  );
  const both = "{ stages.rl.advantage: [discounted-return, whiten], stages.rl.advantage.whiten.variance: unbiased }";
  assert.match(
    await problemsOf(ofChain(`variants: { a: ${both} }`)),
    /stages\.rl\.advantage\.whiten\.variance: stages\.rl\.advantage stands beside it, and one would undo the other/,
  );
});

test("warnings: an entry that changes more than one component, a list that leaves out more than was meant", async () => {
  const list = "stages.rl.advantage: [discounted-return, whiten]";
  const gone = ["stages.rl.advantage.score-clip", "stages.rl.advantage.clip"];
  assert.equal(await warnings(ofChain(`baseline: { model.scale: 3 }\nleaveOneOut: { cut: { ${list} } }`)), [
    ["without cut", "full", "changes-several", ...gone],
  ]);
  assert.equal(await warnings(ofChain(`baseline: {}\naddOneIn: { two: { stages.rl.loss.ratio: sequence, model.scale: 2 } }`)), [
    ["with two", "baseline", "changes-several", "model.scale", "stages.rl.loss.ratio"],
  ]);
  const told = gridWarnings(await loadText(ofChain(`baseline: {}\nvariants: { no cut: { ${list} } }`)));
  const message = told[0]?.message ?? "";
  assert.match(
    message,
    /^no cut writes stages\.rl\.advantage as a list, and so differs from baseline in 2 things: .*score-clip is removed, .*clip is removed\./,
  );
  assert.match(message, /\{ without: … \} takes out the steps that it names/);
  assert.equal(
    await warnings(ofChain(`baseline: {}\nvariants: { other: { stages.rl.advantage: [spread, whiten] } }`)),
    [],
    "another method, and meant so",
  );
  assert.equal(
    await warnings(ofChain(`baseline: {}\nvariants: { two: { stages.rl.loss.ratio: sequence, model.scale: 2 } }`)),
    [],
    "both are named",
  );
});

test("warnings: a cell that is the same experiment as what it is compared with", async () => {
  assert.equal(await warnings(withAblate("baseline: {}\nvariants: { same: { model.scale: 0.1 }, other: { model.scale: 1 } }")), [
    ["same", "baseline", "changes-nothing"],
  ]);
});

test("warnings: two variants that are one experiment, though each differs from the baseline, or that only what can't act tells apart", async () => {
  const bounded = "{ model.scale: 2, stages.rl.loss.ratio: { use: clamped, limit: 5 } }";
  const variants = `{ a: { model.scale: 1 }, b: { model.scale: 2 }, again: { model: { scale: 1 } }, bounded: ${bounded} }`;
  assert.equal(
    gridWarnings(await loadText(withAblate(`baseline: {}\nvariants: ${variants}`))).map(({ cell, against, kind }) => [
      cell,
      against,
      kind,
    ]),
    [
      ["again", "a", "changes-nothing"],
      ["bounded", "b", "cannot-act"],
    ],
  );
  const { cells, factors } = await loadText(
    withAblate("baseline: {}\nvariants: { a: { model.scale: 1 }, again: { model.scale: 1 } }"),
  );
  assert.is(
    gridWarnings({ cells, factors })[0]!.message,
    "again and a are the same experiment: what differs between them is chance alone",
  );
});

test("cellHash: the same for the same content under whatever name, else another", async () => {
  const { cells, registry } = await loadText(
    withAblate("baseline: {}\nvariants: { same: { model.scale: 0.1 }, other: { model.scale: 1 } }"),
  );
  const [one, same, other] = cells.map((cell) => cellHash(cell, registry));
  assert.is(one, same);
  assert.is.not(one, other);
  assert.match(one!, /^[0-9a-f]{64}$/);
});

test.run();
