import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readGrid } from "./read-grid.ts";
import { summarise } from "./summarise.ts";
import { fixtureGrid, writeJson } from "./testing/fixture-grid.ts";

test("readGrid: reads cells, runs, the evaluations before and after RL, and the iterations", () => {
  const { root } = fixtureGrid({ iterations: 3 });
  const grid = readGrid(root);
  assert.is(grid.name, "quickstart");
  assert.equal(
    grid.cells.map(({ name, baseline, runs }) => [name, baseline, runs.map(({ seed, status }) => `${seed} ${status}`)]),
    [
      ["reinforce++", true, ["1 done", "2 done"]],
      ["stable-reinforce", false, ["1 done", "2 done"]],
    ],
  );
  const run = grid.cells[0]!.runs[0]!;
  assert.is(run.before!.stage, "before");
  assert.is(run.after!.stage, "evaluate");
  assert.ok(run.after!.accuracy > run.before!.accuracy);
  assert.is(run.after!.perItem.length, 240);
  assert.equal(
    run.iterations.map(({ iteration }) => iteration),
    [1, 2, 3],
  );
  assert.type(run.iterations[0]!.values["rules.accuracy"], "number");
  assert.is(run.provenance!.engine, "wasm");
  assert.equal(run.problems, []);
});

test("readGrid: NaN and infinity are numbers that were measured, whether as text or as null", () => {
  const { root, folder } = fixtureGrid();
  writeFileSync(
    join(folder(0, 0), "metrics.jsonl"),
    '{"iteration":1,"kl":null,"largestRatio":"Infinity","score":"NaN","loss":1.5,"note":"x","rules":{"format":null}}\n',
  );
  const [line] = readGrid(root).cells[0]!.runs[0]!.iterations;
  assert.equal(line!.values, { kl: NaN, largestRatio: Infinity, score: NaN, loss: 1.5, "rules.format": NaN });
});

test("readGrid: a last line that was cut short is left out, and said", () => {
  const { root, folder } = fixtureGrid({ iterations: 3 });
  appendFileSync(join(folder(0, 0), "metrics.jsonl"), '{"iteration":4,"sco');
  const run = readGrid(root).cells[0]!.runs[0]!;
  assert.is(run.iterations.length, 3);
  assert.match(run.problems[0]!, /metrics\.jsonl: the last line was cut short/);
});

test("readGrid: what is broken in one run stays in that run", () => {
  const { root, folder } = fixtureGrid();
  writeFileSync(join(folder(0, 0), "results.json"), "{ not JSON");
  writeFileSync(join(folder(0, 1), "metrics.jsonl"), "garbage\n{}\n");
  writeJson(join(folder(1, 0), "results.json"), { not: "a list" });
  writeJson(join(folder(1, 1), "results.json"), [
    null,
    3,
    { name: "evaluate", use: "evaluate", results: { accuracy: null, byKind: 7 } },
  ]);
  const [first, second] = readGrid(root).cells;
  assert.match(first!.runs[0]!.problems[0]!, /results\.json: not valid JSON/);
  assert.match(first!.runs[1]!.problems[0]!, /metrics\.jsonl:1: not valid JSON/);
  assert.ok(first!.runs[1]!.after);
  assert.is(second!.runs[0]!.after, null);
  assert.is(second!.runs[1]!.after, null);
});

test("readGrid: what is missing or damaged of a finished run is told, with its file, and is no 0", () => {
  const evaluate = (change: (results: Record<string, unknown>) => object) => (folder: string) => {
    const path = join(folder, "results.json");
    const records = JSON.parse(readFileSync(path, "utf8")) as { name: string; results: Record<string, unknown> }[];
    writeJson(path, records.map((one) => (one.name === "evaluate" ? { ...one, results: change(one.results) } : one))); // prettier-ignore
  };
  const damages: readonly [damage: (folder: string) => void, told: RegExp][] = [
    [(folder) => rmSync(join(folder, "results.json")), /seed-1\/results\.json: is missing, though the run is finished/],
    [(folder) => writeJson(join(folder, "results.json"), { not: "a list" }), /results\.json: holds no list of stages/],
    [(folder) => writeJson(join(folder, "results.json"), [null]), /results\.json: holds no list of stages/],
    [(folder) => rmSync(join(folder, "metrics.jsonl")), /seed-1\/metrics\.jsonl: is missing, or holds no iteration/],
    [
      (folder) => writeFileSync(join(folder, "metrics.jsonl"), '{"iteration":1}\n'),
      /metrics\.jsonl: holds 1 iterations, some are missing/,
    ],
    [(folder) => writeFileSync(join(folder, "metrics.jsonl"), "3\n{}\n{}\n{}\n"), /metrics\.jsonl:1: is no JSON object/],
    [(folder) => rmSync(join(folder, "experiment.yaml")), /seed-1\/experiment\.yaml: is missing/],
    [evaluate(({ perItem: _gone, ...rest }) => rest), /results\.json: evaluate: holds no record of its items \(perItem\)/],
    [evaluate((results) => ({ ...results, accuracy: null })), /results\.json: evaluate: holds no accuracy/],
    [evaluate((results) => ({ ...results, perItem: [1, "x"] })), /evaluate: perItem: holds something that is no number/],
    [evaluate((results) => ({ ...results, perItem: [1, 0] })), /evaluate: perItem: holds 2 items of 240/],
    [evaluate((results) => ({ ...results, accuracy: 0.1 })), /evaluate: perItem: its mean is 0\.7\d*, the accuracy is 0\.1/],
    [evaluate((results) => ({ ...results, votesPerItem: [[1, 2]] })), /evaluate: votesPerItem: not the votes of 240 items/],
    [evaluate((results) => ({ ...results, byItem: { items: "a b" } })), /evaluate: byItem: names 2 items, perItem holds 240/],
    [evaluate((results) => ({ ...results, byItem: "x" })), /evaluate: byItem: holds no record of the items/],
  ];
  for (const [damage, told] of damages) {
    const { root, folder } = fixtureGrid({ iterations: 4 });
    assert.equal(readGrid(root).cells[0]!.runs[0]!.problems, []);
    damage(folder(0, 0));
    const grid = readGrid(root);
    assert.match(grid.cells[0]!.runs[0]!.problems.join("\n"), told);
    assert.match(summarise(grid).warnings.join("\n"), told, "on the page too");
  }
});

test("readGrid: a folder in the place of any of a run's files is told of, and the other runs are read", () => {
  const { root, folder } = fixtureGrid({ iterations: 4 });
  for (const name of ["status.json", "provenance.json", "timing.json", "experiment.yaml", "times.jsonl"]) {
    const path = join(folder(0, 0), name);
    rmSync(path);
    mkdirSync(path);
  }
  const grid = readGrid(root);
  assert.match(grid.cells[0]!.runs[0]!.problems.join("\n"), /status\.json: can't be read: there is a folder of this name/);
  assert.is(grid.cells[0]!.runs[1]!.status, "done");
  assert.ok(summarise(grid).answer);
});

test("readGrid: a run that was never started is queued, one under way has the stages that are made", () => {
  const { root, folder } = fixtureGrid({ iterations: 4 });
  rmSync(folder(0, 0), { recursive: true });
  writeJson(join(folder(0, 1), "status.json"), { status: "running", reason: null });
  const provenance = JSON.parse(readFileSync(join(folder(0, 1), "provenance.json"), "utf8")) as {
    stages: { name: string; key: string }[];
  };
  rmSync(join(root, "artefacts", `evaluate-${provenance.stages.at(-1)!.key.slice(0, 12)}`), { recursive: true });
  const [queued, running] = readGrid(root).cells[0]!.runs;
  assert.is(queued!.status, "queued");
  assert.equal(queued!.stages, []);
  assert.equal(
    running!.stages.map(({ name, use }) => `${name}: ${use}`),
    ["coldStart: sft", "before: evaluate", "rl: rl"],
  );
  assert.ok(running!.before, "results.json is an older experiment's; the evaluation before RL is read from its artefact");
  assert.is(running!.after, null);
  assert.is(running!.iterations.length, 4);
});

test("readGrid: a run made before the experiment was changed is still to be done", () => {
  const { root } = fixtureGrid({ iterations: 4 });
  const grid = JSON.parse(readFileSync(join(root, "grid.json"), "utf8")) as { cells: object[] };
  writeJson(join(root, "grid.json"), {
    ...grid,
    cells: grid.cells.map((cell) => ({ ...cell, keys: { "1": "another experiment" } })),
  });
  const [changed, unchanged] = readGrid(root).cells[0]!.runs;
  assert.is(changed!.status, "queued");
  assert.equal(changed!.stages, []);
  assert.is(unchanged!.status, "done");
});

test("readGrid: each run's seeds by stage, as the run wrote them or as the grid plans them; none in older files", () => {
  const { root } = fixtureGrid({ iterations: 4 });
  const path = join(root, "grid.json");
  const older = readGrid(root);
  assert.equal([older.seedLevels, older.seedsHistory, older.cells[0]!.runs[0]!.seeds], [[], [], {}]);
  const grid = JSON.parse(readFileSync(path, "utf8")) as { cells: { folder: string }[] };
  const levels = [{ stage: "coldStart", seeds: [0] }, { stage: "rl", seeds: [1, 2] }]; // prettier-ignore
  const history = [{ at: null, seeds: [1], added: [], dropped: [], finished: 0 }];
  const stageSeeds = { "1": { coldStart: 0, rl: 1 }, "2": { coldStart: 0, rl: 2 } };
  writeJson(path, {
    ...grid,
    seedLevels: levels,
    seedsHistory: history,
    cells: grid.cells.map((cell) => ({ ...cell, stageSeeds })),
  });
  const provenance = join(root, grid.cells[0]!.folder, "seed-1", "provenance.json");
  writeJson(provenance, { ...(JSON.parse(readFileSync(provenance, "utf8")) as object), seeds: { coldStart: 7, rl: 1 } });
  const read = readGrid(root);
  assert.equal([read.seedLevels, read.seedsHistory], [levels, history]);
  assert.equal(
    read.cells[0]!.runs.map(({ seeds }) => seeds),
    [
      { coldStart: 7, rl: 1 },
      { coldStart: 0, rl: 2 },
    ],
  );
});

test("readGrid: a folder that holds no grid is an input error", () => {
  const folder = mkdtempSync(join(tmpdir(), "rewardlab-report-"));
  assert.throws(
    () => readGrid(folder),
    (error: { code?: string }) => error.code === "RL_REPORT_FOLDER",
  );
});

test.run();
