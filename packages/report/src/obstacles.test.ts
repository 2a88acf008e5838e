import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { csvOf } from "./files/csv.ts";
import { latexOf } from "./files/latex.ts";
import { summarise } from "./summarise.ts";
import type { Grid } from "./read-grid.ts";
import type { GridRun, Provenance } from "./grid-run.ts";
import { reportPage } from "./html/page.ts";
import { readGrid } from "./read-grid.ts";
import { summaryTables } from "./table.ts";
import { fixtureGrid, writeJson } from "./testing/fixture-grid.ts";
import { even, plainGrid } from "./testing/plain-grid.ts";

const better = () =>
  plainGrid([
    { name: "a", runs: even([0.8, 0.8, 0.8, 0.8, 0.8]) },
    { name: "b", runs: even([0.82, 0.83, 0.84, 0.83, 0.83]) },
  ]);
const changed = (grid: Grid, change: (run: GridRun) => Partial<GridRun>): Grid => ({
  ...grid,
  cells: grid.cells.map((cell) => ({ ...cell, runs: cell.runs.map((run) => ({ ...run, ...change(run) })) })),
});
const provenance = (more: Partial<Provenance>): Provenance => ({
  engine: "wasm",
  node: null,
  platform: null,
  data: "d",
  seeds: null,
  plugins: [],
  versions: { model: null, data: { "dataset scenes": "1" } },
  stages: [evaluated()],
  ...more,
});
const evaluated = (versions: Provenance["stages"][number]["versions"] = { "stage evaluate": "1" }) =>
  ({ name: "evaluate", use: "evaluate", key: "e", versions }) as const; // prettier-ignore
const from = (coldStart: string) =>
  provenance({
    stages: [
      { name: "coldStart", use: "sft", key: coldStart, versions: null },
      { name: "rl", use: "rl", key: "r", versions: null },
      evaluated(),
    ],
  });
/** Runs from anywhere, whose folder says with which settings they were run. */
const gathered = (grid: Grid): Grid => ({ ...changed(grid, () => ({ folder: described })), gathered: true });
const described = mkdtempSync(join(tmpdir(), "rewardlab-report-"));
writeFileSync(join(described, "experiment.yaml"), "stages: [{ evaluate: { use: evaluate } }]\n");
process.once("exit", () => rmSync(described, { recursive: true }));
const results = (run: GridRun, more: object) => ({
  stages: run.stages.map((stage) => ({ ...stage, results: { ...(stage.results as object), ...more } })),
});

function refused(grid: Grid, short: string, headline: RegExp): void {
  const { comparisons, answer, table, verdicts, robust } = summarise(grid);
  const [one] = comparisons;
  const keeps = one!.noVerdict?.keepsInterval === true;
  assert.is(one!.interval === null, !keeps, "nothing that may be taken for a claim");
  assert.is(one!.seedsInterval === null, !keeps);
  if (!keeps) {
    assert.is(robust.probabilityOfImprovement[0]!.interval, null);
    assert.equal(robust.profiles.withheld, ["b"]);
    assert.not.match([answer, ...verdicts].join("\n"), /95 % CI/);
    const [, row] = csvOf(table).trim().split("\r\n").slice(1);
    assert.match(row!, /,[\d.]+,,,,,,,no verdict/, "the difference alone, no interval and no p");
    assert.match(latexOf(table), /\$\^\{\\dagger\}\$ & -- & -- \\\\\n/);
    assert.match(latexOf(table), /^% \$\^\{\\dagger\}\$: b: no verdict, since /m);
  }
  assert.is(one!.distinguishable, false);
  assert.is(one!.noVerdict!.short, short);
  assert.equal([one!.pValue, one!.adjusted, one!.signFlip, one!.detectable, one!.seedsNeeded], [null, null, null, null, null]);
  assert.is(table.rows[1]!.verdict, `no verdict: ${short}`);
  assert.match(answer.split("\n")[0]!, headline);
  assert.not.match([answer, ...verdicts].join("\n"), /better|worse|four times out of five|\bp [=<]/);
}

test("obstacleOf: nothing in the way", () => {
  const { comparisons, table, warnings } = summarise(changed(better(), () => ({ provenance: provenance({}) })));
  assert.ok(comparisons[0]!.distinguishable);
  assert.is(table.rows[1]!.verdict, "better");
  assert.equal(warnings, []);
  const engines = changed(better(), ({ cell }) => ({ provenance: provenance({ engine: cell === "a" ? "wasm" : "tensorflow" }) }));
  assert.match(summarise(engines).warnings.join("\n"), /made on different engines \(wasm and tensorflow\)/);
});

test("obstacleOf: different data, in one run too", () => {
  const grid = changed(better(), ({ cell, seed }) => ({
    provenance: provenance({ data: cell === "b" && seed === 3 ? "e" : "d" }),
  }));
  refused(grid, "different data", /^No verdict on b in accuracy, since the runs read different data/);
  assert.equal(summarise(grid).mcnemar.map(({ seed }) => seed), [1, 2, 4, 5]); // prettier-ignore
  assert.equal(
    summarise(grid).mcnemarRefused.map(({ seeds, why }) => [seeds, why]),
    [[[3], "the runs read different data, so a difference may be the data’s"]],
  );
});

test("obstacleOf: data known of some runs only are not known; of none, they are taken on trust, and that is said", () => {
  const some = changed(better(), ({ seed }) => ({ provenance: seed === 2 ? null : provenance({}) }));
  refused(some, "data not known", /some of the runs don’t say which data they read/);
  const { comparisons, warnings } = summarise(better());
  assert.ok(comparisons[0]!.distinguishable);
  assert.match(warnings.join("\n"), /No run says which data it read: that it was the same for all is taken on trust/);
});

test("obstacleOf: items that can't be paired: missing in a run, another number, other ones, another order without names", () => {
  const same = () => ({ provenance: provenance({}) });
  const edited = (change: (run: GridRun) => Partial<GridRun>) => changed(changed(better(), same), change);
  const bad = (run: GridRun) => run.cell === "b" && run.seed === 4;
  const unpaired = "over seeds, on these questions";
  refused(
    edited((run) => (bad(run) ? results(run, { perItem: undefined }) : {})),
    unpaired,
    /1 of 10 runs don’t say what it is made of/,
  );
  refused(
    edited((run) => (bad(run) ? results(run, { perItem: [0.83, 0.83], items: 4 }) : {})),
    unpaired,
    /different numbers of items, 4 and 2/,
  );
  const named = (ids: string) => ({ byItem: { items: ids } });
  refused(
    edited((run) => results(run, named(bad(run) ? "a b c e" : "a b c d"))),
    unpaired,
    /measured on different items/,
  );
  assert.ok(summarise(edited((run) => results(run, named("a b c d")))).comparisons[0]!.distinguishable);
});

test("obstacleOf: measured differently: refused where training differs too, and told as the question where it is one", () => {
  const grid = changed(better(), (run) => results(run, { samples: run.cell === "b" ? 5 : 15 }));
  refused(grid, "measured differently", /measured differently \(samples per question: 15 and 5\)/);
  const asked = (paths: readonly string[]) => ({
    ...grid,
    cells: grid.cells.map((cell) =>
      cell.name === "b" ? { ...cell, changes: paths.map((path) => ({ path, baseline: 15, value: 5 })) } : cell,
    ),
  });
  const { comparisons, answer } = summarise(asked(["stages.evaluate.voting"]));
  assert.ok(comparisons[0]!.distinguishable);
  assert.match(
    answer,
    /b is measured in another way than a \(samples per question\): the difference is the measurement’s, not training’s/,
  );
  refused(asked(["stages.evaluate.voting", "stages.rl.loss"]), "measured differently", /measured differently/);
});

test("obstacleOf: another cold start: told within a grid, refused between runs from anywhere", () => {
  const grid = changed(better(), ({ cell }) => ({ provenance: from(cell) }));
  const { comparisons, answer } = summarise(grid);
  assert.ok(comparisons[0]!.distinguishable);
  assert.match(answer, /b has a cold start of its own: the difference is the cold start’s as well as RL’s/);
  refused(gathered(grid), "another cold start", /they began from different cold starts/);

  const untrained = changed(better(), ({ cell }) => ({
    provenance: provenance({ stages: from("k").stages.filter(({ use }) => cell === "b" || use !== "rl") }),
  }));
  assert.ok(summarise(gathered(untrained)).comparisons[0]!.distinguishable, "RL against the cold start it began from");
});

test("obstacleOf: a cold start that neither side tells is not the same one; without any, both begin from the model as initialised", () => {
  const unsaid = changed(better(), () => ({ provenance: from("?") }));
  refused(gathered(unsaid), "cold start not known", /some of the runs don’t say what they began from/);
  refused(
    gathered(changed(unsaid, ({ cell }) => (cell === "a" ? { provenance: from("k") } : {}))),
    "cold start not known",
    /don’t say what they began from/,
  );
  const scratch = changed(better(), () => ({
    provenance: provenance({ stages: [{ name: "rl", use: "rl", key: "r", versions: null }, evaluated()] }),
  }));
  assert.ok(summarise(gathered(scratch)).comparisons[0]!.distinguishable);
});

test("obstacleOf: what measures must be of one version, and in runs from anywhere it must be said", () => {
  const versions = (change: (run: GridRun) => Partial<Provenance>) =>
    changed(better(), (run) => ({ provenance: { ...from("k"), ...change(run) } }));
  const bad = (run: GridRun) => run.cell === "b" && run.seed === 2;
  const rewards = (version: string) => [
    ...from("k").stages.slice(0, 2),
    evaluated({ "stage evaluate": "1", "reward x": version }),
  ];
  const grid = versions((run) => ({ stages: rewards(bad(run) ? "2" : "1") }));
  for (const one of [grid, gathered(grid)]) {
    refused(one, "other versions", /what measures was not of one version \(reward x of evaluate: 1 and 2\)/);
    assert.match(summarise(one).warnings.join("\n"), /different versions of the same parts: reward x of evaluate: 1 and 2/);
    assert.equal(summarise(one).mcnemarRefused.map(({ seeds }) => seeds), [[2]]); // prettier-ignore
  }
  const data = versions((run) => (bad(run) ? { versions: { model: null, data: { "dataset scenes": "2" } } } : {}));
  refused(data, "other versions", /dataset scenes of data: 1 and 2/);
  const training = versions((run) => ({
    stages: [{ ...from("k").stages[0]!, versions: { "stage sft": bad(run) ? "2" : "1" } }, ...from("k").stages.slice(1)],
  }));
  assert.ok(summarise(gathered(training)).comparisons[0]!.distinguishable, "what trains may differ: that is told");
  assert.match(summarise(gathered(training)).warnings.join("\n"), /stage sft of coldStart: 1 and 2/);
  const trained = versions((run) => ({
    stages: [from("k").stages[0]!, { ...from("k").stages[1]!, versions: { "reward x": bad(run) ? "2" : "1" } }, evaluated()],
  }));
  refused(trained, "other versions", /reward x of rl: 1 and 2/);

  const older = versions((run) => ({ stages: [...from("k").stages.slice(0, 2), evaluated(bad(run) ? null : undefined)] }));
  assert.ok(summarise(older).comparisons[0]!.distinguishable, "a grid's runs have its keys, which hold the versions");
  refused(gathered(older), "versions not known", /b, seed 2, doesn’t say which versions it was measured with/);
});

test("obstacleOf: settings that can't be read are not the same ones", () => {
  const grid = changed(better(), () => ({ provenance: from("k") }));
  assert.ok(summarise(gathered(grid)).comparisons[0]!.distinguishable);
  const unread = changed(gathered(grid), ({ cell, seed }) => (cell === "b" && seed === 4 ? { folder: "/nowhere/seed-4" } : {}));
  refused(
    unread,
    "settings not known",
    /the settings of b, seed 4, can’t be read \(seed-4\/experiment\.yaml is missing or damaged\)/,
  );
});

test("on what the answer generalises: one cold start, several, seeds of the setup", () => {
  const one = summarise(changed(better(), () => ({ provenance: from("k") })));
  assert.match(one.answer, /^b: \+3\.0 points against a, .*, 5 paired seeds from one cold start\./);
  assert.match(
    one.answer,
    /This is about new RL seeds from this one cold start, and new questions of this kind, with the training data as they are: another cold start could move/,
  );
  const each = summarise(changed(better(), ({ seed }) => ({ provenance: from(`k${seed}`) })));
  assert.ok(each.comparisons[0]!.distinguishable);
  assert.match(each.answer, /5 paired seeds from 5 cold starts\..*\n.*This is about new cold starts, each with a seed of RL/s);
  const nested = summarise(changed(better(), ({ seed }) => ({ provenance: from(`k${seed < 3}`) })));
  assert.not(nested.comparisons[0]!.distinguishable, "two cold starts are too few, however many seeds they have");
  assert.match(nested.answer, /2 cold starts can’t show a difference that holds for others/);
  assert.match(nested.answer, /new cold starts with RL seeds of their own/);
  assert.match(summarise(better()).answer, /This is about new seeds of this setup/);
});

test("a grid whose cold starts have seeds of their own says so itself", () => {
  const grid = changed(better(), ({ seed }) => ({ provenance: from("k"), seeds: { coldStart: seed % 2, rl: seed } }));
  const levels = [
    { stage: "coldStart", seeds: [0, 1] },
    { stage: "rl", seeds: [1, 2, 3] },
  ];
  assert.is(summarise({ ...grid, seedLevels: levels }).comparisons[0]!.coldStarts, 2);
});

test("where stages have seeds of their own a run is called by them, nowhere by its number", () => {
  const levels = [
    { stage: "coldStart", seeds: [2] },
    { stage: "rl", seeds: [1, 2, 3] },
  ];
  const { root, folder } = fixtureGrid({ iterations: 3, items: 24, seeds: [2001, 2002, 2003] });
  const path = join(root, "grid.json");
  writeJson(path, { ...(JSON.parse(readFileSync(path, "utf8")) as object), seedLevels: levels });
  writeJson(join(folder(0, 2), "status.json"), { status: "collapsed", reason: "x" });
  rmSync(join(folder(1, 1), "metrics.jsonl"));
  const grid = readGrid(root);
  const summary = summarise(grid);
  assert.match(summary.warnings.join("\n"), /reinforce\+\+, coldStart 2 · rl 3, collapsed: x/);
  assert.match(summary.answer, /acted in stable-reinforce \(coldStart 2 · rl 2\) can’t be told/);
  assert.equal(summary.cells[0]!.runs.map(({ seed, label }) => [seed, label]).at(-1), [2003, "coldStart 2 · rl 3"]);
  const tables = summaryTables(summary).map(({ rows }) => rows.map((row) => row.join(" | ")).join("\n"));
  assert.match(tables.join("\n"), /coldStart 2 · rl 1 \|/);
  for (const text of [
    summary.answer,
    ...summary.verdicts,
    ...summary.warnings.map((line) => line.replaceAll(/seed-\d+/g, "")),
    ...tables,
  ])
    assert.not.match(text, /\b200[123]\b/);
  assert.not.match(
    reportPage(grid, summary).replaceAll(/data-[a-z]+="[^"]*"|seed-\d+|<script.*?<\/script>/gs, ""),
    />[^<]*\b200[123]\b[^<]*</,
  );
});

test("seeds that are copies of one another, and differences without spread, are no certainty", () => {
  const once = [0.8, 0.7, 0.9, 0.6];
  const twice = [0.9, 0.85, 0.95, 0.6];
  const copies = plainGrid([
    { name: "a", runs: [once, once, once, once, once] },
    { name: "b", runs: [twice, twice, twice, twice, twice] },
  ]);
  refused(copies, "seeds are copies", /all seeds gave the very same answers/);
  const flat = plainGrid([
    { name: "a", runs: Array.from({ length: 10 }, () => [0, 0, 0]) },
    { name: "b", runs: Array.from({ length: 10 }, () => [1, 1, 1]) },
  ]);
  refused(flat, "no spread", /without any spread \(which says nothing of other seeds or questions\)/);
  assert.is(summarise(flat).comparisons[0]!.interval, null);
  assert.is(summarise(flat).table.rows[0]!.values[0]!.interval, null);
});

test("changing the seeds after a look is said, and so is looking before the end", () => {
  const planned = (seeds: readonly number[], added: readonly number[], finished: number) => ({
    at: "t",
    seeds,
    added,
    dropped: [],
    finished,
  });
  const grid = { ...better(), seedsHistory: [planned([1, 2, 3], [], 0), planned([1, 2, 3, 4, 5], [4, 5], 6)] };
  assert.match(
    summarise(grid).answer,
    /seeds were changed after results could be seen \(seeds 4 and 5 added when 6 runs were finished; 3 were planned\)/,
  );
  const before = { ...better(), seedsHistory: [planned([1, 2, 3], [], 0), planned([1, 2, 3, 4, 5], [4, 5], 0)] };
  assert.not.match(summarise(before).answer, /seeds were changed/);
  const open = { ...changed(better(), ({ seed }) => (seed === 5 ? { status: "queued", stages: [] } : {})) };
  assert.match(
    summarise(open).answer,
    /This is a look before the end, at 4 of 5 planned seeds: what is called different now must reach a level that so few can’t reach/,
  );
});

test("a look before the planned end claims only what reaches that look's level", () => {
  // of 0.85 · 0.05: α*(5/20) = 4 − 4 Φ(2.3035/√¼) = 0.0000082: five even seeds (p = 0.00070) are not enough, a hundred times as even ones are
  const grid = (spread: number) => {
    const values = [0.82, 0.83, 0.84, 0.83, 0.83].map((value) => 0.83 + spread * (value - 0.83));
    const whole = plainGrid([
      { name: "a", runs: even([...values, ...values, ...values, ...values].map(() => 0.8)) },
      { name: "b", runs: even([...values, ...values, ...values, ...values]) },
    ]);
    return changed(whole, ({ seed }) => (seed > 5 ? { status: "queued", stages: [] } : {}));
  };
  assert.not(summarise(grid(1)).comparisons[0]!.distinguishable);
  assert.match(summarise(grid(1)).answer, /at 5 of 20 planned seeds: what is called different now must reach p ≤ 8\.2e-6/);
  assert.not.match(summarise(grid(1)).answer, /four times out of five/, "what a look can't promise");
  assert.ok(summarise(grid(0.01)).comparisons[0]!.distinguishable);
});

test.run();
