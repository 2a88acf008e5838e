import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { writeNewFolder } from "./new-folder.ts";

let folder: string;
test.before.each(() => void (folder = mkdtempSync(join(tmpdir(), "rewardlab-new-folder-"))));
test.after.each(() => rmSync(folder, { recursive: true }));

const refusal = (path: string) =>
  writeNewFolder(path, { "a.txt": "a" }).then(
    () => "",
    (error: Error & { code?: string }) => `${error.code} ${error.message.slice(folder.length)}`,
  );

test("writeNewFolder: a new folder, with folders in it", async () => {
  await writeNewFolder(join(folder, "x", "new"), { "a.txt": "a", "b/c.bin": Uint8Array.of(1, 2) });
  assert.is(readFileSync(join(folder, "x", "new", "a.txt"), "utf8"), "a");
  assert.equal([...readFileSync(join(folder, "x", "new", "b", "c.bin"))], [1, 2]);
  assert.equal(readdirSync(join(folder, "x")), ["new"]); // nothing is left beside it
});

test("writeNewFolder: where filling it fails nothing is there", async () => {
  const failed = writeNewFolder(join(folder, "new"), { "a.txt": "a" }, () => Promise.reject(new Error("no more")));
  assert.is(await failed.catch((error: Error) => error.message), "no more");
  assert.equal(readdirSync(folder), []);
});

test("writeNewFolder: an empty one, and one with nothing but .git, are filled", async () => {
  mkdirSync(join(folder, "repository", ".git"), { recursive: true });
  await writeNewFolder(join(folder, "repository"), { "a.txt": "a" });
  assert.equal(readdirSync(join(folder, "repository")).sort(), [".git", "a.txt"]);
});

test("writeNewFolder: what is there stays as it is", async () => {
  for (const name of ["1", "2", "3", "4"]) writeFileSync(join(folder, name), "mine");
  assert.is(
    await refusal(folder),
    "RL_FOLDER_TAKEN : holds 1, 2, 3 and 1 more, expected a new or an empty folder. Nothing was written",
  );
  assert.is(await refusal(join(folder, "1")), "RL_FOLDER_TAKEN /1: is a file, expected a new or an empty folder");
  assert.is(readFileSync(join(folder, "1"), "utf8"), "mine");
  assert.not.ok(existsSync(join(folder, "a.txt")));
});

test.run();
