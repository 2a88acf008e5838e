import { rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { isInputError, isRunError } from "./errors.ts";
import { sha256 } from "./files.ts";
import { openFile, pieces } from "./open-file.ts";
import { temporaryFolder } from "./testing/temporary-folder.ts";

const test = suite("open file", { folder: "", path: "" });
test.before.each((context) => {
  context.folder = temporaryFolder();
  context.path = join(context.folder, "file");
});
test.after.each(({ folder }) => rmSync(folder, { recursive: true }));

/** A megabyte and a half, no two places of it alike. */
const bytes = new Uint8Array(new Uint32Array(400_000).map((_, index) => index * 2_654_435_761).buffer);

test("pieces are whole units and make up the whole, from any place", ({ path }) => {
  writeFileSync(path, bytes);
  const file = openFile(path, "RL_GGUF", "a test's file");
  assert.is(file.size, bytes.length);
  assert.is(file.sha256(), sha256(bytes));
  for (const [position, length, unit] of [
    [0, bytes.length, 1],
    [12, 1_400_004, 12],
    [5, 0, 4],
  ] as const) {
    const whole = new Uint8Array(length);
    let count = 0;
    for (const piece of pieces(file, position, length, unit)) {
      assert.is(piece.bytes.length % unit, 0);
      whole.set(piece.bytes, piece.offset);
      count++;
    }
    assert.is(Buffer.compare(whole, bytes.subarray(position, position + length)), 0);
    assert.is(count, Math.ceil(length / 2 ** 20));
  }
  file.close();
});

test("a file that is cut short while it is open", ({ path }) => {
  writeFileSync(path, bytes);
  const file = openFile(path, "RL_GGUF", "a test's file");
  truncateSync(path, 100);
  try {
    file.read(96, new Uint8Array(8));
    assert.unreachable();
  } catch (error) {
    assert.ok(isRunError(error) && error.code === "RL_READ");
    assert.match(error.message, /ends at byte 100; 1600000 were there when it was opened/);
  }
  file.close();
});

test("what is no file is refused by its reader's code", ({ folder, path }) => {
  for (const [given, message] of [
    [path, /can't be read .*ENOENT.*, expected a test's file/],
    [folder, /is not a file, expected a test's file/],
  ] as const)
    try {
      openFile(given, "RL_GGUF", "a test's file");
      assert.unreachable();
    } catch (error) {
      assert.ok(isInputError(error) && error.code === "RL_GGUF");
      assert.match(error.message, message);
    }
});

test.run();
