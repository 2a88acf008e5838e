import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { gridOfRuns } from "./compare-runs.ts";
import { reportPage } from "./html/page.ts";
import type { Grid } from "./read-grid.ts";
import { summarise } from "./summarise.ts";
import { fixtureGrid, writeJson } from "./testing/fixture-grid.ts";

const page = (grid: Grid) => reportPage(grid, summarise(grid));
const refused = (paths: readonly string[], why: RegExp, options = {}) =>
  assert.throws(
    () => gridOfRuns(paths, options),
    (error: Error & { code?: string }) => {
      assert.is(error.code, "RL_COMPARE");
      assert.match(error.message, why);
      return true;
    },
  );
function change(path: string, edit: (value: never) => unknown): void {
  writeJson(path, edit(JSON.parse(readFileSync(path, "utf8")) as never));
}

test("gridOfRuns: cells and runs of two experiments, paired by seed, with what differs between them", () => {
  const one = fixtureGrid({ name: "one", iterations: 3, seeds: [1, 2, 3] });
  const two = fixtureGrid({ name: "two", iterations: 3, seeds: [2, 3, 4] });
  const grid = gridOfRuns([join(one.root, "cell-0"), two.folder(1, 0), two.folder(1, 2)]);
  assert.equal(
    grid.cells.map(({ name, baseline, runs }) => [name, baseline, runs.map(({ seed }) => seed)]),
    [
      ["reinforce++", true, [1, 2, 3]],
      ["stable-reinforce", false, [2, 4]],
    ],
  );
  assert.equal(grid.seeds, [1, 2, 3, 4]);
  assert.equal(
    grid.cells[1]!.differences.map(({ path }) => path),
    ["stages.rl.loss.ratio"],
  );
  const { comparisons, warnings } = summarise(grid);
  assert.equal(
    comparisons[0]!.perSeed.map(({ seed }) => seed),
    [2],
  );
  assert.match(warnings.join("\n"), /3 seeds \(4, 1 and 3\) of stable-reinforce and reinforce\+\+ has no partner/);
  assert.not.match(warnings.join("\n"), /not finished/);
});

test("gridOfRuns: whole grids, told apart by their experiment where cells have one name", () => {
  const cells = [{ name: "main", accuracy: 0.7 }];
  const one = fixtureGrid({ name: "one", iterations: 1, cells });
  const two = fixtureGrid({ name: "two", iterations: 1, cells });
  assert.equal(
    gridOfRuns([one.root, two.root]).cells.map(({ name }) => name),
    ["one: main", "two: main"],
  );
});

test("gridOfRuns: other data, another metric, other questions are refused, with the reason", () => {
  const one = fixtureGrid({ iterations: 1 });
  const two = fixtureGrid({ iterations: 1 });
  const paths = [one.folder(0, 0), two.folder(1, 0)];
  assert.is(gridOfRuns(paths).cells.length, 2);
  refused(paths, /seed-1 has no evaluate\.accuracyy\. Did you mean "evaluate\.accuracy"\?/, { metric: "evaluate.accuracyy" });
  change(join(two.root, "grid.json"), (grid: object) => ({ ...grid, compare: "evaluate.voting.15" }));
  refused(
    paths,
    /compared by different metrics \(evaluate\.accuracy in .*, evaluate\.voting\.15 in .*\); choose one with --metric/,
  );
  assert.is(gridOfRuns(paths, { metric: "evaluate.accuracy" }).compare, "evaluate.accuracy");

  const options = { metric: "evaluate.accuracy" };
  change(join(two.folder(1, 0), "results.json"), (records: { name: string; results: object }[]) =>
    records.map((record) => (record.name === "evaluate" ? { ...record, results: { ...record.results, split: "dev" } } : record)),
  );
  refused(paths, /measured on different questions: 240 items of test \(.*\) and 240 items of dev/, options);
  change(join(two.folder(1, 0), "provenance.json"), (provenance: object) => ({ ...provenance, data: "f".repeat(64) }));
  refused(paths, /read different data \([0-9a-f]{12} and f{12}\)/, options);
});

test("gridOfRuns: another cold start, another way of measuring: no verdict, and the reason", () => {
  const seeds = [1, 2, 3, 4, 5];
  const cells = [{ name: "a", accuracy: 0.65 }];
  const one = fixtureGrid({ name: "one", iterations: 1, seeds, cells });
  const two = fixtureGrid({ name: "two", iterations: 1, seeds, cells: [{ name: "b", accuracy: 0.9 }] });
  const compared = () => summarise(gridOfRuns([join(one.root, "cell-0"), join(two.root, "cell-0")]));
  assert.ok(compared().comparisons[0]!.distinguishable);
  const each = (file: string, edit: (value: never) => unknown) =>
    seeds.forEach((_, index) => change(join(two.folder(0, index), file), edit));

  each("provenance.json", (provenance: { stages: { name: string }[] }) => ({
    ...provenance,
    stages: provenance.stages.map((stage) => (stage.name === "coldStart" ? { ...stage, key: "other" } : stage)),
  }));
  assert.is(compared().comparisons[0]!.noVerdict!.short, "another cold start");
  assert.match(compared().answer, /^No verdict on b in accuracy, since they began from different cold starts/);

  for (const index of seeds.keys()) {
    const path = join(two.folder(0, index), "experiment.yaml");
    writeFileSync(path, `${readFileSync(path, "utf8")}  - evaluate: { use: evaluate, temperature: 0.5, seed: 0 }\n`);
    const other = join(one.folder(0, index), "experiment.yaml");
    writeFileSync(other, `${readFileSync(other, "utf8")}  - evaluate: { use: evaluate, temperature: 1, seed: 0 }\n`);
  }
  assert.match(compared().comparisons[0]!.noVerdict!.clause, /measured differently \(temperature: 1 and 0\.5\)/);
});

test("gridOfRuns: settings that are missing or can't be read are not taken for the same: no verdict, and the page says why", () => {
  const seeds = [1, 2, 3, 4, 5];
  const one = fixtureGrid({ name: "one", iterations: 1, seeds, cells: [{ name: "a", accuracy: 0.65 }] });
  const two = fixtureGrid({ name: "two", iterations: 1, seeds, cells: [{ name: "b", accuracy: 0.9 }] });
  const path = join(two.folder(0, 2), "experiment.yaml");
  const whole = readFileSync(path, "utf8");
  const damages: readonly [what: RegExp, damage: () => void][] = [
    [/seed-3\/experiment\.yaml: is missing/, () => rmSync(path)],
    [/seed-3\/experiment\.yaml: not valid YAML/, () => writeFileSync(path, "a: [1")],
    [/seed-3\/experiment\.yaml: holds no stages/, () => writeFileSync(path, "name: x")],
    [/seed-3\/experiment\.yaml: can't be read: there is a folder of this name/, () => (rmSync(path), mkdirSync(path))],
  ];
  for (const [what, damage] of damages) {
    damage();
    const grid = gridOfRuns([join(one.root, "cell-0"), join(two.root, "cell-0")]);
    const { comparisons, warnings, mcnemarRefused } = summarise(grid);
    assert.is(comparisons[0]!.noVerdict!.short, "settings not known");
    assert.is(comparisons[0]!.interval, null);
    assert.equal(mcnemarRefused.map(({ seeds: some }) => some), [[3]]); // prettier-ignore
    assert.match(warnings.join("\n"), what);
    assert.match(page(grid), /not known: .*seed-3\/experiment\.yaml/);
    assert.not.match(page(grid), /A\/A comparison/);
  }
  rmSync(path, { recursive: true });
  writeFileSync(path, whole);
  assert.ok(summarise(gridOfRuns([join(one.root, "cell-0"), join(two.root, "cell-0")])).comparisons[0]!.distinguishable);
});

test("gridOfRuns: what lies in one variant's folder but was run with other settings is no run of it", () => {
  const one = fixtureGrid({ iterations: 1 });
  const path = join(one.folder(1, 1), "experiment.yaml");
  writeFileSync(path, readFileSync(path, "utf8").replace("pre-clip", "token"));
  refused(
    [one.root],
    /seed-1 and .*seed-2 lie in one variant's folder, and were run with different settings \(stages\.rl\.loss\.ratio\)/,
  );
});

test("gridOfRuns: results that are missing or damaged are named, not taken for a metric that isn't there", () => {
  const one = fixtureGrid({ iterations: 1 });
  const path = join(one.folder(1, 0), "results.json");
  rmSync(path);
  refused([one.root], /seed-1 has no evaluate\.accuracy: .*results\.json: is missing, though the run is finished/);
  writeFileSync(path, "{");
  refused([one.root], /seed-1 has no evaluate\.accuracy: .*results\.json: not valid JSON/);
});

test("gridOfRuns: unfinished runs, one variant alone, a run twice, no run at all", () => {
  const { root, folder } = fixtureGrid({ iterations: 1 });
  refused([folder(0, 0), folder(0, 1)], /all runs given are of one variant/);
  refused([folder(0, 0), join(root, "cell-0")], /is given twice/);
  refused([join(root, "cell-7")], /cell-7 is no folder\. Did you mean "cell-0"\?/);
  refused([join(root, "data")], /holds no run, expected the folder of a run/);
  refused([], /no run is given/);
  writeJson(join(folder(1, 0), "status.json"), { status: "failed", reason: "killed" });
  refused([folder(0, 0), folder(1, 0)], /seed-1 is failed \(killed\): expected finished runs/);
});

test.run();
