import { spawnSync } from "node:child_process";
import { appendFileSync, chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { InputError, RunError } from "./errors.ts";
import { fileBytes, JsonLines, readJson, readJsonLines, tolerant, writeFileAtomic, writeFolderAtomic } from "./files.ts";
import { temporaryFolder } from "./testing/temporary-folder.ts";

const test = suite("files", { folder: "" });
test.before.each((context) => void (context.folder = temporaryFolder()));
test.after.each(({ folder }) => rmSync(folder, { recursive: true, force: true }));

function thrown(action: () => unknown): Error {
  try {
    action();
  } catch (error) {
    return error as Error;
  }
  return assert.unreachable("it did not throw") as never;
}

test("atomic file: written, replaced, nothing beside", ({ folder }) => {
  const path = join(folder, "deep", "x.json");
  writeFileAtomic(path, "old");
  writeFileAtomic(path, new Uint8Array([110, 101, 119]));
  assert.is(readFileSync(path, "utf8"), "new");
  assert.equal(readdirSync(join(folder, "deep")), ["x.json"]);
});

test("atomic file: where it can't be put in place, the old one stays and nothing is left beside", ({ folder }) => {
  mkdirSync(join(folder, "x", "inside"), { recursive: true }); // a folder that is not empty is in the way of the rename
  const error = thrown(() => writeFileAtomic(join(folder, "x"), "new"));
  assert.instance(error, RunError);
  assert.match(error.message, /x: can't be written: .*What was saved before is untouched; run again/);
  assert.equal(readdirSync(folder), ["x"]);
});

test("atomic file: a full disk", ({ folder }) => {
  const path = join(folder, "x");
  writeFileAtomic(path, "old");
  symlinkSync("/dev/full", `${path}.${process.pid}.part`); // what it writes first goes where no byte fits
  const error = thrown(() => writeFileAtomic(path, "new"));
  assert.match(error.message, /x: can't be written: the disk is full/);
  assert.is(readFileSync(path, "utf8"), "old");
  assert.equal(readdirSync(folder), ["x"]);
});

test("atomic file: a read-only folder", ({ folder }) => {
  if (process.getuid?.() === 0) return; // root may write anywhere
  writeFileAtomic(join(folder, "x"), "old");
  chmodSync(folder, 0o500);
  const error = thrown(() => writeFileAtomic(join(folder, "x"), "new"));
  chmodSync(folder, 0o700);
  assert.match(error.message, /no permission to write/);
  assert.is(readFileSync(join(folder, "x"), "utf8"), "old");
});

test("atomic folder: whole, or the old one", async ({ folder }) => {
  const path = join(folder, "checkpoint");
  await writeFolderAtomic(path, (aside) => writeFileSync(join(aside, "a"), "old"));
  await writeFolderAtomic(path, (aside) => writeFileSync(join(aside, "b"), "new"));
  assert.equal(readdirSync(path), ["b"]);
  const failing = writeFolderAtomic(path, (aside) => {
    writeFileSync(join(aside, "c"), "half");
    throw new Error("no luck");
  });
  assert.is(await failing.catch((error: Error) => error.message), "no luck");
  assert.equal([readdirSync(folder), readdirSync(path)], [["checkpoint"], ["b"]]);
});

test("JSON: none, broken", ({ folder }) => {
  assert.is(readJson(join(folder, "none.json")), undefined);
  writeFileSync(join(folder, "x.json"), '{"a": 1');
  const error = thrown(() => readJson(join(folder, "x.json")));
  assert.instance(error, InputError);
  assert.match(error.message, /x\.json: not valid JSON/);
});

test("JSON lines: appended, cut back to a known length, continued without a gap", ({ folder }) => {
  const path = join(folder, "metrics.jsonl");
  const first = new JsonLines(path, 0);
  first.append({ iteration: 1 });
  const { length } = first;
  first.append({ iteration: 2, text: "ünï" });
  first.close();
  assert.is(readFileSync(path, "utf8"), '{"iteration":1}\n{"iteration":2,"text":"ünï"}\n');
  assert.is(length, 16);

  const second = new JsonLines(path, length);
  second.append({ iteration: "2 again" });
  assert.is(second.length, readFileSync(path).length);
  second.close();
  assert.equal(readJsonLines(path), { lines: [{ iteration: 1 }, { iteration: "2 again" }], torn: 0 });
});

test("JSON lines: numbers that JSON doesn't have are strings", ({ folder }) => {
  const lines = new JsonLines(join(folder, "x"), 0);
  lines.append({ a: NaN, b: [Infinity, -Infinity], c: 1, d: null });
  lines.close();
  assert.equal(readJsonLines(join(folder, "x")).lines, [{ a: "NaN", b: ["Infinity", "-Infinity"], c: 1, d: null }]);
});

test("JSON lines: a file shorter than the checkpoint says: which folder to remove", ({ folder }) => {
  writeFileSync(join(folder, "x"), "{}\n");
  const error = thrown(() => new JsonLines(join(folder, "x"), 10));
  assert.instance(error, InputError);
  assert.match(error.message, /x: has 3 bytes, the checkpoint expects at least 10.*--fresh/);
});

test("JSON lines: a torn last line is dropped and counted; a broken one elsewhere is an error", ({ folder }) => {
  const path = join(folder, "x");
  writeFileSync(path, '{"a":1}\n{"a":2}\n{"a":');
  assert.equal(readJsonLines(path), { lines: [{ a: 1 }, { a: 2 }], torn: 1 });
  appendFileSync(path, '\n{"a":4}\n');
  assert.match(thrown(() => readJsonLines(path)).message, /x:3: not valid JSON/);
  assert.equal(readJsonLines(join(folder, "none")), { lines: [], torn: 0 });
});

test("JSON lines: a disk that fills up in the middle of a line", ({ folder }) => {
  const disk = join(folder, "disk");
  mkdirSync(disk);
  if (process.platform !== "linux" || spawnSync("mount", ["-t", "tmpfs", "-o", "size=16k", "tmpfs", disk]).status !== 0) return; // only root can
  try {
    const lines = new JsonLines(join(disk, "x"), 0);
    const fill = () => {
      for (let line = 0; line < 100; line++) lines.append({ text: "x".repeat(1000) });
    };
    assert.match(thrown(fill).message, /x: can't be written: the disk is full\. What was saved before is untouched/);
    assert.is(lines.length % 1012, 0, "the length is that of whole lines"); // {"text":"…"}\n
    assert.match(
      thrown(() => writeFileAtomic(join(disk, "y"), "y".repeat(10_000))).message,
      /y: can't be written: the disk is full/,
    );
    assert.equal(readdirSync(disk), ["x"]);
    lines.close();
  } finally {
    spawnSync("umount", [disk]);
  }
});

test("a folder in the place of a file, or a file in the place of a folder: named, with what to do", ({ folder }) => {
  const path = join(folder, "status.json");
  mkdirSync(path);
  const isFolder =
    /status\.json: can't be (read|written): there is a folder of this name, expected a file; move it away or remove it/;
  const told = (act: () => unknown, why: RegExp) =>
    assert.throws(act, (error: unknown) => error instanceof RunError && why.test(error.message));
  told(() => readJson(path), isFolder);
  told(() => readJsonLines(path), isFolder);
  told(() => fileBytes(path), isFolder);
  told(() => writeFileAtomic(path, "x"), isFolder);
  told(() => new JsonLines(path, 0), isFolder);
  writeFileSync(join(folder, "file"), "x");
  told(() => writeFileAtomic(join(folder, "file", "a"), "x"), /a part of its path is a file, expected a folder/);
  assert.equal(readdirSync(folder).sort(), ["file", "status.json"]);
});

test("tolerant: what can't be read is told, and something else stands for it", ({ folder }) => {
  const told: string[] = [];
  writeFileSync(join(folder, "a.json"), "{");
  assert.is(tolerant(() => readJson(join(folder, "a.json")), 7, (message) => void told.push(message)), 7); // prettier-ignore
  assert.match(told[0]!, /a\.json: not valid JSON/);
  assert.is(tolerant(() => 3, 7, () => assert.unreachable()), 3); // prettier-ignore
});

test.run();
