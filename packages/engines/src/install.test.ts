// What `engines install` says where it can't; fetching itself is tested in @rewardlab/tensorflow.

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { installEngine } from "./install.ts";

const before = { ...process.env };
test.after.each(() => {
  process.env = { ...before };
});

async function errorOf(name: string): Promise<Error & { code?: string }> {
  const options = { say: () => {}, progress: () => {}, signal: new AbortController().signal };
  return installEngine(name, options).then(
    () => assert.unreachable() as never,
    (error: unknown) => error as Error,
  );
}

test("a name that is none: the nearest", async () => {
  const error = await errorOf("tensorflw");
  assert.is(error.name, "InputError");
  assert.match(error.message, /"tensorflw" is not an engine that can be installed\. Did you mean "tensorflow"\?/);
});

test("an error offers the engine that works without: also for tensorflow-xla, which needs the same libraries", async () => {
  const cache = mkdtempSync(join(tmpdir(), "rewardlab-cache-"));
  process.env["XDG_CACHE_HOME"] = cache;
  process.env["CXX"] = "no-such-compiler";
  for (const name of ["tensorflow", "tensorflow-xla", "tensorflow-gpu"]) {
    const error = await errorOf(name);
    assert.is(error.code, "RL_COMPILER");
    assert.match(error.message, /no C\+\+ compiler no-such-compiler.*[^.]\. The engine wasm works without it/);
  }
  assert.equal(readdirSync(join(cache, "rewardlab", "tensorflow")), []);
  rmSync(cache, { recursive: true });
});

test.run();
