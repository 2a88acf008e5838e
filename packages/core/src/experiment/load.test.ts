import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { z } from "zod";
import { model as defineModel, reward as defineReward } from "../plugin/component.ts";
import { definePlugin } from "../plugin/plugin.ts";
import { fakeRegistry, loadText, problemsOf, soundExperiment, temporaryFolder } from "../testing/experiment.ts";
import { InputError } from "@rewardlab/storage";
import { contentHash, identityOf, plainCell } from "./describe.ts";
import { explainCell } from "./explain.ts";
import { differences } from "./differences.ts";
import { loadExperiment } from "./load.ts";

type Plain = {
  model: Record<string, unknown>;
  data: Record<string, unknown>;
  engine: string;
  stages: Record<string, Record<string, never>>[];
};

/** The resolved options of a stage, in a cell. */
async function resolved(text: string, set: readonly string[] = [], cell = 0, stage = "rl"): Promise<Record<string, unknown>> {
  const experiment = await loadText(text, set);
  const { stages } = plainCell(experiment.name, experiment.cells[cell]!) as Plain;
  return stages.find((one) => stage in one)![stage]!;
}

async function refusedInput(promise: Promise<unknown>, message: RegExp): Promise<void> {
  const error = await promise.then(
    () => assert.unreachable("it was accepted"),
    (reason: unknown) => reason,
  );
  assert.instance(error, InputError);
  assert.match((error as InputError).message, message);
}

/** Replaces a line of the sound experiment. */
const withLine = (pattern: RegExp, line: string) => {
  assert.match(soundExperiment, pattern);
  return soundExperiment.replace(pattern, line);
};
const withAblate = (ablate: string) => `${soundExperiment}ablate:\n${ablate.replace(/^/gm, "  ")}\n`;

test("load: the sound experiment has one cell, one seed, defaults spelt out", async () => {
  const experiment = await loadText(soundExperiment);
  assert.equal(
    experiment.cells.map(({ name, baseline, engine }) => [name, baseline, engine]),
    [["main", true, "auto"]],
  );
  assert.equal(experiment.seeds, [1]);
  const { model, data } = plainCell("fake", experiment.cells[0]!) as Plain;
  assert.equal(model, { use: "fake", scale: 0.1, room: null, neverGenerated: [], frozen: [] });
  assert.equal(data, { use: "fake-items", train: 24 });
});

test("load: every class of error in one report, with place, caret and nearest name", async () => {
  const report = await problemsOf(`name: bad
modle: fake
engine: wasmm
model: { use: fake, skale: 3 }
data: fake-itemz
stages:
  - coldStart: { use: sftt, steps: 3 }
  - rl:
      use: rl
      algorithm: stedy
      iterations: many
      rollout: { prompts: 0, maxNewTokens: 8 }
      reward:
        rules: { right: rihgt, other: right }
        formula: "other + import(1)"
      advantage: { use: whiten }
      loss: { ratio: tokn, surrogate: { use: clip, low: -1 }, aggregate: token-mean }
      optimizer: { use: adamw }
      updat: {}
  - second:
      use: rl
      iterations: 3
      rollout: { prompts: 2, maxNewTokens: 8 }
      reward: { formula: 3 }
      advantage: [whiten, group-centre]
      loss: { ratio: token, surrogate: clip, aggregate: token-mean }
      optimizer: { use: adamw, learningRate: 1e-3 }
ablate:
  baseline: { stages.rll.x: 1 }
  variants: { "a\\tx": {}, b: { modell: 3 }, B: null, c: [1] }
  compare: rl3.score
seeds: [1, 1]
`);
  const heads = report.split("\n").filter((line) => /^experiment\.yaml:\d/.test(line));
  const expected = [
    '2:1: modle: unknown key "modle". Did you mean "model"?',
    '3:9: engine: there is no engine "wasmm". There are: auto.',
    '4:21: model.skale: unknown key "skale". Did you mean "scale"?',
    '5:7: data: there is no dataset "fake-itemz". Did you mean "fake-items"?',
    '7:23: stages.coldStart: there is no stage "sftt". Did you mean "sft"?',
    '10:18: stages.rl.algorithm: there is no algorithm "stedy". Did you mean "steady"?',
    '11:19: stages.rl.iterations: expected number, received string (given: "many")',
    "12:27: stages.rl.rollout.prompts: too small: expected number to be >0 (given: 0)",
    '14:25: stages.rl.reward.rules.right: there is no reward "rihgt". Did you mean "right"?',
    "15:27: stages.rl.reward.formula: unknown function import, did you mean",
    "16:18: stages.rl.advantage[0]: whiten takes tokens, and what reaches it here is one number per response",
    '17:22: stages.rl.loss.ratio: there is no ratio "tokn". Did you mean "token"?',
    "17:57: stages.rl.loss.surrogate.low: too small: expected number to be >=0 (given: -1)",
    "18:7: stages.rl.optimizer.learningRate: missing: expected number",
    '19:7: stages.rl.updat: unknown key "updat". Did you mean "update"?',
    "24:7: stages.second.reward.rules: missing: expected record",
    "24:26: stages.second.reward.formula: expected string, received number (given: 3)",
    "25:19: stages.second.advantage[0]: whiten takes tokens, and what reaches it here is one number per response",
    "25:27: stages.second.advantage[1]: group-centre compares the responses to a prompt, and rollout.samplesPerPrompt is 1",
    '29:15: stages.rll.x: there is no stage "rll". Did you mean "rl"?',
    "30:15: ablate.variants.a\tx: expected a name of one line",
    '30:32: modell: an override can\'t name "modell". Did you mean "model"?',
    '30:45: ablate.variants.B: another cell is called "b"',
    "30:57: ablate.variants.c: expected record, received array",
    '31:12: ablate.compare: there is no stage "rl3". Did you mean "rl"?',
    "32:8: seeds: expected each seed once",
  ];
  assert.is(heads.length, expected.length, report);
  for (const [index, head] of expected.entries())
    assert.ok(heads[index]!.startsWith(`experiment.yaml:${head}`), `${heads[index]}\nexpected ${head}`);
  assert.match(report, /^experiment\.yaml: 26 problems/);
  assert.match(report, /\n {2}15 \| {9}formula: "other \+ import\(1\)"\n {5}\| {27}\^\n/);
});

test("load: formulas that are no arithmetic on the rules", async () => {
  const formula = (text: string) => problemsOf(withLine(/formula: right/, `formula: ${text}`));
  assert.match(await formula("right + rigth"), /:11:\d+: stages\.rl\.reward\.formula: unknown name rigth, did you mean right\?/);
  assert.match(await formula("constructor"), /unknown name constructor/);
  assert.match(await formula("right.constructor"), /properties are not allowed/);
  assert.match(await formula("'import(\"fs\")'"), /strings are not allowed|unknown function import/);
  assert.match(await formula("right +"), /stages\.rl\.reward\.formula:/);
  assert.match(await formula("right; right"), /";" is not allowed/);
});

test("load: the score by weights, each held against a rule", async () => {
  const reward = (text: string) => withLine(/reward: .*/, `reward: ${text}`);
  const weighed = await resolved(reward("{ rules: { right: right, other: right }, weights: { right: 1, other: 0.5 } }"));
  assert.equal(
    [(weighed.reward as never)["formula"], (weighed.reward as never)["weights"], (weighed.reward as never)["normalise"]],
    [null, { right: 1, other: 0.5 }, null],
  );
  const found = async (text: string) => (await problemsOf(reward(text))).split("\n").filter((line) => line.trim() !== "");
  assert.equal(await found("{ rules: { right: right, other: right }, weights: { rihgt: 1, other: 0.5 } }"), [
    "experiment.yaml: 2 problems",
    'experiment.yaml:11:56: stages.rl.reward.weights: no weight for the rule "right": every rule has one, 0 where it is only to be watched',
    "  11 |       reward: { rules: { right: right, other: right }, weights: { rihgt: 1, other: 0.5 } }",
    `     |${" ".repeat(56)}^^^^^^^`,
    'experiment.yaml:11:67: stages.rl.reward.weights.rihgt: there is no rule "rihgt" to weigh. Did you mean "right"?',
    "  11 |       reward: { rules: { right: right, other: right }, weights: { rihgt: 1, other: 0.5 } }",
    `     |${" ".repeat(67)}^^^^^`,
  ]);
  assert.match(
    (await found("{ rules: { right: right }, weights: { right: many } }"))[1]!,
    /11:\d+: .*weights\.right: expected number/,
  );
});

test("load: formula or weights, exactly one", async () => {
  const reward = (text: string) => problemsOf(withLine(/reward: .*/, `reward: ${text}`));
  assert.match(
    await reward("{ rules: { right: right } }"),
    /:11:15: stages\.rl\.reward: has neither formula nor weights: give formula, an expression .*, or weights, a number for each rule/,
  );
  assert.match(
    await reward("{ rules: { right: right }, formula: right, weights: { right: 1 } }"),
    /:11:58: stages\.rl\.reward\.weights: there is a formula too \(right\), and only one .* say formula: null/,
  );
  const both = withLine(/reward: .*/, "reward: { rules: { right: right }, formula: right }");
  const set = ["stages.rl.reward.weights={ right: 2 }"];
  assert.match(await problemsOf(both, set), /--set .*weights.*there is a formula too/);
  assert.equal((await resolved(both, [...set, "stages.rl.reward.formula=null"])).reward, {
    rules: { right: { use: "right", of: 1 } },
    formula: null,
    weights: { right: 2 },
    normalise: null,
    onInvalid: "drop-sample",
  });
  // what is at fault by itself is told once
  assert.match(await reward("{ rules: { right: right }, formula: 3 }"), /^experiment\.yaml: 1 problem\n/);
});

test("load: normalising within a group of one", async () => {
  const reward = withLine(/reward: .*/, "reward: { rules: { right: right }, formula: right, normalise: {} }");
  assert.match(
    await problemsOf(reward),
    /:11:\d+: stages\.rl\.reward\.normalise: compares .*samplesPerPrompt is 1: expected two or more/,
  );
  const { normalise } = (await resolved(reward, ["stages.rl.rollout.samplesPerPrompt=2"])).reward as never;
  assert.equal(normalise, { deviation: "unbiased", epsilon: 1e-4, leaveOneOut: false });
});

test("load: a chain that doesn't fit", async () => {
  const chain = (text: string) => problemsOf(withLine(/algorithm: steady/, `algorithm: steady\n      advantage: ${text}`));
  assert.match(await chain("[discounted-return, group-centre]"), /:9:38: stages\.rl\.advantage\[1\]: group-centre takes scores/);
  assert.match(await chain("[group-centre]"), /stages\.rl\.advantage: the chain ends with one number per response/);
  assert.match(await chain("[]"), /stages\.rl\.advantage:/);
});

test("load: a map or a number where a file, a map or a list is expected", async () => {
  assert.match(await problemsOf("3"), /1:1: expected a map of keys/);
  assert.match(await problemsOf("[1, 2]"), /1:1: expected a map of keys/);
  assert.match(await problemsOf(`${soundExperiment}plugins: x\n`), /plugins: expected a list of package names/);
  assert.match(await problemsOf(withLine(/engine.*|$/, "engine: 3\n")), /engine: there is no engine "3"/);
  assert.match(
    await problemsOf(withLine(/model: fake/, "model: [fake]")),
    /2:8: model: expected the name of a model, or { use: name/,
  );
  assert.match(await problemsOf(withLine(/model: fake/, "")), /model: missing: expected the name of a model/);
  assert.match(
    await problemsOf(`${soundExperiment}seeds: many\n`),
    /seeds: expected how many \(1 to 1000\), a list of whole numbers, or such for each .*\(given: "many"\)/,
  );
  assert.match(await problemsOf(`${soundExperiment}seeds: 0\n`), /seeds: /);
  assert.match(await problemsOf(withLine(/name: fake/, "name: ../../etc")), /1:7: name: expected letters, digits/);
});

test("load: stages missing, none, of a wrong form, with a name that would leave the run's folder", async () => {
  const head = "name: x\nmodel: fake\ndata: fake-items\n";
  assert.match(await problemsOf(head), /stages: missing/);
  assert.match(await problemsOf(`${head}stages: []\n`), /4:9: stages: expected a list of stages/);
  assert.match(await problemsOf(`${head}stages: { a: evaluate }\n`), /stages: expected a list of stages/);
  assert.match(await problemsOf(`${head}stages: [evaluate]\n`), /stages: expected one name for each stage/);
  assert.match(await problemsOf(`${head}stages:\n  - a:\n    use: evaluate\n`), /5:5: stages: expected one name for each stage/);
  assert.match(await problemsOf(`${head}stages: [a: evaluate, a: evaluate]\n`), /4:23: stages\.a: two stages have this name/);
  assert.match(
    await problemsOf(`${head}stages:\n  - ../../up: evaluate\n`),
    /5:5: stages: "\.\.\/\.\.\/up" can't be a stage's name/,
  );
  assert.match(await problemsOf(`${head}stages:\n  - a:\n`), /stages\.a: expected the name of a stage/);
});

test("load: a file that is not there", async () => {
  await refusedInput(
    loadExperiment("/nowhere/x.yaml", { registryFor: () => assert.unreachable() as never }),
    /\/nowhere\/x\.yaml: can't be read/,
  );
});

test("load: a file in another encoding is refused at its byte, and nothing in it becomes U+FFFD; a byte-order mark is nothing to mind", async () => {
  const folder = temporaryFolder();
  const file = join(folder, "x.yaml");
  const load = async (bytes: Uint8Array) => {
    writeFileSync(file, bytes);
    return loadExperiment(file, { registryFor: async () => fakeRegistry() });
  };
  try {
    const text = soundExperiment.replace("model: fake", "# caf\u00E9\nmodel: fake");
    await refusedInput(
      load(Buffer.from(text, "latin1")),
      /x\.yaml:2: byte 17 of the file \(0xE9\) is not UTF-8; expected a file in UTF-8 \(is it Latin-1 or Windows-1252\?\)/,
    );
    await refusedInput(load(Buffer.from(`\uFEFF${text}`, "utf16le")), /x\.yaml:1: is UTF-16, expected UTF-8/);
    await refusedInput(
      load(Buffer.from(text.replace("fake", "fa\0ke"))),
      /x\.yaml:1: byte 9 of the file is a NUL, expected text/,
    );
    assert.is((await load(Buffer.from(`\uFEFF${text}`))).name, "fake");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("load: a preset and the same composition spelt out are one experiment, and have one hash", async () => {
  const named = await loadText(withLine(/algorithm: steady/, "algorithm: { use: steady, variant: careful }"));
  const spelt = await loadText(
    withLine(
      /algorithm: steady/,
      `loss: { aggregate: token-mean, surrogate: { high: 0.2, use: clip, low: 0.2 }, ratio: { use: clamped, limit: 5 } }
      kl: { coefficient: 0.1, in: reward, use: k1 }
      advantage: [{ use: discounted-return, gamma: 1 }, { use: whiten, variance: biased }]`,
    ),
  );
  assert.equal(plainCell("x", named.cells[0]!), plainCell("x", spelt.cells[0]!));
  const hash = ({ cells, registry }: typeof named) => contentHash(identityOf(cells[0]!.stages[1]!.stage, registry, {}));
  assert.is(hash(named), hash(spelt));
});

test("load: the file's own values lie over its preset; a slot with `use` is replaced, one without is changed", async () => {
  const careful = "algorithm: { use: steady, variant: careful }\n      ";
  const changed = await resolved(
    withLine(/algorithm: steady/, `${careful}kl: { coefficient: 0.5 }\n      loss: { ratio: token, surrogate: { high: 0.3 } }`),
  );
  assert.equal(changed.kl, {
    use: "k1",
    in: "reward",
    coefficient: 0.5,
    adaptive: null,
    clampInput: null,
    clampOutput: null,
    gradient: "estimate",
  });
  assert.equal((changed.loss as { ratio: unknown }).ratio, { use: "token" });
  assert.is((changed.loss as { surrogate: { low: number; high: number } }).surrogate.low, 0.2);
  assert.is((changed.loss as { surrogate: { low: number; high: number } }).surrogate.high, 0.3);
  const off = await resolved(withLine(/algorithm: steady/, `${careful}kl: null`));
  assert.is(off.kl, null);
});

test("load: an algorithm that names no KL, sampler or critic has none, whatever the algorithm below it has", async () => {
  const careful = withLine(/algorithm: steady/, "algorithm: { use: steady, variant: careful }\n      sampler: overlong");
  assert.is(((await resolved(careful)) as { kl: { use: string } }).kl.use, "k1");
  const hasty = await resolved(careful, ["stages.rl.algorithm=hasty"]);
  assert.is(hasty.kl, null);
  assert.equal(hasty.sampler, [{ use: "all" }]);
  assert.equal(Object.keys((hasty.reward as { rules: object }).rules), ["right"], "rewards are no part of it");
});

test("load: an override that names an algorithm lays its preset over what the file spelt out", async () => {
  const text = withAblate(
    "baseline: { stages.rl.algorithm: hasty }\nvariants:\n  own: {}\n  both: { stages.rl.algorithm: hasty, stages.rl.loss.aggregate: token-sum }",
  ).replace("algorithm: steady", "algorithm: steady\n      loss: { aggregate: sequence-mean, surrogate: dual-clip }");
  const loss = async (cell: number) =>
    (await resolved(text, [], cell)).loss as { surrogate: { use: string }; aggregate: { use: string } };
  const uses = async (cell: number) => [(await loss(cell)).surrogate.use, (await loss(cell)).aggregate.use];
  assert.equal(await uses(0), ["plain", "token-mean"]); // the later layer's preset wins
  assert.equal(await uses(1), ["dual-clip", "sequence-mean"]);
  assert.equal(await uses(2), ["plain", "token-sum"]); // and its own values over its preset
});

test("load: cells are the baseline, called after its algorithm, and the variants; `ablate.seeds` says which", async () => {
  const experiment = await loadText(
    withAblate(
      "baseline: { stages.rl.algorithm: hasty }\nvariants: { one: {}, two: { model.scale: 2 } }\nseeds: [3, 5]\ncompare: evaluate.accuracy",
    ),
  );
  assert.equal(
    experiment.cells.map(({ name, baseline }) => [name, baseline]),
    [
      ["hasty", true],
      ["one", false],
      ["two", false],
    ],
  );
  assert.equal(experiment.seeds, [3, 5]);
  assert.is(experiment.compare, "evaluate.accuracy");
  const [, one, two] = experiment.cells.map((cell) => plainCell("x", cell));
  assert.equal(differences(one, two), [{ path: "model.scale", baseline: 0.1, value: 2 }]);
  const unnamed = await loadText(withAblate("baseline: { model.scale: 2 }\nvariants: { one: {} }"));
  assert.is(unnamed.cells[0]!.name, "baseline");
});

test("load: every cell has a folder of its own", async () => {
  assert.match(
    await problemsOf(withAblate("baseline: { stages.rl.algorithm: hasty }\nvariants: { hasty: {} }")),
    /ablate\.variants\.hasty: the baseline is called "hasty"/,
  );
  assert.match(await problemsOf(withAblate("variants: { one: {}, ONE: {} }")), /another cell is called "one"/);
  assert.match(await problemsOf(withAblate("variants: {}")), /ablate: expected a baseline, or at least one variant or component/);
});

test("load: overrides that name no slot, no stage, or give a stage no options", async () => {
  assert.match(
    await problemsOf(withAblate("variants: { a: { stage.rl.x: 1 } }")),
    /can't name "stage"\. Did you mean "stages"\?/,
  );
  assert.match(
    await problemsOf(withAblate("variants: { a: { stages.r1.x: 1 } }")),
    /there is no stage "r1"\. Did you mean "rl"\?/,
  );
  assert.match(await problemsOf(withAblate("variants: { a: { stages: 1 } }")), /there is no stage ""/);
  assert.match(
    await problemsOf(withAblate("variants: { a: { stages.rl.loss.ration: token } }")),
    /stages\.rl\.loss\.ration: unknown key "ration"\. Did you mean "ratio"\?/,
  );
  assert.match(
    await problemsOf(withAblate("variants: { a: { stages.rl: null } }")),
    /stages\.rl: expected options of the stage, or the name of another/,
  );
});

test("load: an override may put another stage in a stage's place: the options start anew", async () => {
  const text = withAblate(
    "variants: { a: { stages.coldStart: { use: evaluate, maxNewTokens: 4 } }, b: { stages.coldStart: evaluate } }",
  );
  assert.is((await resolved(text, [], 0, "coldStart")).use, "evaluate");
  assert.is((await resolved(text, [], 1, "coldStart")).use, "evaluate");
});

test("load: names that every object has are names like any other; unknown ones are told, and __proto__ is dropped nowhere", async () => {
  for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
    const unknown = problemsOf;
    assert.match(await unknown(`${soundExperiment}${name}: 1\n`), new RegExp(`unknown key "${name}"\\. There are: ablate`));
    assert.match(await unknown(soundExperiment, [`stages.rl.${name}=1`]), new RegExp(`unknown key "${name}"`));
    assert.match(await unknown(soundExperiment, [`stages.rl.rollout={ ${name}: 1 }`]), new RegExp(`unknown key "${name}"`));
    assert.match(await unknown(soundExperiment, [`model=${name}`]), new RegExp(`there is no model "${name}"`));
    assert.match(await unknown(soundExperiment, [`stages.rl.algorithm=${name}`]), new RegExp(`there is no algorithm "${name}"`));
    const variants = await loadText(withAblate(`variants: { ${name}: { stages.rl.iterations: 1 }, other: {} }`));
    assert.equal(
      variants.cells.map((cell) => cell.name),
      [name, "other"],
    );
    const rules = [`stages.rl.reward={ rules: { ${name}: right }, formula: ${name} }`];
    if (name === "__proto__") assert.match(await unknown(soundExperiment, rules), /"__proto__" can't be a name here/);
    else
      assert.equal(Object.keys((await resolved(soundExperiment, rules)).reward as object), [
        "rules",
        "formula",
        "weights",
        "normalise",
        "onInvalid",
      ]);
  }
});

test("load: << lays a map's values under a slot's own, and each knows the line it was written on", async () => {
  const text = soundExperiment
    .replace("optimizer: { use: adamw", "optimizer: &fast { use: adamw")
    .replace("optimizer: { use: sgd, learningRate: 0.5 }", "optimizer: { <<: *fast, learningRate: 0.25 }");
  const experiment = await loadText(text);
  const lines = explainCell(experiment, experiment.cells[0]!);
  const { optimizer } = await resolved(text);
  const { optimizer: cold } = await resolved(text, [], 0, "coldStart");
  assert.equal(optimizer, { ...(cold as object), learningRate: 0.25 });
  const inRl = lines.slice(lines.findIndex(({ text: shown }) => shown === "  rl:"));
  const written = inRl.find(({ text: shown }) => shown.trim() === 'use: "adamw"')!;
  assert.match(written.origin, /experiment\.yaml:5$/, "in the cold start's line");
});

test("load: sizes that can't run are refused before anything is allocated, with what they would take", async () => {
  for (const [set, says] of [
    ["stages.rl.iterations=1e15", /iterations: 1\.00e\+15 epochs over rollouts: 31,710 years at 1,000 a second/],
    ["stages.rl.update={ epochs: 1e15 }", /update\.epochs: .*years/],
    [
      "stages.rl.rollout.prompts=1e12",
      /rollout: a rollout of 1000000000000 × \d+ responses of \d+ tokens: takes at least .* TiB of memory/,
    ],
    ["stages.rl.rollout.maxNewTokens=1e12", /rollout: .* of memory/],
    ["stages.evaluate.maxNewTokens=1e15", /maxNewTokens: .* PiB of memory/],
    ["stages.evaluate.voting=[1e12]", /voting: .* of memory/],
    ["stages.coldStart.phases=[{ steps: 1e15, batch: 4 }]", /phases\[0\]\.steps: .*years/],
    [
      "stages.coldStart.phases=[{ steps: 1, batch: 1e12 }]",
      /phases\[0\]\.batch: a batch of 1000000000000 examples: .* 233 TiB of memory/,
    ],
    [
      "stages.evaluate.voting=[1e12]",
      /voting: 1000000000000 samples of 4 tokens to a question: takes at least 146 TiB of memory/,
    ],
    ["stages.rl.rollout={ prompts: 1e12, maxNewTokens: 1 }", /rollout: .*: takes at least 138 TiB of memory/],
  ] as const) {
    assert.match(await problemsOf(soundExperiment, [set]), says, set);
  }
});

test("load: batches that the model can't be shown are refused by what it says a prompt takes, each at its option", async () => {
  const large = defineModel({
    name: "large",
    summary: "for tests",
    options: z.strictObject({ picture: z.number().default(2 ** 20) }),
    bytesPerPrompt: ({ picture }) => picture * 12,
    create: () => assert.unreachable() as never,
  });
  const registry = fakeRegistry(definePlugin({ name: "large", api: "^1", components: [large] }));
  const load = (...set: string[]) => loadText(soundExperiment, ["model=large", ...set], registry).then(() => "fine", String);
  assert.is(await load(), "fine");
  // 2^20 pixels of 12 bytes: 12 MiB a prompt.
  const much = await load("stages.rl.rollout.prompts=10000000", "stages.coldStart.phases=[{ steps: 1, batch: 10000000 }]");
  assert.match(
    much,
    /stages\.coldStart\.phases\[0\]\.batch: 10000000 prompts at a time, as large reads them: takes at least 114 TiB/,
  );
  assert.match(much, /stages\.rl\.rollout\.prompts: 10000000 prompts at a time, as large reads them: takes at least 114 TiB/);
  const micro = ["stages.coldStart.phases=[{ steps: 1, batch: 1000000 }]", "stages.coldStart.microbatch=2"];
  assert.is(await load(...micro), "fine", "what is shown at a time counts");
  assert.match(await load(micro[0]!, "model.picture=1e12"), /batch: 1000000 prompts at a time/);
});

test("load: << puts merged variants, rules and targets where they would stand if they were written out", async () => {
  const grid = (variants: string) => `${soundExperiment}ablate:\n  baseline: {}\n  variants: ${variants}\n`;
  const { cells } = await loadText(
    grid("{ <<: { b: { model.scale: 2 }, a: { model.scale: 3 } }, c: { model.scale: 4 }, a: { model.scale: 5 } }"),
  );
  const written = await loadText(grid("{ b: { model.scale: 2 }, a: { model.scale: 5 }, c: { model.scale: 4 } }"));
  assert.equal(
    cells.map((cell) => plainCell(cell.name, cell)),
    written.cells.map((cell) => plainCell(cell.name, cell)),
  );
});

test("load: temperature 0 is greedy where answers are read, and refused where they are learnt from or vote", async () => {
  const evaluate = await resolved(
    soundExperiment,
    ["stages.evaluate.temperature=0", "stages.evaluate.voting=[1]"],
    0,
    "evaluate",
  );
  assert.is(evaluate.temperature, 0);
  assert.match(
    await problemsOf(soundExperiment, ["stages.evaluate.temperature=0", "stages.evaluate.voting=[1, 5]"]),
    /5 votes at temperature 0, where all samples of a question are the same one/,
  );
  assert.match(
    await problemsOf(soundExperiment, ["stages.rl.rollout.temperature=0"]),
    /expected more than 0: at 0 \(greedy\) all responses to a prompt are the same one, and nothing can be learnt from it \(given: 0\)/,
  );
});

test("load: --set wins over file and variant, and reaches seeds and name", async () => {
  const text = withAblate("variants: { a: { stages.rl.iterations: 9 } }");
  assert.is((await resolved(text, [])).iterations, 9);
  assert.is((await resolved(text, ["stages.rl.iterations=2"])).iterations, 2);
  assert.is(((await resolved(text, ["stages.rl.kl={ use: k1, in: loss, coefficient: 1 }"])).kl as { in: string }).in, "loss");
  const experiment = await loadText(soundExperiment, ["seeds=[4, 2]", "name=other", "model.scale=7"]);
  assert.equal([experiment.seeds, experiment.name], [[4, 2], "other"]);
  assert.is((plainCell("x", experiment.cells[0]!) as Plain).model.scale, 7);
});

test("load: --set of what isn't there, of a wrong type, or of no form", async () => {
  assert.match(
    await problemsOf(soundExperiment, ["stages.r1.iterations=2"]),
    /--set stages\.r1\.iterations=2: there is no stage "r1"/,
  );
  assert.match(await problemsOf(soundExperiment, ["iterations=2"]), /--set iterations=2: an override can't name "iterations"/);
  assert.match(
    await problemsOf(soundExperiment, ["stages.rl.iterations=x"]),
    /--set stages\.rl\.iterations=x: stages\.rl\.iterations: expected number/,
  );
  assert.match(await problemsOf(soundExperiment, ["stages.rl.iteratoins=2"]), /--set stages\.rl\.iteratoins=2: .*unknown key/);
  await refusedInput(
    loadText(soundExperiment, ["stages.rl.iterations"]),
    /--set stages\.rl\.iterations: expected --set path=value/,
  );
  await refusedInput(loadText(soundExperiment, ["=1"]), /expected --set path=value/);
  await refusedInput(loadText(soundExperiment, ["model.scale=[1"]), /--set model\.scale=\[1: not valid YAML/);
});

test("load: an unknown variant or key beside an algorithm's name", async () => {
  const beside = (text: string) => problemsOf(withLine(/algorithm: steady/, `algorithm: ${text}`));
  assert.match(
    await beside("{ use: steady, variant: carefull }"),
    /algorithm steady has no variant "carefull"\. Did you mean "careful"\?/,
  );
  assert.match(await beside("{ use: steady, varaint: careful }"), /unknown key "varaint"\. Did you mean "variant"\?/);
  assert.match(await beside("3"), /there is no algorithm "3"/);
});

test("explain: each value with its file line, preset, flag, or default", async () => {
  const text = withLine(
    /algorithm: steady/,
    "algorithm: { use: steady, variant: careful }\n      loss: { aggregate: token-sum }",
  );
  const experiment = await loadText(text, ["stages.rl.iterations=2"]);
  const lines = explainCell(experiment, experiment.cells[0]!);
  const origin = (line: string, after = "  rl:") => {
    const from = lines.findIndex(({ text: shown }) => shown === after);
    return lines
      .slice(from)
      .find(({ text: shown }) => shown.trim() === line)
      ?.origin.replace(/.*experiment\.yaml/, "experiment.yaml");
  };
  assert.is(origin('use: "fake"', "model:"), "experiment.yaml:2");
  assert.is(origin("scale: 0.1", "model:"), "default");
  assert.is(origin("iterations: 2"), "--set stages.rl.iterations=2");
  assert.is(origin("limit: 5"), "preset steady (careful)");
  assert.is(origin('use: "token-sum"'), "experiment.yaml:9");
  assert.is(origin("maxNewTokens: 4"), "experiment.yaml:11");
  assert.is(origin("temperature: 1"), "default");
  assert.is(origin("coefficient: 0.1"), "preset steady (careful)");
  for (const { text: shown, origin: from } of lines) assert.is(from === "", /[:-]$/.test(shown), `${shown} # ${from}`);
});

test("contentHash: the order of keys doesn't matter, the order of a list does", () => {
  assert.is(contentHash({ a: 1, b: { c: [1, 2], d: null } }), contentHash({ b: { d: null, c: [1, 2] }, a: 1 }));
  assert.is.not(contentHash([1, 2]), contentHash([2, 1]));
  assert.is.not(contentHash({ a: 1 }), contentHash({ a: "1" }));
  assert.is(contentHash({ a: 1, b: undefined }), contentHash({ a: 1, b: null }));
  // sha256 of {"a":1,"b":[true,null]}
  assert.is(contentHash({ b: [true, null], a: 1 }), "1cc69c7fa23616ca2ec3ee70d24390a6225c8832db8a4c814c7e0e7f942f8668");
});

test("differences: leaf by leaf, a swapped component as a whole", () => {
  const base = { a: { use: "x", n: 1, m: 2 }, b: [1, 2], c: 3 };
  assert.equal(differences(base, structuredClone(base)), []);
  assert.equal(differences(base, { ...base, a: { use: "x", n: 1, m: 5 } }), [{ path: "a.m", baseline: 2, value: 5 }]);
  assert.equal(differences(base, { ...base, a: { use: "y" } }), [{ path: "a", baseline: base.a, value: { use: "y" } }]);
  assert.equal(differences(base, { a: base.a, b: base.b }), [{ path: "c", baseline: 3, value: undefined }]);
});

test("load: rules between options look at nothing that is wrong by itself", async () => {
  const seen: unknown[] = [];
  const checked = defineReward({
    name: "checked",
    summary: "for tests",
    options: z.strictObject({ n: z.number().default(1) }),
    checks: [
      { reads: ["n"], find: ({ n }: { n: number }) => (seen.push(n), []) },
      { reads: [], find: (all) => (seen.push(all), []) },
    ],
    create: () => ({ score: () => [] }),
  });
  const registry = fakeRegistry(definePlugin({ name: "c", api: "^1", components: [checked] }));
  const written = (n: string) => soundExperiment.replace("right: right }", `right: { use: checked, n: ${n} } }`);
  for (const [n, problem] of [
    ["{ a: 1 }", "expected number, received object"],
    ["[1]", "expected number, received array"],
    ["x", 'expected number, received string (given: "x")'],
  ] as const) {
    const told = await problemsOf(written(n), [], registry);
    assert.match(told, "1 problem");
    assert.match(told, `stages.rl.reward.rules.right.n: ${problem}`);
  }
  assert.equal(seen, [{ n: undefined }, { n: undefined }, { n: undefined }]);
  await loadText(written("3"), [], registry);
  assert.equal(seen.slice(3, 5), [3, { n: 3 }]);
});

test.run();
