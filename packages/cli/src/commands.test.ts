import { InputError } from "@rewardlab/core";
import { loadExperiment, runKey } from "@rewardlab/core/host";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { check } from "./commands/check.ts";
import { engines } from "./commands/engines.ts";
import { explain } from "./commands/explain.ts";
import { probe } from "./commands/probe.ts";
import { compare } from "./commands/compare.ts";
import { report } from "./commands/report.ts";
import { verifyResume } from "./commands/verify-resume.ts";
import { runInWorker } from "./launch.ts";
import type { WorkerEnd } from "./launch.ts";
import { registryFor } from "./plugins.ts";
import { printed } from "./testing/printed.ts";

const test = suite("commands", { folder: "" });
test.before.each((context) => void (context.folder = mkdtempSync(join(tmpdir(), "rewardlab-test-"))));
test.after.each(({ folder }) => {
  process.exitCode = 0;
  rmSync(folder, { recursive: true });
});

async function refused(command: () => Promise<void>, message: RegExp): Promise<void> {
  const error = await command().then(
    () => assert.unreachable("it was accepted"),
    (reason: unknown) => reason,
  );
  assert.instance(error, InputError, String(error));
  assert.match((error as InputError).message, message);
}
function write(folder: string, name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

const experiment = `name: small
model: { use: tiny-vlm, width: 16 }
data: scenes
stages:
  - rl:
      use: rl
      algorithm: stable-reinforce
      iterations: 2
      rollout: { prompts: 2, maxNewTokens: 8 }
      optimizer: { use: adamw, learningRate: 1e-3 }
ablate:
  baseline: { stages.rl.algorithm: reinforce++ }
  variants: { stable: {} }
  seeds: [4, 2]
`;

// ---------------------------------------------------------------- probe

test("probe: one batch gives one result, indented", async ({ folder }) => {
  const batch = write(
    folder,
    "batch.json",
    JSON.stringify({
      scores: [1, 0],
      mask: [
        [1, 1],
        [1, 0],
      ],
    }),
  );
  const text = await printed(() => probe("advantage", "[discounted-return]", { batch }));
  assert.equal(JSON.parse(text), {
    advantages: [
      [1, 1],
      [0, 0],
    ],
    metrics: { nonFiniteAdvantages: 0, nonFiniteScores: 0 },
  });
  assert.ok(text.includes("\n"));
});

test("probe: JSON lines give a line each; NaN and infinities are strings", async ({ folder }) => {
  const lines = [
    { logProbs: [[0]], refLogProbs: [["-Infinity"]] },
    { logProbs: [["NaN"]], refLogProbs: [[0]] },
    { logProbs: [[-1]], refLogProbs: [[-3]] },
  ];
  const batch = write(folder, "batch.jsonl", lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  const results = (await printed(() => probe("kl", "k1", { batch })))
    .split("\n")
    .map((line) => (JSON.parse(line) as { kl: unknown[][] }).kl[0]![0]);
  assert.equal(results, ["Infinity", "NaN", 2]);
});

test("probe: the paper's pre-clip and the filter's two rules, on numbers worked by hand", async ({ folder }) => {
  const batch = write(folder, "batch.json", JSON.stringify({ logProbs: [[10, -10, 0]], oldLogProbs: [[0, 0, 0]] }));
  const { ratio } = JSON.parse(await printed(() => probe("ratio", "pre-clip", { batch }))) as { ratio: number[][] };
  [1e3, 1e-3, 1].forEach((value, index) => assert.ok(Math.abs(ratio[0]![index]! / value - 1) < 1e-5)); // e^±10 is beyond both bounds
});

test("probe: rules on responses", async ({ folder }) => {
  const responses = ["<think>The first.</think><answer>1</answer>", "<answer>1</answer>", "<think>x</think><answer>2</answer>"];
  const items = [1, 2, 2].map((preferred) => ({ question: "?", responses: ["a", "b"], preferred }));
  const batch = write(folder, "batch.json", JSON.stringify({ responses, items }));
  const scores = async (rule: string) =>
    (JSON.parse(await printed(() => probe("reward", rule, { batch }))) as { scores: number[] }).scores;
  assert.equal(await scores("think-answer-format"), [1, 0, 1]);
  assert.equal(await scores("preference-accuracy"), [1, 0, 1]);
});

test("probe: a wrong line of JSON lines is named in its place, and the others go on; exit code 2", async ({ folder }) => {
  const good = '{"logProbs":[[0]],"refLogProbs":[[1]]}';
  const lines = [good, "{]", '{"logProbs":[[0,1],[2]],"refLogProbs":[[0,1]]}', "", good];
  const batch = write(folder, "b.jsonl", lines.join("\n"));
  const { error } = console;
  const told: string[] = [];
  console.error = (text: string) => void told.push(text);
  const results = (await printed(() => probe("kl", "k1", { batch }).finally(() => void (console.error = error))))
    .split("\n")
    .map((line) => JSON.parse(line) as { kl?: unknown; error?: string });
  assert.equal([results[0]!.kl, results[3]!.kl], [[[-1]], [[-1]]]);
  assert.match(results[1]!.error!, "not valid JSON");
  assert.match(results[2]!.error!, "expected rows of one length");
  assert.equal(
    told.map((text) => text.replace(/^.*(b\.jsonl:\d+).*$/, "$1")),
    ["b.jsonl:2", "b.jsonl:3"],
  );
  assert.is(process.exitCode, 2);
});

test("probe: one line in a .jsonl file gives one line", async ({ folder }) => {
  const batch = write(folder, "one.jsonl", '{"logProbs":[[0]],"refLogProbs":[[1]]}\n');
  assert.is((await printed(() => probe("kl", "k1", { batch }))).split("\n").length, 1);
});

test("probe: a batch that can't be read or is no JSON", async ({ folder }) => {
  await refused(
    () => probe("kl", "k1", { batch: join(folder, "none.json") }),
    /none\.json: can't be read: there is no such file; expected a batch as JSON/,
  );
  await refused(() => probe("kl", "k1", { batch: write(folder, "a.json", "{") }), /a\.json: not valid JSON/);
  await refused(() => probe("kl", "k1", { batch: write(folder, "b.jsonl", "\n") }), /b\.jsonl: .*expected a batch as JSON/);
});

// ---------------------------------------------------------------- check, explain, plugins, engines, report

test("check: fine, as text and as JSON", async ({ folder }) => {
  const file = write(folder, "x.yaml", experiment);
  assert.match(
    await printed(() => check(file, { set: [] })),
    /x\.yaml: fine\. small: 2 cells \(reinforce\+\+, stable\) × 2 seeds \(4, 2\)/,
  );
  const { warnings, cannotAct, ...sound } = JSON.parse(await printed(() => check(file, { set: [], json: true }))) as {
    warnings: { kind: string }[];
    cannotAct: { path: string }[];
  };
  assert.ok(cannotAct.some(({ path }) => path === "stages.rl.advantage.score-clip"));
  assert.equal(
    warnings.map(({ kind }) => kind),
    ["changes-more"],
  );
  assert.equal(sound, {
    ok: true,
    name: "small",
    cells: ["reinforce++", "stable"],
    seeds: [4, 2],
    seedLevels: [],
    mixedMetrics: [],
    remoteModels: [],
    data: [],
  });
});

test("check --json: problems with path and place, exit code 2", async ({ folder }) => {
  const file = write(folder, "x.yaml", experiment.replace("iterations: 2", "iterations: two").replace("width", "widht"));
  const result = JSON.parse(await printed(() => check(file, { set: [], json: true }))) as { ok: boolean; problems: object[] };
  assert.is(process.exitCode, 2);
  assert.equal(result, {
    ok: false,
    problems: [
      { path: "model.widht", message: 'unknown key "widht". Did you mean "width"?', line: 2, column: 25 },
      { path: "stages.rl.iterations", message: 'expected number, received string (given: "two")', line: 8, column: 19 },
    ],
  });
});

test("explain: a cell by name, origins, an unknown cell", async ({ folder }) => {
  const file = write(folder, "x.yaml", experiment);
  const text = await printed(() => explain(file, { set: ["stages.rl.iterations=3"], cell: "stable" }));
  assert.match(text, /^.*small \/ stable.*reinforce\+\+ \| stable/);
  assert.match(text, /\n\s+iterations: 3 +# --set stages\.rl\.iterations=3\n/);
  assert.match(text, /\n\s+sigmas: 3 +# preset stable-reinforce \(paper\)\n/);
  assert.match(text, /\n\s+width: 16 +# .*x\.yaml:2\n/);
  const lines = JSON.parse(await printed(() => explain(file, { set: [], json: true }))) as { text: string; origin: string }[];
  assert.ok(
    lines.some(({ text: shown }) => shown.trim() === 'use: "clamped"'),
    "the first cell is the baseline",
  );
  await refused(() => explain(file, { set: [], cell: "stabel" }), /there is no cell "stabel"\. Did you mean "stable"\?/);
});

test("explain --plot: the policy loss of a cell's stages as SVG, or its curves as JSON too", async ({ folder }) => {
  const file = write(folder, "x.yaml", experiment);
  const plot = join(folder, "loss.svg");
  const set = ["stages.rl.loss.surrogate={ use: formula, expression: '-min(ratio, 2) * A' }"];
  assert.match(await printed(() => explain(file, { set, cell: "stable", plot })), /loss\.svg: formula \{ expression: -min/);
  const svg = readFileSync(plot, "utf8");
  assert.match(svg, />formula \{ expression: -min\(ratio, 2\) \* A \}</);
  assert.match(svg, />ratio: pre-clip \{ low: 0\.001, high: 1000 \} · stable, stage rl</);
  const { rows } = JSON.parse(
    await printed(() => explain(file, { set, cell: "stable", plot, json: true, range: [0, 4] })),
  ) as Record<"rows", { curves: { advantage: number; points: { ratio: number; loss: number; gradient: number }[] }[] }[]>;
  // −min(ρ, 2)·A at ρ = 4 (the end) and 1 (a quarter of the 400 steps)
  const [, falling] = rows[0]!.curves;
  assert.is(falling!.advantage, -1);
  const [one, end] = [falling!.points[99]!, falling!.points.at(-1)!];
  assert.ok(Math.abs(one.ratio - 1) + Math.abs(one.loss - 1) + Math.abs(one.gradient - 1) < 1e-5, JSON.stringify(one));
  assert.ok(Math.abs(end.ratio - 4) + Math.abs(end.loss - 2) + Math.abs(end.gradient) < 1e-5, JSON.stringify(end));
});

test("explain --surrogate --plot: surrogates without an experiment, one row each", async ({ folder }) => {
  const plot = join(folder, "surrogates.svg");
  const surrogate = ["clip", "{ use: dual-clip, cap: 4 }"];
  await printed(() => explain(undefined, { set: [], surrogate, ratio: "{ use: pre-clip, high: 2 }", plot, range: [1e-2, 1e2] }));
  const svg = readFileSync(plot, "utf8");
  assert.match(svg, />clip \{ low: 0\.2, high: 0\.2 \}</);
  assert.match(svg, />dual-clip \{ low: 0\.2, high: 0\.2, cap: 4 \}</);
  assert.is(svg.split(">ratio: pre-clip { low: 0.001, high: 2 }<").length - 1, 2);
});

test("explain --plot: what can't be drawn, and flags that don't go together", async ({ folder }) => {
  const file = write(folder, "x.yaml", experiment);
  const plot = join(folder, "loss.svg");
  const of = (options: object) => explain(undefined, { set: [], surrogate: ["clip"], plot, ...options });
  await refused(
    () => of({ plot: join(folder, "nowhere", "loss.svg") }),
    /--plot .*: there is no folder .*nowhere, expected one that exists/,
  );
  await refused(() => of({ plot: join(folder, "loss.png") }), /--plot .*loss\.png: expected the name of an \.svg file/);
  mkdirSync(join(folder, "taken.svg"));
  await refused(() => of({ plot: join(folder, "taken.svg") }), /is a folder, expected a file/);
  await refused(() => of({ surrogate: ["clop"] }), /--surrogate:1:1: there is no surrogate "clop"\. Did you mean "clip"\?/);
  await refused(() => of({ surrogate: ["clip", "{ use: clip, hihg: 1 }"] }), /--surrogate:1:14: .*Did you mean "high"\?/);
  await refused(
    () => of({ surrogate: ["{ use: formula, expression: ratio * B }"] }),
    /--surrogate:1:37: expression: unknown name B/,
  );
  await refused(() => of({ ratio: "tokn" }), /--ratio:1:1: there is no ratio "tokn"\. Did you mean "token"\?/);
  await refused(() => of({ plot: undefined }), /--surrogate is drawn, expected --plot FILE\.svg/);
  await refused(() => of({ surrogate: [] }), /expected an experiment file, or --surrogate SPEC --plot FILE\.svg/);
  await refused(() => of({ cell: "stable" }), /--cell and --set are of an experiment file/);
  await refused(() => explain(file, { set: [], surrogate: ["clip"], plot }), /expected one of the two/);
  await refused(() => explain(file, { set: [], ratio: "token", plot }), /--ratio and --plugin go with --surrogate/);
  await refused(() => explain(file, { set: [], range: [0, 2] }), /--range is of a plot/);
  const evaluated = write(
    folder,
    "y.yaml",
    experiment.replace(/ {2}- rl:[^]*$/, "  - test: { use: evaluate, maxNewTokens: 4, voting: [1] }\n"),
  );
  await refused(
    () => explain(evaluated, { set: [], plot }),
    /no stage of main has a policy loss \(stages: test\), expected an rl stage/,
  );
  assert.not(existsSync(plot));
});

test("worker: an experiment file changed since the grid was started is refused", async ({ folder }) => {
  const file = write(folder, "x.yaml", experiment);
  const loaded = await loadExperiment(file, { registryFor });
  const cell = loaded.cells.find(({ name }) => name === "stable")!;
  const task = {
    file,
    set: [],
    cell: cell.name,
    seed: 4,
    key: runKey(loaded, cell, 4),
    root: join(folder, "x"),
    useShipped: false,
  };
  const endAfter = (text: string): Promise<WorkerEnd> => {
    write(folder, "x.yaml", text);
    return runInWorker(task, { progress: () => {}, note: () => {} }, { stop: new AbortController().signal });
  };
  for (const changed of [
    experiment.replace("iterations: 2", "iterations: 3"),
    experiment.replace("variants: { stable: {} }", "variants: { renamed: {} }"),
  ]) {
    const end = await endAfter(changed);
    assert.is(end.type === "failed" && end.kind, "input", JSON.stringify(end));
    assert.match(
      end.type === "failed" ? end.message : "",
      /x\.yaml: the experiment file .* was changed while the grid ran; run again$/,
    );
    assert.not(existsSync(task.root), "nothing was written");
  }
});

test("engines: each says whether it is there, or why not", async () => {
  const reports = JSON.parse(await printed(() => engines({ json: true }))) as {
    name: string;
    available: boolean;
    detail: string;
  }[];
  assert.equal(reports.map(({ name }) => name).sort(), [
    "cpu",
    "tensorflow",
    "tensorflow-gpu",
    "tensorflow-xla",
    "wasm",
    "webgpu",
  ]);
  for (const { name, available, detail } of reports) {
    assert.ok(detail.length > 10, name);
    if (name === "wasm" || name === "cpu") assert.ok(available, `${name}: ${detail}`);
  }
});

test("compare: folders that hold no run are named", async ({ folder }) => {
  const out = join(folder, "comparison");
  await refused(async () => compare([join(folder, "none")], { out }), /compare: .*none is no folder/);
  await refused(
    async () => compare([folder], { out }),
    /holds no run, expected the folder of a run \(seed-1\), of a cell, or of a grid/,
  );
  assert.not(existsSync(out));
});

test("report: a folder that holds no grid", async ({ folder }) => {
  await refused(() => report(folder, {}), /holds no grid\.json, expected the folder of a grid/);
});

test("probe: a key twice in a batch is refused with its line; in JSON lines the line's result says so", async ({ folder }) => {
  const whole = write(folder, "b.json", '{\n  "scores": [1, 0],\n  "mask": [[1], [1]],\n  "scores": [0, 1]\n}\n');
  await refused(() => probe("advantage", "discounted-return", { batch: whole }), /b\.json:4: the key "scores" is there twice/);
  const lines = write(folder, "b.jsonl", '{"scores":[1],"mask":[[1]]}\n{"scores":[1],"mask":[[1]],"scores":[2]}\n');
  const [, second] = (await printed(() => probe("advantage", "discounted-return", { batch: lines }))).split("\n");
  assert.match(second!, /^\{"error":"the key \\"scores\\" is there twice/);
  assert.is(process.exitCode, 2);
  const natural = write(folder, "c.json", '{"scores":[1],"mask":[[1]],"__proto__":[1],"constructor":[1]}');
  await refused(() => probe("advantage", "discounted-return", { batch: natural }), /unknown field "__proto__"/);
});

test("probe: what JSON would lose of a batch is refused with its line; what JSON.stringify writes is read", async ({
  folder,
}) => {
  const scored = (name: string, text: string | Uint8Array) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return probe("advantage", "discounted-return", { batch: path });
  };
  const batch = (score: string) => `{\n"mask": [[1]],\n"scores": [${score}]}`;
  await refused(() => scored("a.json", batch("1e400")), /a\.json:3: 1e400 is too large for a number, at most 1\.8e308/);
  await refused(() => scored("b.json", batch("1e-400")), /b\.json:3: 1e-400 is too small for a number, and would become 0/);
  await refused(() => scored("c.json", batch("9007199254740993")), /c\.json:3: 9007199254740993 has more digits/);
  await refused(() => scored("d.json", '{"responses": ["\\ud800"]}'), /d\.json:1: \\ud800 is half a character/);
  await refused(() => scored("e.json", Buffer.from('{"é": 1}', "latin1")), /e\.json: byte 3 of the file \(0xE9\) is not UTF-8/);
  await refused(() => scored("f.json", Buffer.from(batch("1"), "utf16le")), /f\.json: is UTF-16, expected UTF-8/);
  for (const value of [1e21, 5e-324, Number.MAX_VALUE, 123456789012345680000])
    assert.match(await printed(() => scored("g.json", batch(JSON.stringify(value)))), /"advantages"/);
  assert.match(await printed(() => scored("h.json", `\uFEFF${batch("-0")}`)), /"advantages"/);
});

test("check: a split that the data don't have is told before anything runs, in JSON with its place", async ({ folder }) => {
  const file = write(
    folder,
    "split.yaml",
    experiment.replace("ablate:", "  - evaluate: { use: evaluate, on: [data.nonsense] }\nablate:"),
  );
  await refused(() => check(file, { set: [] }), /stages\.evaluate\.on: the data has no split "nonsense"/);
  const told = JSON.parse(await printed(() => check(file, { set: [], json: true }))) as { problems: { path: string }[] };
  assert.equal(
    told.problems.map(({ path }) => path),
    ["stages.evaluate.on"],
  );
});

test("verify-resume: a cell that isn't there is refused before anything is run", async ({ folder }) => {
  const file = write(folder, "x.yaml", experiment);
  await refused(
    () => verifyResume(file, { cell: "other", kills: 1, seed: 1, runs: "runs", set: [] }),
    /^--cell: there is no cell "other"\. /,
  );
});

test.run();
