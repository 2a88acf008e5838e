import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Interrupted, RunError } from "./errors.ts";
import { temporaryFolder } from "./testing/temporary-folder.ts";
import { LOCK_FILE, lockFolder, waitForLock } from "./lock.ts";

const test = suite("lock", { folder: "" });
test.before.each((context) => void (context.folder = temporaryFolder()));
test.after.each(({ folder }) => rmSync(folder, { recursive: true }));

const goneProcess = () => spawnSync(process.execPath, ["-e", ""]).pid;
const leave = (folder: string, owner: object | string) =>
  writeFileSync(join(folder, LOCK_FILE), typeof owner === "string" ? owner : JSON.stringify(owner));

function refused(folder: string, message: RegExp): void {
  try {
    lockFolder(folder);
  } catch (error) {
    assert.instance(error, RunError);
    assert.is((error as RunError).code, "RL_LOCKED");
    assert.match((error as RunError).message, message);
    return;
  }
  assert.unreachable("it was locked twice");
}

test("one at a time; given back, it can be taken again; nothing is left", ({ folder }) => {
  const unlock = lockFolder(folder);
  refused(folder, new RegExp(`another run \\(process ${process.pid} on ${hostname()}, since 20.*remove .*\\.lock`));
  unlock();
  lockFolder(folder)();
  assert.equal(readdirSync(folder), []);
});

test("a folder that isn't there is made", ({ folder }) => {
  lockFolder(join(folder, "a", "b"))();
  assert.ok(existsSync(join(folder, "a", "b")));
});

test("the lock of a process that is alive stays", ({ folder }) => {
  leave(folder, { pid: process.ppid, host: hostname(), started: new Date().toISOString() });
  refused(folder, new RegExp(`process ${process.ppid} .*kill ${process.ppid}`));
});

test("a number that belongs to another process by now is no owner: by what the lock says of its process, and by when it was taken", ({
  folder,
}) => {
  const now = new Date().toISOString();
  leave(folder, { pid: process.ppid, host: hostname(), started: now, process: "another boot/1" });
  lockFolder(folder)();
  leave(folder, { pid: process.ppid, host: hostname(), started: "2020-01-01T00:00:00.000Z" }); // before the process began
  lockFolder(folder)();
});

test("a process that ended and was not waited for holds nothing", async ({ folder }) => {
  const file = join(folder, "zombie");
  // a shell that starts a process, says its number and then runs a program that never waits for it
  const parent = spawn("sh", ["-c", `sleep 0 & echo $! > ${file}; exec sleep 5`]);
  while (!existsSync(file) || readFileSync(file, "utf8").trim() === "") await sleep(20);
  await sleep(200);
  leave(folder, { pid: Number(readFileSync(file, "utf8")), host: hostname(), started: new Date().toISOString() });
  lockFolder(folder)();
  parent.kill();
});

test("what a kill left of taking a lock is tidied by whoever takes it next, and what a process at work made is not", ({
  folder,
}) => {
  const gone = goneProcess();
  for (const name of [`.lock.${gone}.stale`, `.lock.${gone}.part`, `.lock.${process.ppid}.stale`])
    writeFileSync(join(folder, name), "{}");
  lockFolder(folder)();
  assert.equal(readdirSync(folder), [`.lock.${process.ppid}.stale`]);
});

test("a folder in the place of the lock is named, and left as it is", ({ folder }) => {
  mkdirSync(join(folder, LOCK_FILE));
  refused(
    folder,
    /\.lock: can't be read: there is a folder of this name, expected a file.*if no other run works here, remove it/,
  );
  assert.equal(readdirSync(folder), [LOCK_FILE]);
});

test("the lock of a process that is gone is taken over", ({ folder }) => {
  leave(folder, { pid: goneProcess(), host: hostname(), started: "2026" });
  lockFolder(folder);
  refused(folder, new RegExp(`process ${process.pid} `));
  assert.equal(readdirSync(folder), [LOCK_FILE]);
});

test("a lock with this process's number from before it started (a container started anew) is taken over", ({ folder }) => {
  leave(folder, { pid: process.pid, host: hostname(), started: "2020-01-01T00:00:00.000Z" });
  lockFolder(folder)();
});

test("another host's lock stays: whether its process lives can't be seen from here", ({ folder }) => {
  leave(folder, { pid: goneProcess(), host: "elsewhere", started: "2026" });
  refused(folder, /on elsewhere/);
});

test("a lock cut short is taken over", ({ folder }) => {
  for (const text of ["", '{"pid": 1']) {
    leave(folder, text);
    lockFolder(folder)();
  }
});

test("of many that start at once on a dead process's lock, one gets it", ({ folder }) => {
  leave(folder, { pid: goneProcess(), host: hostname(), started: "2026" });
  const script = `import { lockFolder } from ${JSON.stringify(new URL("lock.ts", import.meta.url).href)};
    try { lockFolder(${JSON.stringify(folder)}); console.log("got it"); await new Promise((done) => setTimeout(done, 2500)); } catch (error) { console.log(error.code); }`;
  const file = join(folder, "take.mts");
  writeFileSync(file, script);
  const started = Array.from({ length: 3 }, () => `"$0" --conditions=@rewardlab/source --import "$1" "$2" &`).join("\n");
  const { stdout } = spawnSync("sh", ["-c", `${started}\nwait`, process.execPath, import.meta.resolve("tsx"), file], {
    encoding: "utf8",
  });
  assert.equal(stdout.trim().split("\n").sort(), ["RL_LOCKED", "RL_LOCKED", "got it"]);
});

test("waiting: told once, with signs of life, taken when it is free", async ({ folder }) => {
  const unlock = lockFolder(folder);
  setTimeout(unlock, 2450);
  const told: string[] = [];
  let beats = 0;
  const again = await waitForLock(folder, new AbortController().signal, {
    waiting: (message) => told.push(message),
    beat: () => void beats++,
  });
  assert.is(told.length, 1);
  assert.match(
    told[0]!,
    new RegExp(`^Waiting\\. .*another run \\(process ${process.pid} on .*stop it \\(kill ${process.pid}\\)`),
  );
  assert.is(beats, 2, "at once, and after two seconds");
  again();
});

test("waiting: refused after the limit, as it is at once where nobody waits", async ({ folder }) => {
  const unlock = lockFolder(folder);
  const signal = new AbortController().signal;
  const error = await waitForLock(folder, signal, { waiting: () => {}, limitSeconds: 1 }).catch((reason: unknown) => reason);
  assert.is((error as RunError).code, "RL_LOCKED");
  unlock();
});

test("waiting: ends as interrupted when the user stops", async ({ folder }) => {
  const unlock = lockFolder(folder);
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 50);
  const error = await waitForLock(folder, controller.signal, { waiting: () => {} }).catch((reason: unknown) => reason);
  assert.instance(error, Interrupted);
  unlock();
});

test.run();
