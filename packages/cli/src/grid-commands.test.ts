// plan, diff, runs and export, on files and folders made for them.

import { InputError } from "@rewardlab/core";
import { parquetReadObjects } from "hyparquet";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { diff } from "./commands/diff.ts";
import { exportRuns } from "./commands/export.ts";
import { plan } from "./commands/plan.ts";
import { didNothing, didNothingLines } from "./first-steps.ts";
import { filtered, listRuns, removeRuns, timeOf } from "./commands/runs.ts";
import { findRuns, metricValue, runsNamed } from "./find-runs.ts";

const test = suite("grid commands", { folder: "" });
test.before.each((context) => void (context.folder = mkdtempSync(join(tmpdir(), "rewardlab-test-"))));
test.after.each(({ folder }) => {
  process.exitCode = 0;
  rmSync(folder, { recursive: true });
});

/** What a command prints on stdout and on stderr. */
async function printed(command: () => Promise<void>): Promise<{ out: string; err: string }> {
  const { log, error } = console;
  const [out, err]: [string[], string[]] = [[], []];
  console.log = (...values) => void out.push(values.join(" "));
  console.error = (...values) => void err.push(values.join(" "));
  try {
    await command();
  } finally {
    Object.assign(console, { log, error });
  }
  return { out: out.join("\n"), err: err.join("\n") };
}
const parsed = async <T>(command: () => Promise<void>): Promise<T> => JSON.parse((await printed(command)).out) as T;
async function refused(command: () => Promise<void>, message: RegExp): Promise<void> {
  const error = await printed(command).then(
    () => assert.unreachable("it was accepted"),
    (reason: unknown) => reason,
  );
  assert.instance(error, InputError, String(error));
  assert.match((error as InputError).message, message);
}
function write(path: string, content: unknown): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

const experiment = (more: string) => `name: small
model: { use: tiny-vlm, width: 16, layers: 1, hiddenSize: 16 }
data: { use: scenes, train: 8, test: 4 }
stages:
  - coldStart: { use: sft, seed: 1, phases: [{ steps: 30, batch: 8, learningRate: 1e-3 }], optimizer: { use: adamw, learningRate: 1e-3 } }
  - rl:
      use: rl
      algorithm: stable-reinforce
      iterations: 5
      rollout: { prompts: 4, samplesPerPrompt: 2, maxNewTokens: 8 }
      update: { minibatch: 4 }
      optimizer: { use: adamw, learningRate: 1e-3 }
  - evaluate: { use: evaluate, voting: [1, 3], maxNewTokens: 8 }
${more}`;
const ablation = experiment(`ablate:
  leaveOneOut:
    pre-clip: { stages.rl.loss.ratio: token }
    filter: { stages.rl.advantage: { without: three-sigma-filter } }
seeds: 2
compare: evaluate.accuracy
`);

// ---------------------------------------------------------------- plan

interface Planned {
  readonly runs: { readonly all: number; readonly done: number };
  readonly cells: readonly {
    readonly name: string;
    readonly hash: string;
    readonly against: string | null;
    readonly done: number;
  }[];
  readonly artefacts: readonly { readonly stage: string; readonly key: string; readonly runs: number; readonly state: string }[];
  readonly batches: readonly { readonly stage: string; readonly cells: readonly string[]; readonly per: readonly unknown[] }[];
  readonly time: { readonly source: string | null; readonly seconds: number | null; readonly unknown: readonly string[] };
  readonly warnings: readonly { readonly kind: string }[];
}

test("plan: cells, what is shared, the arithmetic, nothing written", async ({ folder }) => {
  const file = write(join(folder, "x.yaml"), ablation);
  const runs = join(folder, "runs");
  const result = await parsed<Planned>(() => plan(file, { runs, json: true, set: [] }));
  assert.equal([result.runs.all, result.runs.done], [8, 0]);
  assert.equal(
    result.cells.map(({ name, against }) => [name, against]),
    [
      ["baseline", null],
      ["full", "baseline"],
      ["without pre-clip", "full"],
      ["without filter", "full"],
    ],
  );
  assert.is(new Set(result.cells.map(({ hash }) => hash)).size, 4);
  assert.equal(
    result.artefacts.map(({ stage, runs: shared, state }) => [stage, shared, state]),
    [["coldStart", 8, "to do"], ...Array.from({ length: 8 }, () => ["evaluate", 1, "to do"])],
  );
  assert.equal(
    result.batches.map(({ stage, cells }) => [stage, cells.length]),
    [
      ["coldStart", 4],
      ["rl", 4],
      ["evaluate", 4],
    ],
  );
  assert.equal(result.time.source, null);
  assert.equal(result.warnings, []);
  const { out } = await printed(() => plan(file, { runs, set: [] }));
  assert.match(out, /small.*: 4 cells × 2 seeds \(1, 2\) = 8 runs; 0 done/);
  assert.match(out, /coldStart: shared by 8 runs; to do/);
  assert.match(out, /per iteration: 4 prompts, 8 responses, 64 tokens, 2 updates/);
  assert.match(out, /per update: 4 prompts, 4 responses, 32 tokens, 1 forward pass\n/);
  assert.match(out, /in all: 20 prompts, 40 responses, 320 tokens, 10 updates/);
  assert.match(out, /unknown: nothing was timed; --time runs the first steps for real/);
  assert.not(existsSync(runs), "nothing is written");
});

test("plan: what earlier runs have done and how long they took", async ({ folder }) => {
  const file = write(join(folder, "x.yaml"), ablation);
  const runs = join(folder, "runs");
  const { artefacts } = await parsed<Planned>(() => plan(file, { runs, json: true, set: [] }));
  const { stage, key } = artefacts[0]!;
  write(join(runs, "small", "artefacts", `${stage}-${key.slice(0, 12)}`, "artefact.json"), {
    stage,
    key,
    status: "done",
    results: {},
    model: null,
  });
  write(join(runs, "small", "full", "seed-1", "timing.json"), {
    seconds: 99,
    peakMemory: 1e8,
    stages: { rl: { units: 4, seconds: 8, of: 5, size: 128 }, evaluate: { units: 4, seconds: 1, of: 4, size: 24 } },
  });
  const { out } = await printed(() => plan(file, { runs, set: [], workers: 1 }));
  assert.match(out, /coldStart: shared by 8 runs; done/);
  // 8 runs of 5 iterations at 2 s and 4 items at 0.25 s: 88 s
  assert.match(
    out,
    /about 88 s, 1 at a time \(--workers\); 88 s of work \(from earlier runs: rl 2\.0 s each, evaluate 0\.25 s each\)/,
  );
});

test("plan --time: the first steps are run for real, in a folder that goes", async ({ folder }) => {
  const file = write(join(folder, "x.yaml"), experiment("engine: wasm\n").replace("iterations: 5", "iterations: 400"));
  const runs = join(folder, "runs");
  const before = readdirSync(tmpdir()).filter((name) => name.startsWith("rewardlab-plan-"));
  const { time } = await parsed<Planned>(() => plan(file, { runs, json: true, time: true, set: [] }));
  assert.equal([time.source, time.unknown], ["timed now", ["evaluate"]], "4 items are one batch: nothing after the first");
  const timed = await parsed<Planned>(() => plan(file, { runs, json: true, time: true, set: ["stages.evaluate.prompts=2"] }));
  assert.equal(timed.time.unknown, []);
  assert.ok(timed.time.seconds! > 0.1, String(timed.time.seconds));
  assert.not(existsSync(runs));
  assert.equal(
    readdirSync(tmpdir()).filter((name) => name.startsWith("rewardlab-plan-")),
    before,
  );
});

test("plan --time: of each variant, what did nothing in its first iterations", async ({ folder }) => {
  const file = write(
    join(folder, "x.yaml"),
    experiment("engine: wasm\nablate: { variants: { a: {}, b: { stages.rl.optimizer.learningRate: 2e-3 } } }\n"),
  );
  const planned = await parsed<{ firstSteps: { cell: string; metrics: string[]; iterations: number }[] }>(() =>
    plan(file, { runs: join(folder, "runs"), json: true, time: true, set: [] }),
  );
  assert.equal(
    planned.firstSteps.map(({ cell, iterations }) => [cell, iterations]),
    [
      ["a", 2],
      ["b", 2],
    ],
  );
  for (const { metrics } of planned.firstSteps) assert.ok(metrics.includes("preClippedFraction"), metrics.join());
});

test("what did nothing: of the metrics that say something by being 0 those that were it in every line", () => {
  const timing = {} as never;
  const metrics = [
    { clipFraction: 0, filteredFraction: 0.1, preClippedFraction: 0, loss: 0, otherFraction: 0 },
    { clipFraction: 0.2, filteredFraction: 0, preClippedFraction: 0, otherFraction: 0 },
  ];
  const telling = ["clipFraction", "filteredFraction", "preClippedFraction", "notCounted"];
  const found = didNothing([{ cell: "a", timing, metrics, telling }, { cell: "b", timing, metrics: [], telling }]); // prettier-ignore
  assert.equal(found, [{ cell: "a", metrics: ["preClippedFraction"], iterations: 2 }]);
  assert.equal(didNothingLines(found), [
    "a: preClippedFraction was 0 in the first 2 iterations: what it counts did nothing there, and where that stays so it makes no difference.",
  ]);
});

test("plan: a huge grid asks for --yes", async ({ folder }) => {
  const file = write(
    join(folder, "x.yaml"),
    experiment("grid: { model.width: '8:8:64', stages.rl.iterations: '1:10' }\nseeds: 200\n"),
  );
  await refused(
    () => plan(file, { runs: "runs", set: [] }),
    /80 cells × 200 seeds are 16,000 runs, more than 10,000; --yes if that is meant/,
  );
  const result = await parsed<Planned>(() => plan(file, { runs: join(folder, "runs"), set: [], yes: true, json: true }));
  assert.is(result.runs.all, 16_000);
});

// ---------------------------------------------------------------- diff

test("diff: two cells of a file, and two files cell by cell", async ({ folder }) => {
  const a = write(join(folder, "a.yaml"), ablation);
  const b = write(
    join(folder, "b.yaml"),
    ablation.replace("iterations: 5", "iterations: 6").replace("    filter:", "    sieve:").replace("seeds: 2", "seeds: 3"),
  );
  const cells = await printed(() => diff(`${a}#full`, `${a}#without pre-clip`, {}));
  assert.match(cells.out, /full → without pre-clip/);
  assert.match(cells.out, /stages\.rl\.loss\.ratio.*pre-clip\(low=1e-3, high=1000\).*token/);
  const filter = await printed(() => diff(`${a}#full`, `${a}#without filter`, {}));
  assert.match(filter.out, /stages\.rl\.advantage\.three-sigma-filter \(removed\).*three-sigma-filter\(sigmas=3.*–/);
  assert.not.match(filter.out, /score-clip|advantage\.\d/);
  const files = await parsed<Record<string, unknown>>(() => diff(a, b, { json: true }));
  assert.equal(files, {
    a,
    b,
    cells: ["baseline", "full", "without pre-clip"].map((name) => ({
      a: name,
      b: name,
      differences: [{ path: "stages.rl.iterations", baseline: 5, value: 6 }],
    })),
    onlyInA: ["without filter"],
    onlyInB: ["without sieve"],
    seeds: { a: [1, 2], b: [1, 2, 3] },
  });
  assert.match((await printed(() => diff(`${a}#full`, `${a}#full`, {}))).out, /full.*: the same/);
});

test("diff: an unknown cell, and one cell against many", async ({ folder }) => {
  const a = write(join(folder, "a#1.yaml"), ablation);
  await refused(() => diff(`${a}#ful`, a, {}), /a#1\.yaml has no cell "ful"\. Did you mean "full"\?/);
  await refused(() => diff(`${a}#full`, a, {}), /has 4 cells, expected one of them: ".*a#1\.yaml#baseline"/);
});

// ---------------------------------------------------------------- runs, export

/** Two experiments with runs in all states. */
function makeRuns(folder: string): string {
  const runs = join(folder, "runs");
  const status = (name: string, at: string) => ({ status: name, reason: null, key: "k", at });
  const results = (accuracy: number) => [{ name: "evaluate", use: "evaluate", results: { accuracy, voting: { 3: 0.5 } } }];
  write(join(runs, "one/grid.json"), { compare: "evaluate.accuracy", cells: [{ name: "a <b>", folder: "a _b_-12345678" }] });
  write(join(runs, "one/a _b_-12345678/seed-1/status.json"), status("done", "2026-01-02T10:00:00Z"));
  write(join(runs, "one/a _b_-12345678/seed-1/results.json"), results(0.75));
  write(join(runs, "one/a _b_-12345678/seed-1/stage.json"), { stage: "rl", key: "k" });
  write(
    join(runs, "one/a _b_-12345678/seed-1/metrics.jsonl"),
    '{"iteration":1,"score":0.5,"rules":{"accuracy":0.25},"kl":"NaN"}\n{"iteration":2,"score":1,"rules":{"accuracy":null},"kl":"-Infinity","extra":3}\n{"iteration":3,"sco',
  );
  write(join(runs, "one/a _b_-12345678/seed-1/second/metrics.jsonl"), '{"iteration":1,"score":2}\n');
  write(join(runs, "one/a _b_-12345678/seed-1/second/stage.json"), { stage: "second", key: "k" });
  write(join(runs, "one/a _b_-12345678/seed-10/status.json"), status("failed", "2026-01-03T10:00:00Z"));
  write(join(runs, "one/a _b_-12345678/seed-2/status.json"), "{ torn");
  write(join(runs, "one/artefacts/coldStart-123/artefact.json"), {});
  write(join(runs, "two/main/seed-1/status.json"), status("running", "2026-01-04T10:00:00Z"));
  return runs;
}

test("runs: a line each, with status, time, score and the compared metric; a broken file is that run's affair", async ({
  folder,
}) => {
  const runs = makeRuns(folder);
  const { out, err } = await printed(() => listRuns({ runs }));
  assert.match(out, /one.*a <b>.*1 .*done.*2026-01-02.*1\.000.*0\.750/);
  assert.match(out, /4 runs in/);
  assert.match(err, /seed-2\/status\.json: not valid JSON/);
  const { out: json } = await printed(() => listRuns({ runs, json: true }));
  const listed = JSON.parse(json) as {
    path: string;
    status: string;
    score: number | null;
    compared: { value: number | null } | null;
  }[];
  assert.equal(
    listed.map((run) => [run.path, run.status, run.score, run.compared?.value ?? null]),
    [
      ["one/a _b_-12345678/seed-1", "done", 1, 0.75],
      ["one/a _b_-12345678/seed-2", "queued", null, null],
      ["one/a _b_-12345678/seed-10", "failed", null, null],
      ["two/main/seed-1", "running", null, null],
    ],
  );
  const seedLevels = [
    { stage: "coldStart", seeds: [2] },
    { stage: "rl", seeds: [3] },
  ];
  write(join(runs, "three/grid.json"), { seedLevels });
  write(join(runs, "three/main/seed-2003/status.json"), { status: "done", at: "2026-01-05T10:00:00Z" });
  const labelled = await printed(() => listRuns({ runs, experiment: "three" }));
  assert.match(labelled.out, /three.*main.*coldStart 2 · rl 3 .*done/);
  assert.not.match(labelled.out, /2003/);
  const levelled = await printed(() => listRuns({ runs, experiment: "three", json: true }));
  const [three] = JSON.parse(levelled.out) as { seed: number; label: string }[];
  assert.equal([three!.seed, three!.label], [2003, "coldStart 2 · rl 3"]);
  for (const damaged of [3, [null], [{ stage: "rl" }]]) {
    write(join(runs, "three/grid.json"), { seedLevels: damaged, cells: [null] });
    assert.match((await printed(() => listRuns({ runs, experiment: "three" }))).out, /three.*main.*\b2003\b/);
  }
  assert.match((await printed(() => listRuns({ runs: join(folder, "nowhere") }))).out, /there is no folder/);
});

test("runs: filters", async ({ folder }) => {
  const runs = makeRuns(folder);
  const kept = (filters: object) => filtered(found, filters).map(({ path }) => path.replace(/.*\//, ""));
  const { error } = console;
  console.error = () => {};
  const found = findRuns(runs);
  console.error = error;
  assert.equal(kept({ status: "failed" }), ["seed-10"]);
  assert.equal(kept({ experiment: "two" }), ["seed-1"]);
  assert.equal(kept({ since: "2026-01-03", experiment: "one", status: "failed" }), ["seed-10"]);
  assert.equal(kept({ since: "2026-01-03T12:00:00Z", status: "failed" }), []);
  assert.throws(() => kept({ status: "fialed" }), /there is no such status\. Did you mean "failed"\?/);
  assert.throws(() => kept({ experiment: "tow" }), /there is no such experiment\. Did you mean "two"\?/);
  assert.throws(() => kept({ since: "yesterday" }), /expected 30m, 12h, 2d, 1w, or a date/);
  assert.is(timeOf("2h", new Date("2026-01-01T10:00:00Z")).toISOString(), "2026-01-01T08:00:00.000Z");
});

test("runs: names of an experiment, a cell, a run, or a path from here", async ({ folder }) => {
  const runs = makeRuns(folder);
  const { error } = console;
  console.error = () => {};
  const all = findRuns(runs);
  console.error = error;
  const named = (text: string) => runsNamed(all, runs, text).length;
  assert.equal(
    ["one", "one/a <b>", "one/a _b_-12345678/seed-1", "one/a <b>/seed-10/", join(runs, "two"), join(runs, "two/main/seed-1")].map(
      named,
    ),
    [3, 3, 1, 1, 1, 1],
  );
  assert.throws(() => named("onee"), /there is no run "onee" in .*Did you mean "one"\?/);
  assert.is(metricValue(join(runs, "one/a _b_-12345678/seed-1"), "evaluate.voting.3"), 0.5);
  assert.is(metricValue(join(runs, "one/a _b_-12345678/seed-1"), "evaluate.nothing"), null);
});

test("runs rm: asks first; removes what is named, and with a whole experiment what its runs shared", async ({ folder }) => {
  const runs = makeRuns(folder);
  await refused(() => removeRuns([], { runs }), /expected the runs to remove/);
  if (!process.stdin.isTTY)
    await refused(
      () => removeRuns(["two"], { runs }),
      /two\/main\/seed-1 \(running\)\nRemove 1 run from [^]*no terminal to ask on, expected --yes/,
    );
  assert.ok(existsSync(join(runs, "two/main/seed-1")));
  await printed(() => removeRuns(["one"], { runs, status: "failed", yes: true }));
  assert.equal(readdirSync(join(runs, "one/a _b_-12345678")), ["seed-1", "seed-2"]);
  assert.ok(existsSync(join(runs, "one/artefacts")));
  const { out } = await printed(() => removeRuns(["one"], { runs, yes: true, json: true }));
  assert.equal(JSON.parse(out), { removed: ["one/a _b_-12345678/seed-1", "one/a _b_-12345678/seed-2"] });
  assert.equal(readdirSync(runs), ["two"], "artefacts and grid.json went with the last of its runs");
  await printed(() => removeRuns(["two/main/seed-1"], { runs, yes: true }));
  assert.equal(readdirSync(join(runs, "two")), [], "a run was named, so its experiment's folder stays");
});

test("runs rm: never follows a link out of the folder", async ({ folder }) => {
  const runs = makeRuns(folder);
  const outside = join(folder, "outside");
  write(join(outside, "main/seed-1/status.json"), "{}");
  symlinkSync(outside, join(runs, "linked"), "junction");
  symlinkSync(join(outside, "main"), join(runs, "two/linked"), "junction");
  symlinkSync(outside, join(runs, "two/main/seed-1/inside"), "junction");
  const { out } = await printed(() => listRuns({ runs, json: true }));
  assert.not.match(out, /linked/);
  await refused(() => removeRuns(["linked"], { runs, yes: true }), /there is no run "linked"/);
  await printed(() => removeRuns(["two"], { runs, yes: true }));
  assert.not(existsSync(join(runs, "two")));
  assert.ok(existsSync(join(outside, "main/seed-1/status.json")), "the links went, not what they pointed at");
});

test("export: long and wide CSV; NaN and infinities as such, a torn last line is said", async ({ folder }) => {
  const runs = makeRuns(folder);
  const file = join(folder, "out.csv");
  const { err } = await printed(() => exportRuns(["one/a <b>/seed-1"], { runs, csv: file, wide: true }));
  assert.match(err, /metrics\.jsonl: the last line was cut short and is left out/);
  assert.equal(readFileSync(file, "utf8").split("\n"), [
    "experiment,cell,seed,stage,step,extra,kl,rules.accuracy,score",
    "one,a <b>,1,rl,1,,NaN,0.25,0.5",
    "one,a <b>,1,rl,2,3,-Infinity,,1",
    "one,a <b>,1,second,1,,,,2",
    "",
  ]);
  await printed(() => exportRuns(["one/a <b>/seed-1"], { runs, csv: file }));
  const long = readFileSync(file, "utf8").trimEnd().split("\n");
  assert.is(long.length, 1 + 3 + 4 + 1);
  assert.is(long[1], "one,a <b>,1,rl,1,score,0.5");
});

test("export: Parquet, read back by another library", async ({ folder }) => {
  const runs = makeRuns(folder);
  const file = join(folder, "out.parquet");
  const { rows, notes } = await parsed<{ rows: number; notes: string[] }>(() =>
    exportRuns(["one/a <b>/seed-1"], { runs, parquet: file, wide: true, json: true }),
  );
  assert.equal([rows, notes.length], [3, 1]);
  const read = async () => {
    const bytes = readFileSync(file);
    return parquetReadObjects({ file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) });
  };
  assert.equal(await read(), [
    { experiment: "one", cell: "a <b>", seed: 1, stage: "rl", step: 1, extra: null, kl: NaN, "rules.accuracy": 0.25, score: 0.5 },
    {
      experiment: "one",
      cell: "a <b>",
      seed: 1,
      stage: "rl",
      step: 2,
      extra: 3,
      kl: -Infinity,
      "rules.accuracy": null,
      score: 1,
    },
    {
      experiment: "one",
      cell: "a <b>",
      seed: 1,
      stage: "second",
      step: 1,
      extra: null,
      kl: null,
      "rules.accuracy": null,
      score: 2,
    },
  ]);
  await printed(() => exportRuns(["one/a <b>/seed-1"], { runs, parquet: file }));
  assert.is((await read()).length, 8);
});

test("export: what can't be", async ({ folder }) => {
  const runs = makeRuns(folder);
  await refused(() => exportRuns(["one"], { runs }), /expected one of --csv FILE and --parquet FILE/);
  await refused(() => exportRuns(["one"], { runs, csv: "-", json: true }), /--csv - prints the table/);
  await refused(() => exportRuns(["two"], { runs, csv: "-" }), /1 run, none of which has written metrics/);
  write(join(runs, "two/main/seed-1/metrics.jsonl"), "garbage\n{}\n");
  await refused(() => exportRuns(["two"], { runs, csv: "-" }), /metrics\.jsonl:1: not valid JSON/);
});

test.run();
