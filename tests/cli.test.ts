// What the command says and how it ends when something is wrong: exit codes, messages, no stack trace unless asked for.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { rewardlab, temporaryFolder } from "./command.ts";
import type { Ended } from "./command.ts";

const test = suite("cli", { folder: "" });
test.before.each((context) => void (context.folder = temporaryFolder()));
test.after.each(({ folder }) => rmSync(folder, { recursive: true, force: true }));

const stackTrace = /\n\s+at .*[:(]\d*/;
function endedWith(ended: Ended, code: number, stderr: RegExp): void {
  assert.is(ended.code, code, `${ended.stdout}\n${ended.stderr}`);
  assert.match(ended.stderr, stderr);
  assert.not.match(ended.stderr, stackTrace);
}

const experiment = (data: string, rules = "{ right: preference-accuracy }") => `name: small
plugins: [careless]
engine: cpu
model: { use: tiny-vlm, width: 16, layers: 1, hiddenSize: 16 }
data: ${data}
stages:
  - rl:
      use: rl
      algorithm: reinforce++
      iterations: 1
      rollout: { prompts: 2, maxNewTokens: 2 }
      reward: { rules: ${rules}, formula: right }
      optimizer: { use: adamw, learningRate: 1e-3 }
`;
const careless = `export default { name: "careless", api: "^1", components: [{
  kind: "reward", name: "careless", summary: "throws", version: 1, inject: {},
  options: { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } },
  create: () => ({ score: () => null.length }) }, {
  kind: "stage", name: "ending", summary: "ends as seed 2 collapsed, the others well", version: 1, inject: {}, keeps: "run",
  options: { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } },
  create: () => ({ run: async ({ seed }) => seed === 2 ? { status: "collapsed", reason: "on purpose" } : { status: "done" } }) }] };`;

/** Runs in a second: its one stage does nothing. */
const ending = (seeds: string) => `name: small
plugins: [careless]
engine: cpu
model: { use: tiny-vlm, width: 16, layers: 1, hiddenSize: 16 }
data: { use: scenes, train: 2, test: 2 }
stages: [{ end: { use: ending } }]
seeds: ${seeds}
`;

function prepare(folder: string, text: string): void {
  const package_ = join(folder, "node_modules", "careless");
  mkdirSync(package_, { recursive: true });
  writeFileSync(join(package_, "package.json"), '{ "name": "careless", "type": "module", "main": "index.js" }');
  writeFileSync(join(package_, "index.js"), careless);
  writeFileSync(join(folder, "small.yaml"), text);
}
const picture = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVQI12P4z8AAAAMBAQAY3Y2wAAAAAElFTkSuQmCC",
  "base64",
);

test("help and version; an unknown command or option; no command", async ({ folder }) => {
  const [help, version, unknown, option] = await Promise.all([
    rewardlab(folder, "run", "--help"),
    rewardlab(folder, "--version"),
    rewardlab(folder, "rum"),
    rewardlab(folder, "check", "--jsn", "x.yaml"),
  ]);
  assert.is(help.code, 0);
  for (const word of ["--fresh", "--workers", "--set", "goes on with what is unfinished"])
    assert.ok(help.stdout.includes(word), word);
  assert.is(version.code, 0);
  assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/);
  endedWith(unknown, 2, /unknown command 'rum'[^]*Did you mean run\?/);
  endedWith(option, 2, /unknown option '--jsn'[^]*Did you mean --json\?/);
});

test("an experiment that is wrong: the report on stderr, 2, and no run's folder", async ({ folder }) => {
  prepare(folder, experiment("scenez"));
  endedWith(
    await rewardlab(folder, "run", "small.yaml"),
    2,
    /^error small\.yaml: 1 problem\n\nsmall\.yaml:5:7: data: there is no dataset "scenez"\. Did you mean "scenes"\?\n {2}5 \| data: scenez\n {4}\| {7}\^{6}\n$/,
  );
  assert.not(existsSync(join(folder, "runs")));
});

test("--debug shows where an error comes from", async ({ folder }) => {
  const { code, stderr } = await rewardlab(folder, "--debug", "check", "none.yaml");
  assert.is(code, 2);
  assert.match(stderr, /none\.yaml: can't be read/);
  assert.match(stderr, stackTrace);
});

test("data rows that are wrong: file and line of each, 2", async ({ folder }) => {
  prepare(folder, experiment("{ use: jsonl, train: train.jsonl }"));
  const row = { question: "?", responses: ["a", "b"], preferred: 1 };
  writeFileSync(join(folder, "good.png"), picture);
  writeFileSync(join(folder, "broken.png"), picture.subarray(0, 40));
  const rows = [
    { id: "1", images: ["missing.png"], ...row },
    { id: "2", images: ["good.png"], ...row, preferred: 3 },
    { id: "3", images: ["../../outside.png"], ...row },
  ];
  writeFileSync(join(folder, "train.jsonl"), rows.map((one) => JSON.stringify(one)).join("\n"));
  const ended = await rewardlab(folder, "run", "small.yaml");
  endedWith(ended, 2, /train\.jsonl:1: images\[0\][^]*missing\.png[^]*no such file/);
  assert.match(ended.stderr, /train\.jsonl:2: preferred is 3, expected 1 or 2/);
  assert.match(ended.stderr, /train\.jsonl:3: .*outside/);

  writeFileSync(join(folder, "train.jsonl"), JSON.stringify({ id: "1", images: ["broken.png"], ...row }));
  endedWith(await rewardlab(folder, "run", "small.yaml"), 2, /train\.jsonl:1: images\[0\] broken\.png: /);
});

test("a plugin's rule that throws: the run fails with 1, the rule named", async ({ folder }) => {
  prepare(folder, experiment("{ use: scenes, train: 2, test: 2 }", "{ right: careless }"));
  endedWith(
    await rewardlab(folder, "run", "small.yaml"),
    1,
    /failed seed 1: careless: reward careless at rl\.reward\.rules\.right: TypeError: Cannot read properties of null/,
  );
});

test("a collapsed run: the others go on, 1; so again when all are finished", async ({ folder }) => {
  prepare(folder, ending("[2, 3]"));
  const first = await rewardlab(folder, "run", "small.yaml", "--fresh");
  assert.is(first.code, 1, first.stderr);
  assert.match(first.stdout, /small: 1 cell × 2 seeds = 2 runs, 0 done/);
  assert.match(first.stdout, /seed 2: collapsed: end: on purpose/);
  assert.match(first.stdout, /seed 3: done/);
  assert.equal(readdirSync(join(folder, "runs")), ["small"], "there was nothing for --fresh to keep");
  const again = await rewardlab(folder, "run", "small.yaml");
  assert.is(again.code, 1, again.stderr);
  assert.match(again.stdout, /small: all 2 runs are finished, 1 collapsed\. --fresh runs anew\./);
});

test("--fresh again: nothing that was there is lost", async ({ folder }) => {
  prepare(folder, ending("[1]"));
  const runs = join(folder, "runs");
  for (const mark of ["first", "second"]) {
    mkdirSync(join(runs, "small"), { recursive: true });
    writeFileSync(join(runs, "small", mark), "");
    const { code, stdout, stderr } = await rewardlab(folder, "run", "small.yaml", "--fresh");
    assert.is(code, 0, stderr);
    assert.match(stdout, /^small: what was there is kept in runs\/small\.previous/);
  }
  assert.equal(readdirSync(runs).sort(), ["small", "small.previous", "small.previous-2"]);
  for (const path of ["small.previous/first", "small.previous-2/second", "small.previous-2/grid.json", "small/grid.json"])
    assert.ok(existsSync(join(runs, path)), path);
});

test("status.json and grid.json cut short or null: noted, and made again", async ({ folder }) => {
  prepare(folder, ending("[1, 3]"));
  const small = join(folder, "runs", "small");
  const files = { "grid.json": '{ "name', "main/seed-1/status.json": '{ "status": "do', "main/seed-3/status.json": "null" };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(small, name)), { recursive: true });
    writeFileSync(join(small, name), text);
  }
  const ended = await rewardlab(folder, "run", "small.yaml");
  const note = (name: string) => `.*${name}: not valid JSON .*; it is made again\n`;
  endedWith(ended, 0, new RegExp(`^${note("grid\\.json")}${note("seed-1/status\\.json")}$`));
  assert.match(ended.stdout, /2 runs, 0 done/);
  for (const seed of [1, 3]) assert.match(readFileSync(join(small, `main/seed-${seed}/status.json`), "utf8"), /"status": "done"/);
});

test("probe and plugins: a plugin of one's own, found from the current folder", async ({ folder }) => {
  prepare(folder, ending("[1]"));
  const listed = await rewardlab(folder, "plugins", "stage", "--plugin", "careless");
  assert.is(listed.code, 0, listed.stderr);
  assert.match(listed.stdout, /ending +ends as seed 2 collapsed, the others well +careless/);
  writeFileSync(join(folder, "batch.json"), '{ "responses": ["a"], "items": [{}] }');
  const probe = (...plugin: string[]) => rewardlab(folder, "probe", "reward", "careless", "--batch", "batch.json", ...plugin);
  const [withIt, missing] = await Promise.all([
    probe("--plugin", "careless"),
    probe("--plugin", "careless", "--plugin", "./own.js"),
  ]);
  endedWith(withIt, 1, /Cannot read properties of null/); // it was found: this is what the rule does
  endedWith(missing, 2, /plugin \.\/own\.js: there is no file .*\/own\.js\n$/);
});

test("the guide's formulas: each is accepted, and its picture is what its command draws", async ({ folder }) => {
  const guide = readFileSync(new URL("../docs/guides/experiment-file.md", import.meta.url), "utf8");
  const [, written] = /(## A surrogate as a formula[^]*?)## Looking at a loss/.exec(guide)!;
  const formulas = [
    ...[...written!.matchAll(/^\|[^|]*\| `([^`]*(?:ratio|logProbs)[^`]*)` *\|$/gm)].map(([, formula]) => formula!),
    ...[...written!.matchAll(/expression: "([^"]*)"/g)].map(([, formula]) => formula!),
  ];
  assert.is(formulas.length, 6, formulas.join("\n"));
  const specs = formulas.flatMap((expression) => ["--surrogate", JSON.stringify({ use: "formula", expression })]);
  endedWith(await rewardlab(folder, "explain", ...specs, "--plot", "all.svg"), 0, /^$/);

  const [, command] = /npx rewardlab explain (--surrogate clip .*)/.exec(guide)!;
  const flags = [...command!.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare!);
  endedWith(await rewardlab(folder, "explain", ...flags), 0, /^$/);
  const texts = (svg: string) => svg.match(/>[^<>]+</g);
  const shown = readFileSync(new URL("../docs/images/surrogates.svg", import.meta.url), "utf8");
  assert.equal(texts(readFileSync(join(folder, "surrogates.svg"), "utf8")), texts(shown));
});

test("explain: a formula that is wrong and a plot that goes nowhere end with 2", async ({ folder }) => {
  const plot = (formula: string, file: string) =>
    rewardlab(folder, "explain", "--surrogate", JSON.stringify({ use: "formula", expression: formula }), "--plot", file);
  endedWith(await plot("import(ratio)", "x.svg"), 2, /--surrogate:1:\d+: expression: unknown function import/);
  endedWith(await plot("-ratio * A", "nowhere/x.svg"), 2, /there is no folder nowhere/);
  endedWith(
    await rewardlab(folder, "explain", "--surrogate", "clip", "--range", "4:1", "--plot", "x.svg"),
    2,
    /expected low:high with 0 ≤ low < high/,
  );
  endedWith(await rewardlab(folder, "explain"), 2, /expected an experiment file, or --surrogate SPEC --plot FILE\.svg/);
  assert.equal(readdirSync(folder), []);
});

test("runs where nothing can be written", async ({ folder }) => {
  prepare(folder, experiment("{ use: scenes, train: 2, test: 2 }"));
  writeFileSync(join(folder, "file"), "");
  endedWith(await rewardlab(folder, "run", "small.yaml", "--runs", "file"), 1, /file\/small: can't be written: /);
});

test("a real model: a prompt beyond its context, a picture of 100 megapixels: told before the first step, exit code 2", async ({
  folder,
}) => {
  const model = fileURLToPath(new URL("../packages/models/src/hf/fixtures/models/llama", import.meta.url));
  const reading = (train: string) => `name: small
engine: cpu
model: { use: hf, path: ${JSON.stringify(model)} }
data: { use: jsonl, train: ${train}.jsonl }
stages:
  - rl:
      use: rl
      algorithm: grpo
      iterations: 1
      rollout: { prompts: 1, samplesPerPrompt: 2, maxNewTokens: 4 }
      reward: { rules: { right: exact-match }, formula: right }
      optimizer: { use: adamw, learningRate: 1e-3 }
`;
  const row = { id: "short", images: [] as string[], question: "ab?", answer: "b" };
  const rows = (...given: object[]) => given.map((one) => `${JSON.stringify(one)}\n`).join("");
  writeFileSync(join(folder, "long.jsonl"), rows(row, { ...row, id: "long", question: "a b ".repeat(1000) }));
  writeFileSync(join(folder, "huge.jsonl"), rows({ ...row, images: ["huge.svg"] }));
  writeFileSync(join(folder, "huge.svg"), '<svg xmlns="http://www.w3.org/2000/svg" width="10000" height="10000"/>');
  const [long, huge] = await Promise.all(
    ["long", "huge"].map((train) => {
      writeFileSync(join(folder, `${train}.yaml`), reading(train));
      return rewardlab(folder, "run", `${train}.yaml`, "--runs", train);
    }),
  );
  endedWith(
    long!,
    2,
    /data\.train: 1 of 2 items don't fit into the model hf\nstages\.rl: item long has a prompt of \d+ tokens .*, expected at most 2048\na context of \d+ tokens would do/,
  );
  endedWith(
    huge!,
    2,
    /huge\.jsonl:1: images\[0\] huge\.svg: has 10000 × 10000 pixels, 100 megapixels, expected at most 64: shrink it/,
  );
});

test.run();
