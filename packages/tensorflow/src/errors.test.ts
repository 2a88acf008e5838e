// What goes wrong before TensorFlow runs: no compiler, libraries that aren't there, aren't libraries, or are too old.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { startTensorflow } from "./binding.ts";
import { bindingPath, buildBinding } from "./build.ts";
import { findLibraries, librariesIn } from "./libraries.ts";

const folder = mkdtempSync(join(tmpdir(), "rewardlab-tensorflow-"));
test.after(() => rmSync(folder, { recursive: true }));
const before = { ...process.env };
test.after.each(() => {
  process.env = { ...before };
});

function errorOf(body: () => unknown): Error & { code?: string } {
  try {
    body();
  } catch (error) {
    return error as Error;
  }
  throw new Error("it did not throw");
}

/** Libraries made of one file of the system's own; null where it isn't found. */
function libraryFolder(file: string): ReturnType<typeof librariesIn> {
  const made = mkdtempSync(join(folder, "libraries-"));
  for (const name of ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"]) symlinkSync(file, join(made, name));
  return librariesIn(made);
}

test("build: without a compiler the error says so, and how to get one", () => {
  process.env["XDG_CACHE_HOME"] = folder;
  process.env["CXX"] = "no-such-compiler";
  const error = errorOf(() => buildBinding());
  assert.is(error.code, "RL_COMPILER");
  assert.match(error.message, /no C\+\+ compiler no-such-compiler.*apt-get install g\+\+/);
  assert.equal(existsSync(join(folder, "rewardlab")) ? readdirSync(join(folder, "rewardlab", "tensorflow")) : [], []);
});

test("build: a cache folder that can't be written is an error that says where another is named", () => {
  const file = join(folder, "a-file");
  writeFileSync(file, "");
  process.env["XDG_CACHE_HOME"] = file;
  const error = errorOf(() => buildBinding());
  assert.is(error.code, "RL_WRITE");
  assert.match(error.message, /can't be written \(E[A-Z]+: .*Nothing was installed\. Name a folder of yours in XDG_CACHE_HOME/);
});

test("build: a compiler that Ctrl-C stopped is no failure of it", () => {
  const killed = join(folder, "killed");
  writeFileSync(killed, "#!/bin/sh\nkill -INT $$\n", { mode: 0o755 });
  process.env["XDG_CACHE_HOME"] = folder;
  process.env["CXX"] = killed;
  assert.is(errorOf(() => buildBinding()).name, "Interrupted");
});

test("build: what the compiler says is in the error", () => {
  process.env["XDG_CACHE_HOME"] = folder;
  process.env["CXX"] = "false";
  assert.match(errorOf(() => buildBinding()).message, /false failed with 1/);
});

test("libraries: none, half of them, and a folder of one's own", () => {
  process.env["XDG_CACHE_HOME"] = join(folder, "empty");
  delete process.env["REWARDLAB_TENSORFLOW"];
  assert.is(findLibraries("cpu"), null);
  const half = mkdtempSync(join(folder, "half-"));
  writeFileSync(join(half, "libtensorflow_cc.so.2"), "");
  process.env["REWARDLAB_TENSORFLOW"] = half;
  assert.is(findLibraries("cpu"), null);
  writeFileSync(join(half, "libtensorflow_framework.so.2"), "");
  assert.is(findLibraries("gpu")?.folder, half);
});

const compiler = spawnSync(process.env["CXX"] ?? "g++", ["--version"]).status === 0;
const withCompiler = process.platform === "linux" && compiler ? test : test.skip;

withCompiler("start: a file that is no library, and a library that is not TensorFlow, are errors that say so (needs g++)", () => {
  if (!existsSync(bindingPath())) process.env["XDG_CACHE_HOME"] = folder; // a test leaves nothing in the user's own cache
  const file = buildBinding();
  const text = join(folder, "text");
  writeFileSync(text, "not a library");
  const broken = errorOf(() => startTensorflow(file, libraryFolder(text)!));
  assert.is(broken.code, "RL_TENSORFLOW");
  assert.match(broken.message, /can't open .*libtensorflow_framework/);
  // the binding itself is a library, and has none of the functions
  const other = errorOf(() => startTensorflow(file, libraryFolder(file)!));
  assert.is(other.code, "RL_TENSORFLOW_TOO_OLD");
  assert.match(
    other.message,
    /has no function TF_Version, expected TensorFlow 2\.15 or newer.*REWARDLAB_TENSORFLOW names that folder/,
  );
});

test.run();
