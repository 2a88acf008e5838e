// Plugins in runs: what made a run stands in its provenance; code that changes between runs, or while a grid runs; one that would end its process.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { rewardlab, temporaryFolder } from "./command.ts";

const test = suite("plugins in runs", { folder: "" });
test.before.each((context) => void (context.folder = temporaryFolder()));
test.after.each(({ folder }) => rmSync(folder, { recursive: true, force: true }));

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}
const read = (...path: string[]) => JSON.parse(readFileSync(join(...path), "utf8")) as Record<string, unknown>;

/** A stage that does nothing but what `run` says, as a plugin that imports nothing. */
const stage = (run: string) => `export default { name: "quick", api: "^1", components: [{
  kind: "stage", name: "quick", summary: "says that it ran", version: 1, inject: {}, keeps: "run",
  options: { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } },
  create: ({ size = 0 }) => ({ run: async () => { ${run}; return { status: "done", results: { size } }; } }) }] };`;

const experiment = (plugins: readonly string[], more = "") => `name: small
plugins: ${JSON.stringify(plugins)}
engine: cpu
model: { use: tiny-vlm, width: 16, layers: 1, hiddenSize: 16 }
data: { use: scenes, train: 2, test: 2 }
stages: [{ end: { use: quick, size: 1 } }]
${more}`;

test("plugins: a run that a plugin ends has failed, with the plugin's name; its open timers keep nobody waiting", async ({
  folder,
}) => {
  write(folder, {
    "quick.mjs": stage(
      "if (size === 1) process.exit(0); if (size === 2) setTimeout(() => process.exit(0), 1); setInterval(() => {}, 50); if (size < 3) await new Promise((r) => setTimeout(r, 3000))",
    ),
    "x.yaml": experiment(["./quick.mjs"], "grid: { stages.end.size: [1, 2, 3] }"),
  });
  const { code, stdout, stderr } = await rewardlab(folder, "run", "x.yaml", "--workers", "1");
  assert.is(code, 1, stdout + stderr);
  assert.match(stderr, /^failed size=1 · seed 1: process\.exit\(0\) is called at .*quick\.mjs:\d+:\d+, .* \(stage end\)/m);
  assert.match(stderr, /^failed size=2 · seed 1: process\.exit\(0\) is called at .*quick\.mjs:\d+:\d+/m);
  assert.equal(
    [1, 2, 3].map((size) => read(folder, `runs/small/size=${size}/seed-1/status.json`).status),
    ["failed", "failed", "done"],
  );
});

test("plugins: TypeScript and CommonJS by their paths; provenance tells version, files and imports; only what is imported counts", async ({
  folder,
}) => {
  write(folder, {
    "package.json": '{ "name": "my-study", "version": "2.0.0" }',
    "step.mts": `import { log } from "./log.cjs";\ninterface Size { readonly size: number }\nconst size = (given: Size): number => given.size;\nlog(size({ size: 1 }));\n${stage("")}`,
    "log.cjs": "exports.log = () => {}; require('zod');",
    "common.cjs": 'module.exports = { name: "common", api: "^1" };',
    "transpiled.cjs":
      'Object.defineProperty(exports, "__esModule", { value: true }); exports.default = { name: "transpiled", api: "^1" };',
    "node_modules/zod/package.json": '{ "name": "zod", "version": "4.0.0", "main": "i.js" }',
    "node_modules/zod/i.js": "",
    "node_modules/.package-lock.json": '{ "packages": { "node_modules/zod": { "integrity": "sha512-abc=" } } }',
    "x.yaml": experiment(["./step.mts", "./common.cjs", "./transpiled.cjs"]),
  });
  const run = async (...more: string[]) => {
    const { code, stdout, stderr } = await rewardlab(folder, "run", "x.yaml", ...more);
    assert.is(code, 0, stdout + stderr);
    return stdout;
  };
  await run();
  const { plugins } = read(folder, "runs/small/main/seed-1/provenance.json") as {
    plugins: { name: string; version: string; integrity: string; files: object; dependencies: object }[];
  };
  const [quick] = plugins.slice(-3);
  assert.equal([quick!.name, quick!.version], ["quick", "2.0.0"]);
  assert.equal(Object.keys(quick!.files), ["log.cjs", "step.mts"]);
  assert.equal(quick!.dependencies, { "zod@4.0.0": "sha512-abc=" });
  const made = () => statSync(join(folder, "runs/small/main/seed-1/results.json")).mtimeMs;

  const first = made();
  write(folder, { "beside.mts": "export {};", "package.json": '{ "name": "my-study", "version": "2.0.1" }' });
  assert.match(await run(), /its run is done/);
  assert.is(made(), first, "what isn't imported makes nothing anew");

  write(folder, { "log.cjs": "exports.log = () => 1; require('zod');" });
  assert.match(await run(), /^note plugin \.\/step\.mts is other code than what made runs that are there \(version 2\.0\.0 → 2\.0\.1, log\.cjs\): stages that use it are made anew$/m); // prettier-ignore
  assert.is.not(made(), first);
});

test("plugins: one that is edited while a grid runs stops what hasn't started, and says so once", async ({ folder }) => {
  const whole = stage(
    "if (size === 1) (await import('node:fs')).appendFileSync(new URL('./part.mjs', import.meta.url), '// edited')",
  );
  write(folder, {
    "quick.mjs": `import "./part.mjs";\n${whole}`,
    "part.mjs": "",
    "x.yaml": experiment(["./quick.mjs"], "grid: { stages.end.size: [1, 2, 3] }"),
  });
  const { code, stderr, stdout } = await rewardlab(folder, "run", "x.yaml", "--workers", "1");
  assert.is(code, 2, stdout + stderr);
  const told = stderr.split("\n").filter((line) => line.startsWith("failed"));
  assert.is(told.length, 1, stderr);
  assert.match(
    told[0]!,
    /^failed size=2 · seed 1, size=3 · seed 1: plugin \.\/quick\.mjs \(part\.mjs\) was changed while the grid ran\. .* Undo the change and run again/,
  );
  write(folder, { "part.mjs": "" });
  const { code: again } = await rewardlab(folder, "run", "x.yaml", "--workers", "1");
  assert.is(again, 0);
  assert.equal(readdirSync(join(folder, "runs/small")).filter((name) => name.startsWith("size=")).length, 3);
  assert.not.ok(existsSync(join(folder, "runs/small/size=1/seed-1/before")), "the first goes on being the first's");
});

test.run();
