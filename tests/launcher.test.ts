// The launcher: runs that crash, hang or are killed are tried once more, and the others go on. Their one stage is a plugin of the test's own.

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { rewardlab, start, temporaryFolder } from "./command.ts";

const test = suite("launcher", { folder: "" });
test.before.each((context) => void (context.folder = temporaryFolder()));
test.after.each(({ folder }) => rmSync(folder, { recursive: true, force: true }));

/** What each run does at its first attempt, by its seed, and what at its second. */
const plugin = `import { z } from "${import.meta.resolve("zod")}";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
const never = () => new Promise(() => {});
const first = {
  2: () => process.kill(process.pid, "SIGSEGV"),
  3: () => process.kill(process.pid, "SIGKILL"),
  4: never,
  5: () => { for (;;); },
  6: () => process.kill(process.pid, "SIGKILL"),
  7: () => { throw Object.assign(new Error("only once"), { code: "ENOSPC" }); },
  8: () => process.kill(process.pid, "SIGSTOP"),
  9: () => { throw new TypeError("again and again"); },
  10: () => process.reallyExit(7), // as a native library may; process.exit itself is refused
};
const second = { 6: first[6], 9: first[9] };
export default { name: "troubled", api: "^1", components: [{
  kind: "stage", name: "troubled", summary: "fails on purpose", version: 1, inject: {}, keeps: "run",
  options: z.strictObject({}),
  create: () => ({ run: async ({ seed, folder }) => {
    const mark = join(folder, "tried");
    const again = existsSync(mark);
    writeFileSync(mark, "");
    console.log(again ? "here again" : "here");
    await (again ? second : first)[seed]?.();
    return { status: "done" };
  } }) }] };`;

function prepare(folder: string, seeds: string): void {
  const package_ = join(folder, "node_modules", "troubled");
  mkdirSync(package_, { recursive: true });
  writeFileSync(join(package_, "package.json"), '{ "name": "troubled", "type": "module", "main": "index.js" }');
  writeFileSync(join(package_, "index.js"), plugin);
  writeFileSync(
    join(folder, "small.yaml"),
    `name: small
plugins: [troubled]
engine: cpu
model: { use: tiny-vlm, width: 16, layers: 1, hiddenSize: 16 }
data: { use: scenes, train: 2, test: 2 }
stages: [{ trouble: { use: troubled } }]
seeds: ${seeds}
`,
  );
}

const statusOf = (folder: string, seed: number) =>
  (JSON.parse(readFileSync(join(folder, `runs/small/main/seed-${seed}/status.json`), "utf8")) as { status: string }).status;
const logOf = (folder: string, seed: number) => readFileSync(join(folder, `runs/small/main/seed-${seed}/log.txt`), "utf8");

test("a run that fails by chance is tried once more, then reported; any other is reported at once; the others go on", async ({
  folder,
}) => {
  prepare(folder, "[6, 2, 9, 1, 3, 7, 10]");
  const { code, stdout, stderr } = await rewardlab(folder, "run", "small.yaml", "--workers", "3");
  assert.is(code, 1, stderr);
  for (const seed of [1, 2, 3, 7]) assert.match(stdout, new RegExp(`^seed ${seed}: done`, "m"));
  for (const seed of [1, 2, 3, 7]) assert.is(statusOf(folder, seed), "done");
  assert.match(stdout, /^seed 2: its process ended with SIGSEGV; it is tried once more, after the others$/m);
  assert.match(stdout, /^seed 3: its process ended with SIGKILL.*; it is tried once more/m);
  assert.match(stdout, /^seed 7: troubled: stage troubled at trouble: only once \(stage trouble\); it is tried once more/m);
  assert.match(stderr, /^failed seed 6: its process ended with SIGKILL.* \(tried twice\)$/m);
  assert.match(
    stderr,
    /^failed seed 9: troubled: stage troubled at trouble: TypeError: again and again \(stage trouble\) \(not tried again: it would fail the same way\)$/m,
  );
  assert.match(stderr, /^failed seed 10: its process ended with code 7 \(not tried again/m);
  assert.not.match(logOf(folder, 9) + logOf(folder, 10), /here again/);
  assert.match(logOf(folder, 9), /caused by TypeError: again and again\n +at /);
  assert.match(stderr, /^ {2}its log: runs\/small\/main\/seed-6\/log\.txt$/m);
  assert.is(stderr.match(/^failed/gm)?.length, 3);
  assert.is(statusOf(folder, 6), "failed");
  assert.match(
    logOf(folder, 6),
    /started; may use \d+ threads?\n[^]*here\n[^]*failed: its process ended with SIGKILL[^]*started again, attempt 2[^]*here again\n[^]*failed: /,
  );
  assert.not.match(logOf(folder, 1), /again/);
  assert.match(stdout, /4 of 7 done, 3 failed/);

  const again = await rewardlab(folder, "run", "small.yaml", "--json");
  assert.is(again.code, 1, again.stderr);
  assert.match(again.stderr, /\bseed 6: /);
  assert.not.match(again.stderr, /\bseed [1237]: /, "what is done is not run again");
});

test("a run that hangs, in whatever way, is ended and tried once more", async ({ folder }) => {
  prepare(folder, "[4, 5, 8]");
  const { code, stdout, stderr } = await rewardlab(folder, "run", "small.yaml", "--workers", "3", "--hang-after", "30");
  assert.is(code, 0, stderr);
  for (const seed of [4, 5, 8]) {
    assert.match(
      stdout,
      new RegExp(`^seed ${seed}: showed no sign of life for 30 s \\(--hang-after\\) and was ended; it is tried once more`, "m"),
    );
    assert.match(stdout, new RegExp(`^seed ${seed}: done`, "m"));
  }
});

test("Ctrl-C twice: a run that hangs is not waited for; 130", async ({ folder }) => {
  prepare(folder, "[5, 1]");
  const { child, ended } = start(folder, "run", "small.yaml", "--workers", "1");
  let output = "";
  child.stdout!.on("data", (text: string) => void (output += text));
  const until = async (condition: () => boolean) => {
    for (let waited = 0; !condition() && waited < 60_000; waited += 20) await sleep(20);
  };
  await until(() => existsSync(join(folder, "runs/small/main/seed-5/tried")));
  child.kill("SIGINT");
  await until(() => output.includes("Ctrl-C again stops at once"));
  child.kill("SIGINT");
  const { code, stdout } = await ended;
  assert.is(code, 130, stdout);
  assert.match(stdout, /seed 5: stopped/);
  assert.not(existsSync(join(folder, "runs/small/main/seed-1/tried")), "nothing new is begun");
});

test.run();
