import { InputError } from "@rewardlab/core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { plugins } from "./commands/plugins.ts";
import { pluginsDocs } from "./commands/plugins-docs.ts";
import { pluginsTest } from "./commands/plugins-test.ts";
import { listPlugins } from "./plugin-list.ts";
import { printed } from "./testing/printed.ts";
import { removeFolder, temporaryFolder, write } from "./testing/files.ts";

const test = suite("plugin commands", { folder: "", here: process.cwd() });
test.before.each((context) => void (context.folder = temporaryFolder()));
test.after.each(({ folder, here }) => {
  process.exitCode = 0;
  process.chdir(here);
  removeFolder(folder);
});

async function refused(command: () => Promise<void>, message: RegExp): Promise<void> {
  const error = await command().then(
    () => assert.unreachable("it was accepted"),
    (reason: unknown) => reason,
  );
  assert.instance(error, InputError, String(error));
  assert.match((error as InputError).message, message);
}

const schema = '{ "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } }';
const reward = (name: string) =>
  `{ kind: "reward", name: "${name}", summary: "for tests", version: 1, inject: {}, options: ${schema}, create: () => ({ score: () => [1] }) }`;
const service = (name: string) =>
  `{ token: { key: Symbol.for("judge"), name: "judge", methods: [] }, name: "${name}", summary: "judges", version: 1, inject: {}, scope: "run", options: ${schema}, create: () => ({}) }`;
const packageOf = (name: string, more: string, keywords: readonly string[] = ["rewardlab-plugin"]) => ({
  [`node_modules/${name}/package.json`]: { name, version: "1.2.3", type: "module", exports: "./index.js", keywords },
  [`node_modules/${name}/index.js`]: `export default { name: "${name}", api: "^1", ${more} };`,
});

test("plugins: built-in and installed ones, what they bring, from where, and names that are taken twice", async ({ folder }) => {
  write(folder, {
    ...packageOf("@you/one", `components: [${reward("short")}], services: [${service("kind")}]`),
    ...packageOf("two", `components: [${reward("short")}, ${reward("preference-accuracy")}]`),
    ...packageOf("three", `components: [${reward("long")}]`, []), // says nowhere that it is a plugin
    "node_modules/broken/package.json": { name: "broken", version: "1.0.0", type: "module", exports: "./index.js", keywords: ["rewardlab-plugin"] }, // prettier-ignore
    "node_modules/broken/index.js": "export default {",
    "my-step.js": `export default { name: "mine", api: "^1", components: [${reward("own")}] };`,
    "study/x.yaml": "",
  });
  const { plugins: all, parts, conflicts } = await listPlugins(folder, ["./my-step.js"]);
  const found = all.filter(({ listed }) => listed !== null);
  assert.equal(
    found.map(({ name, listed, version, file, brings }) => [name, listed, version, file, brings]),
    [
      ["@you/one", "@you/one", "1.2.3", "node_modules/@you/one/index.js", { reward: 1, service: 1 }],
      ["two", "two", "1.2.3", "node_modules/two/index.js", { reward: 2 }],
      ["mine", "./my-step.js", "unknown", "my-step.js", { reward: 1 }],
      ["broken", "broken", null, null, {}],
    ],
  );
  assert.match(found.at(-1)!.problem!, /broken\/index\.js:1:17: Unexpected token/);
  assert.match(found[0]!.integrity!, /^[0-9a-f]{64}$/);
  assert.ok(all.length > found.length + 6);
  assert.equal(conflicts, [
    { what: 'reward "preference-accuracy"', packages: ["@rewardlab/rewards", "two"] },
    { what: 'reward "short"', packages: ["@you/one", "two"] },
  ]);
  const judge = parts.find(({ kind }) => kind === "service")!;
  assert.equal([judge.name, judge.token, judge.scope, judge.package], ["kind", "judge", "run", "@you/one"]);
  assert.ok(parts.length > 40 && parts.every((part) => part.summary && part.package));

  process.chdir(`${folder}/study`); // from a folder below, as Node looks
  const text = await printed(() => plugins(undefined, {}));
  assert.is(process.exitCode, 2, "one can't be loaded");
  assert.match(text, /^ +broken +✘ .*Unexpected token$/m);
  assert.match(text, /^conflict reward "short" is brought by two and by @you\/one, so no experiment can name them together$/m);
  assert.match(text, /^ +@you\/one +1\.2\.3 +1 reward, 1 service +\S*node_modules\/@you\/one\/index\.js$/m);
  assert.match(text, /^ {4}injected as judge, lives as long as the run$/m);
});

test("plugins: the package around the folder is one of them", async ({ folder }) => {
  write(folder, {
    "package.json": { name: "mine", version: "0.0.1", type: "module", exports: "./i.js", keywords: ["rewardlab-plugin"] },
    "i.js": `export default { name: "mine", api: "^1", components: [${reward("own")}] };`,
  });
  const { plugins: all } = await listPlugins(folder, []);
  assert.equal([all.at(-1)!.listed, all.at(-1)!.version], ["mine", "0.0.1"]);
});

test("plugins: one kind, JSON, an unknown kind", async ({ folder }) => {
  process.chdir(folder);
  const { parts } = JSON.parse(await printed(() => plugins("algorithm", { json: true }))) as {
    parts: { kind: string; name: string; package: string }[];
  };
  assert.is(parts.find(({ name }) => name === "stable-reinforce")?.package, "@rewardlab/algo-stablereinforce");
  assert.ok(parts.every(({ kind }) => kind === "algorithm"));
  assert.match(await printed(() => plugins("ratio", {})), /^ratio\n[^]*pre-clip +.*@rewardlab\/algo-stablereinforce/);
  const clamp = /counts preClippedFraction: Pre-clipped tokens\. Share of tokens .* below 0\.001 or above 1000/;
  assert.match(await printed(() => plugins("ratio", {})), clamp);
  assert.match(await printed(() => plugins(undefined, {})), /counts preClippedFraction: Pre-clipped tokens\n/);
  assert.is(process.exitCode, 0);
  await refused(() => plugins("ratios", {}), /there is no kind "ratios"\. Did you mean "ratio"\?/);
});

test("plugins test: a line for each broken law, exit code 1; options, kinds", async ({ folder }) => {
  process.chdir(folder);
  const core = ["@rewardlab/core"];
  const missing = await printed(() => pluginsTest(core, { kind: "schedule" }));
  assert.match(
    missing,
    /^✘ schedule linear-warmup: has options to be tried with: .*--options\n\d+ of \d+ checks passed \(@rewardlab\/core\)$/,
  );
  assert.is(process.exitCode, 1);
  process.exitCode = 0;
  const options = '{"schedule linear-warmup": [{"steps": 3}]}';
  assert.match(await printed(() => pluginsTest(core, { kind: "schedule", options })), /^(\d+) of \1 checks passed/);
  assert.is(process.exitCode, 0);
  const lengths = JSON.stringify({
    "reward length-penalty": [{ limit: 5 }],
    "reward judge-consistency": [{ url: "http://127.0.0.1:1/v1", model: "judge", retries: 0 }],
    "reward remote-reward": [{ urls: ["http://127.0.0.1:1/get_reward"], retries: 0 }],
  });
  const rows = JSON.parse(
    await printed(() => pluginsTest(["@rewardlab/rewards"], { kind: "reward", options: lengths, json: true })),
  ) as { ok: boolean; law: string }[];
  assert.ok(rows.length > 20 && rows.every(({ ok, law }) => ok && law));
  await refused(() => pluginsTest(core, { kind: "rewrad" }), /there is no kind "rewrad"\. Did you mean "reward"\?/);
  for (const wrong of ["{", "[]", '{"surrogate cispo": {}}', '{"surrogate cispo": [1]}'])
    await refused(() => pluginsTest(core, { options: wrong }), /^--options: expected JSON such as/);
});

test("plugins test: an installed package, whatever its library of schemas", async ({ folder }) => {
  write(folder, packageOf("one", `components: [${reward("short")}]`));
  process.chdir(folder);
  const text = await printed(() => pluginsTest(["one"], {}));
  assert.match(text, /^✘ reward short: [^]*\d+ of \d+ checks passed \(one\)$/);
  assert.not.match(text, /safeParse/);
  await refused(() => pluginsTest(["two"], {}), /plugin two: is not installed where it is looked for\. In .*: npm install two/);
});

const zodPlugin = (zod: string) => `import { z } from ${JSON.stringify(zod)};
export default { name: "judges", api: "^1", services: [{
  token: { key: Symbol.for("judge"), name: "judge", methods: [] }, name: "brevity", summary: "short ones are best", version: 1, inject: {}, scope: "process",
  options: z.strictObject({ words: z.int().positive().default(8).describe("how many | at most"), rule: z.enum(["a", "b"]) }), create: () => ({}) }] };`;

test("plugins docs: what a plugin brings, with options from the schemas; services with token, scope and options", async ({
  folder,
}) => {
  write(folder, { "judges.js": zodPlugin(import.meta.resolve("zod")) });
  process.chdir(folder);
  assert.is(
    await printed(() => pluginsDocs("./judges.js", {})),
    `# judges

## \`brevity\` (service, injected as judge, lives as long as the process)

Short ones are best. From judges.

| option | default | values |  |
| --- | --- | --- | --- |
| \`words\` | \`8\` | whole number ≥ 1 | how many \\| at most |
| \`rule\` | must be given | a \\| b |  |`,
  );
  const [part] = JSON.parse(await printed(() => pluginsDocs("./judges.js", { json: true }))) as { options: object[] }[];
  assert.equal(part!.options[1], { name: "rule", values: "a | b", required: true, meaning: "" });
  const text = await printed(() => plugins("service", { plugin: ["./judges.js"] }));
  assert.match(text, /^ {4}words: whole number ≥ 1; default 8; how many \| at most\n {4}rule: a \| b; must be given$/m);
});

test("plugins docs: a built-in plugin, a component by its name alone or with its kind, an algorithm; a near name", async ({
  folder,
}) => {
  process.chdir(folder);
  const ofPlugin = await printed(() => pluginsDocs("@rewardlab/algo-stablereinforce", {}));
  assert.match(ofPlugin, /^# @rewardlab\/algo-stablereinforce \d+\.\d+\.\d+\n/);
  assert.match(ofPlugin, /^\| `low` \| `0\.001` \| 0 < number ≤ 1 \| δ_min: lowest ratio/m);
  assert.match(ofPlugin, /^\| `preClippedFraction` \| Pre-clipped tokens \| Share of tokens/m);
  for (const name of ["whiten", "advantage whiten"])
    assert.match(
      await printed(() => pluginsDocs(name, {})),
      /^## `whiten` \(advantage\)\n\nMean 0 .*From @rewardlab\/core\.\n\n\| option/m,
    );
  assert.match(await printed(() => pluginsDocs("stable-reinforce", {})), /^\| `paper` \| arXiv 2505\.02835v2/m);
  assert.match(await printed(() => pluginsDocs("rl", {})), /^\| `kl\.coefficient` \| must be given \| number ≥ 0 \| β \|$/m);
  await refused(() => pluginsDocs("stable-reinforse", {}), /is not installed .*\. Did you mean "stable-reinforce"\?$/);
  await refused(() => pluginsDocs("@you/qqqqqqqqqqqqqqqq", {}), /npm install @you\/qqqqqqqqqqqqqqqq$/);
});

test.run();
