// Plugins as their users meet them: listed by name or by path and wrong in every way there is.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { rewardlab, temporaryFolder } from "./command.ts";

const test = suite("plugins", { folder: "" });
test.before.each((context) => void (context.folder = temporaryFolder()));
test.after.each(({ folder }) => {
  delete process.env.REWARDLAB_PLUGIN_SECONDS;
  rmSync(folder, { recursive: true, force: true });
});

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}
const experiment = (plugins: readonly string[]) => `name: small
plugins: ${JSON.stringify(plugins)}
engine: cpu
model: { use: tiny-vlm, width: 16, layers: 1, hiddenSize: 16 }
data: { use: scenes, train: 2, test: 2 }
stages: [{ evaluate: { use: evaluate, maxNewTokens: 4 } }]
`;

interface Problem {
  readonly path: string;
  readonly code?: string;
  readonly message: string;
}
/** What \`check\` says of an experiment with these plugins. */
async function problemsOf(folder: string, plugins: readonly string[]): Promise<Problem[]> {
  write(folder, { "x.yaml": experiment(plugins) });
  const { code, stdout, stderr } = await rewardlab(folder, "check", "x.yaml", "--json");
  assert.is(code, 2, stdout + stderr);
  return (JSON.parse(stdout) as { problems: Problem[] }).problems;
}

test("plugins: each that can't be loaded is a named error with its place, all in one report", async ({ folder }) => {
  const bad: Readonly<Record<string, readonly [source: string, code: string, message: RegExp]>> = {
    "no-default.mjs": ["export const plugin = {};", "RL_PLUGIN_EXPORT", /no-default\.mjs has no default export \(it exports plugin\), expected `export default/], // prettier-ignore
    "no-exports.cjs": ["const plugin = {};", "RL_PLUGIN_EXPORT", /no-exports\.cjs exports an empty object, .* a CommonJS file sets module\.exports/], // prettier-ignore
    "a-function.mjs": ["export default () => ({});", "RL_PLUGIN_EXPORT", /^its default export is a function, expected what definePlugin/], // prettier-ignore
    "other-api.mjs": ["export default { name: 'x', api: '^2' };", "RL_PLUGIN_API", /^was written for plugin interface "\^2", this RewardLab speaks 1\./], // prettier-ignore
    "syntax.mjs": ["const a = 1;\nexport default {\n  a: : 1 };", "RL_PLUGIN_SYNTAX", /syntax\.mjs:3:6: Unexpected token$/],
    "imports-syntax.mjs": ["import './syntax.mjs'; export default {};", "RL_PLUGIN_SYNTAX", /syntax\.mjs:3:6: Unexpected token$/],
    "enum.mts": ["export enum A { a }\nexport default {};", "RL_PLUGIN_TYPESCRIPT", /enum\.mts:1:8: .*enum is not supported.*erasableSyntaxOnly/], // prettier-ignore
    "throws.mjs": ["\nthrow new TypeError('no luck');", "RL_PLUGIN_LOAD", /^fails to load: TypeError: no luck \(.*throws\.mjs:2:7\)$/], // prettier-ignore
    "throws-text.mjs": ["throw 'no luck';", "RL_PLUGIN_LOAD", /throws-text\.mjs: threw no luck, expected an Error$/],
    "throws-nothing.mjs": ["throw Object.create(null);", "RL_PLUGIN_LOAD", /threw \{\}, expected an Error$/],
    "rejects.mjs": ["await Promise.reject(undefined);", "RL_PLUGIN_LOAD", /threw undefined, expected an Error$/],
    "lacks.mjs": ["import 'not-there'; export default {};", "RL_PLUGIN_LOAD", /Cannot find package 'not-there'/],
    "exits.mjs": [
      "process.exit(0);",
      "RL_PLUGIN_EXIT",
      /^process\.exit\(0\) is called at .*exits\.mjs:1:9, which would end everything/,
    ],
    "exits-later.mjs": ["setTimeout(() => process.exit(0), 1); await new Promise((r) => setTimeout(r, 500)); export default {};", "RL_PLUGIN_EXIT", /^process\.exit\(0\) is called at .*exits-later\.mjs:1:/], // prettier-ignore
    "throws-later.mjs": ["setTimeout(() => { throw new Error('late'); }, 1); await new Promise((r) => setTimeout(r, 500)); export default {};", "RL_PLUGIN_LOAD", /late/], // prettier-ignore
    "not-there.mjs": ["", "RL_PLUGIN_MISSING", /^there is no file .*not-there\.mjs/],
  };
  for (const [name, [source]] of Object.entries(bad)) if (source !== "") write(folder, { [name]: source });
  write(folder, {
    "node_modules/typed/package.json": '{ "name": "typed", "exports": "./index.ts", "type": "module" }',
    "node_modules/typed/index.ts": "export default {};",
    "node_modules/broken/package.json": "{",
  });
  const names = Object.keys(bad).map((name) => `./${name}`);
  const problems = await problemsOf(folder, [...names, "typed", "broken"]);
  for (const [index, [, code, message]] of Object.values(bad).entries()) {
    const problem = problems.find(({ path }) => path === `plugins[${index}]`);
    assert.is(problem?.code, code, `${names[index]!}: ${JSON.stringify(problem)}`);
    assert.match(problem!.message, message);
  }
  const [typed, broken] = problems.slice(-2);
  assert.is(typed!.code, "RL_PLUGIN_TYPESCRIPT");
  assert.match(typed!.message, /typed\/index\.ts is TypeScript, which Node doesn't run under node_modules/);
  assert.match(broken!.message, /is in .*broken, and its package\.json/);
  assert.is(problems.length, names.length + 2);
});

test("plugins: what would end the command without a word, or never, is an error with code 2", async ({ folder }) => {
  process.env.REWARDLAB_PLUGIN_SECONDS = "1";
  write(folder, {
    "never.mjs": "await new Promise(() => {});\nexport default {};",
    "waits.mjs": "setInterval(() => {}, 50);\nawait new Promise(() => {});\nexport default {};",
    "busy.mjs": "\nfor (;;) {}",
  });
  const [never] = await problemsOf(folder, ["./never.mjs"]);
  assert.is(never!.code, "RL_PLUGIN_WAITS");
  assert.match(never!.message, /never\.mjs never ends loading: at its top it awaits what never comes$/);
  const [waits] = await problemsOf(folder, ["./waits.mjs"]);
  assert.is(waits!.code, "RL_PLUGIN_WAITS");
  assert.match(waits!.message, /waits\.mjs isn't loaded after 1 s: .*REWARDLAB_PLUGIN_SECONDS sets another limit/);

  write(folder, { "x.yaml": experiment(["./busy.mjs"]) });
  const { code, stderr } = await rewardlab(folder, "check", "x.yaml");
  assert.is(code, 2, stderr);
  assert.match(stderr, /^error plugin \.\/busy\.mjs: isn't loaded after 1 s: it keeps the processor busy at .*busy\.mjs:2:1\./);
  assert.not.match(stderr, /debugger/);
});

test("plugins: what one does while it runs is told with its name, never code 0 without a result", async ({ folder }) => {
  const options = '{ "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } }';
  const rewards: Readonly<Record<string, readonly [score: string, message: RegExp]>> = {
    exits: [
      "process.exit(0)",
      /^error p: reward exits: process\.exit\(0\) is called at .*p\.mjs:\d+:\d+, which would end everything/,
    ],
    "exits-later": ["setTimeout(() => process.exit(0), 1); return new Promise((r) => setTimeout(r, 500))", /^error process\.exit\(0\) is called at .*p\.mjs/], // prettier-ignore
    "never-scores": ["return new Promise(() => {})", /^error it waits for what never comes: /],
    throws: ["throw { a: 1 }", /^error p: reward throws: threw \{"a":1\}, expected an Error/],
  };
  const components = Object.entries(rewards).map(
    ([name, [score]]) =>
      `{ kind: "reward", name: "${name}", summary: "for tests", version: 1, inject: {}, options: ${options}, create: () => ({ score() { ${score}; } }) }`,
  );
  write(folder, {
    "p.mjs": `export default { name: "p", api: "^1", components: [${components.join(",\n")}] };`,
    "batch.json": '{ "responses": ["a"], "items": [{ "question": "?", "responses": ["a", "b"], "preferred": 1 }] }',
  });
  for (const [name, [, message]] of Object.entries(rewards)) {
    const { code, stdout, stderr } = await rewardlab(
      folder,
      "probe",
      "reward",
      name,
      "--plugin",
      "./p.mjs",
      "--batch",
      "batch.json",
    );
    assert.equal([code, stdout], [1, ""], `${name}: ${stderr}`);
    assert.match(stderr, message);
  }
});

test.run();
