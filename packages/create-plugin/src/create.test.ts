import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createPlugin } from "./create.ts";
import { kindNames } from "./kinds.ts";
import { askerOn } from "./questions.ts";

const before = process.cwd();
let folder: string;
test.before.each(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "rewardlab-create-")));
  process.chdir(folder);
});
test.after.each(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true });
});

/** What it said, the questions among it; the answers are lines of what is piped in. */
async function created(args: string[], answers = ""): Promise<string> {
  const [input, output] = [new PassThrough(), new PassThrough()];
  input.end(answers);
  const said: string[] = [];
  output.on("data", (text: Buffer) => void said.push(text.toString()));
  await createPlugin(
    args,
    () => askerOn(input, output),
    (text) => void said.push(text),
  );
  return said.join("");
}
const refusal = (args: string[], answers?: string) =>
  created(args, answers).then(
    (said) => said,
    (error: Error & { code?: string }) => `${error.code} ${error.message}`,
  );
const manifest = (path: string) =>
  JSON.parse(readFileSync(join(folder, path, "package.json"), "utf8")) as Record<string, unknown>;

test("create: by flags, without a question", async () => {
  const said = await created(["--kind", "algorithm", "--name", "@you/rewardlab-plugin-mine", "--language", "js"]);
  assert.match(said, /^rewardlab-plugin-mine: @you\/rewardlab-plugin-mine, the algorithm mine in JavaScript, \d+ files/);
  assert.match(said, "cd rewardlab-plugin-mine\n  npm install\n  npm test");
  assert.is(manifest("rewardlab-plugin-mine").name, "@you/rewardlab-plugin-mine");
  assert.ok(existsSync(join(folder, "rewardlab-plugin-mine/src/mine.js")));
});

test("create: by questions; what is wrong is asked again, and nothing said is the default", async () => {
  const said = await created([], "sampling\n2\nMy Step\nmy-step\n\n");
  assert.match(said, / 1 {2}advantage +a step from scores to advantages/);
  assert.match(said, 'kind: "sampling" is none.');
  assert.match(said, 'Did you mean "my-step"?');
  assert.match(said, "TypeScript or JavaScript? (ts)");
  assert.match(said, `my-step, the ${kindNames[1]} my-step in TypeScript`);
  assert.ok(existsSync(join(folder, "my-step/src/my-step.ts")));
});

test("create: only what the flags don't say is asked", async () => {
  const said = await created(["some/where", "--kind", "advantage"], "js\n");
  assert.not.match(said, "Which kind");
  assert.not.match(said, "package's name?");
  assert.is(manifest("some/where").name, "where");
});

test("create: --yes asks nothing", async () => {
  const said = await created(["--yes"]);
  assert.match(said, /^rewardlab-plugin-my-advantage: /);
  assert.not.match(said, "?");
});

test("create: into the folder one is in, where it is empty but for .git", async () => {
  mkdirSync(join(folder, "rewardlab-plugin-here", ".git"), { recursive: true });
  process.chdir(join(folder, "rewardlab-plugin-here"));
  const said = await created([".", "--yes"]);
  assert.match(said, /^\.: rewardlab-plugin-here, the advantage here/);
  assert.not.match(said, "cd ");
});

test("create: a folder with something in it stays as it is", async () => {
  mkdirSync(join(folder, "taken"));
  writeFileSync(join(folder, "taken", "README.md"), "mine");
  assert.is(
    await refusal(["taken", "--yes"]),
    `RL_FOLDER_TAKEN ${join(folder, "taken")}: holds README.md, expected a new or an empty folder. Nothing was written`,
  );
  assert.is(readFileSync(join(folder, "taken", "README.md"), "utf8"), "mine");
});

test("create: answers that end too soon are told with the flags, and nothing is made", async () => {
  assert.match(
    await refusal([], "1\n"),
    /^RL_CREATE_FLAGS The package's name\?: no answer came, expected one, or flags: --kind KIND/,
  );
  assert.match(await refusal(["Bad Name"]), /^RL_PLUGIN_NAME name: "Bad Name" has capitals/); // before the first question
  assert.not.ok(existsSync(join(folder, "rewardlab-plugin-my-advantage")));
});

test("create: --help lists the kinds", async () => {
  const said = await created(["--help"]);
  for (const kind of kindNames) assert.match(said, new RegExp(`^ +\\d+ {2}${kind} `, "m"));
});

test.run();
