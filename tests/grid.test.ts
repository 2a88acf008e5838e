// A grid from its file to its folders: what is run, what is not run again, and grid.json, which the report reads.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { rewardlab, temporaryFolder } from "./command.ts";

const test = suite("grid", { folder: "" });
test.before.each((context) => void (context.folder = temporaryFolder()));
test.after.each(({ folder }) => rmSync(folder, { recursive: true, force: true }));

/** A stage that does nothing but say that it ran. */
const plugin = `export default { name: "quick", api: "^1", components: [{
  kind: "stage", name: "quick", summary: "says that it ran", version: 1, inject: {}, keeps: "run",
  options: { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } },
  create: ({ size = 0 }) => ({ run: async () => ({ status: "done", results: { size } }) }) }] };`;

const odd = `say "<script>" 'it' 🙂 ${"x".repeat(170)}`;
const experiment = (sizes: string) => `name: small
plugins: [quick]
engine: cpu
model: { use: tiny-vlm, width: 16, layers: 1, hiddenSize: 16 }
data: { use: scenes, train: 2, test: 2 }
stages: [{ end: { use: quick, size: 1 } }]
ablate:
  baseline: {}
  variants: { ${JSON.stringify(odd)}: { model.width: 32 } }
grid:
  stages.end.size: ${sizes}
compare: end.size
alsoCompare: [end.other]
`;

interface GridFile {
  readonly format: number;
  readonly compare: string;
  readonly alsoCompare: readonly string[];
  readonly factors: readonly { readonly name: string; readonly levels: readonly string[] }[];
  readonly cells: readonly {
    readonly name: string;
    readonly baseline: boolean;
    readonly against: string | null;
    readonly folder: string;
    readonly hash: string;
    readonly overrides: readonly object[];
    readonly levels: object;
    readonly differences: readonly object[];
    readonly changes: readonly object[];
  }[];
  readonly warnings: readonly object[];
}

test("a grid runs once; a changed file runs only what changed", async ({ folder }) => {
  const package_ = join(folder, "node_modules", "quick");
  mkdirSync(package_, { recursive: true });
  writeFileSync(join(package_, "package.json"), '{ "name": "quick", "type": "module", "main": "index.js" }');
  writeFileSync(join(package_, "index.js"), plugin);
  const file = join(folder, "small.yaml");
  writeFileSync(file, experiment("[1, 2]"));

  const first = await rewardlab(folder, "run", "small.yaml");
  assert.is(first.code, 0, first.stderr);
  assert.match(first.stdout, /small: 4 cells × 1 seed = 4 runs, 0 done/);
  const grid = JSON.parse(readFileSync(join(folder, "runs/small/grid.json"), "utf8")) as GridFile;
  assert.equal([grid.format, grid.compare, grid.alsoCompare], [1, "end.size", ["end.other"]]);
  assert.equal(
    grid.cells.map(({ name, baseline, against }) => [name, baseline, against]),
    [
      ["baseline, size=1", true, null],
      ["baseline, size=2", false, "baseline, size=1"],
      [`${odd}, size=1`, false, "baseline, size=1"],
      [`${odd}, size=2`, false, "baseline, size=2"],
    ],
  );
  const last = grid.cells[3]!;
  assert.equal(last.overrides, [
    { path: "model.width", value: 32 },
    { path: "stages.end.size", value: 2 },
  ]);
  assert.equal(last.levels, { size: "2" });
  assert.equal(last.differences, [
    { path: "model.width", baseline: 16, value: 32 },
    { path: "stages.end.size", baseline: 1, value: 2 },
  ]);
  assert.equal(last.changes, [{ path: "model.width", baseline: 16, value: 32 }]);
  assert.equal(grid.factors, [{ name: "size", kind: "axis", paths: ["stages.end.size"], levels: ["1", "2"] }] as never);
  assert.equal(grid.warnings, []);
  assert.is(new Set(grid.cells.map(({ hash }) => hash)).size, 4);
  for (const { folder: own } of grid.cells) {
    assert.ok(Buffer.byteLength(own) <= 100, own);
    assert.ok(existsSync(join(folder, "runs/small", own, "seed-1", "log.txt")), own);
  }

  const again = await rewardlab(folder, "run", "small.yaml");
  assert.match(again.stdout, /all 4 runs are done/);

  writeFileSync(file, experiment("[3, 1]")); // 2 goes, 3 comes, 1 is done
  const changed = await rewardlab(folder, "run", "small.yaml");
  assert.is(changed.code, 0, changed.stderr);
  assert.match(changed.stdout, /small: 4 cells × 1 seed = 4 runs, 2 done/);
  assert.match(changed.stdout, /^baseline, size=3 · seed 1: done/m);
  assert.not.match(changed.stdout, /^baseline, size=1 · seed 1: /m);
  assert.is(
    readdirSync(join(folder, "runs/small")).filter((name) => name.startsWith("baseline")).length,
    3,
    "nothing is removed",
  );

  const listed = await rewardlab(folder, "runs", "--json");
  const runs = JSON.parse(listed.stdout) as { cell: string; compared: { value: number } }[];
  assert.is(runs.length, 6);
  assert.is(runs.find(({ cell }) => cell === "baseline, size=3")?.compared.value, 3);
  const removed = await rewardlab(folder, "runs", "rm", "small/baseline, size=3", "--yes");
  assert.is(removed.stdout, "removed 1 run\n", removed.stderr);
  const unasked = await rewardlab(folder, "runs", "rm", "small");
  assert.is(unasked.code, 2);
  assert.match(unasked.stderr, /there is no terminal to ask on, expected --yes/);
});

test("a grid that names no slot: everything that is wrong at once, 2, and nothing is run", async ({ folder }) => {
  writeFileSync(
    join(folder, "small.yaml"),
    experiment("[1, 2]")
      .replace("plugins: [quick]\n", "")
      .replace("use: quick, size: 1", "use: evaluate")
      .replace("stages.end.size:", "stages.end.itmes: linspace(1, 2, 2)\n  stages.fin.items:"),
  );
  const { code, stderr } = await rewardlab(folder, "run", "small.yaml");
  assert.is(code, 2);
  assert.match(stderr, /small\.yaml: 2 problems\n/);
  assert.match(
    stderr,
    /small\.yaml:10:3: stages\.end\.itmes: unknown key "itmes"\. Did you mean "items"\?\n {2}10 \| {3}stages\.end\.itmes: linspace/,
  );
  assert.match(stderr, /small\.yaml:11:3: stages\.fin\.items: there is no stage "fin"\. There are: end\./);
  assert.not(existsSync(join(folder, "runs")));
});

test.run();
