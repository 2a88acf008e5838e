// Trying libraries in a process of their own, with bindings made up in JavaScript: one that dies, one that is too old.

import { librariesIn } from "@rewardlab/tensorflow";
import type { Libraries } from "@rewardlab/tensorflow";
import { appendFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { tryApart, tryOnce } from "./try-apart.ts";

const folder = mkdtempSync(join(tmpdir(), "rewardlab-try-"));
test.after(() => rmSync(folder, { recursive: true }));
const main = join(folder, "libtensorflow_cc.so.2");
for (const path of [main, join(folder, "libtensorflow_framework.so.2")]) writeFileSync(path, "not really a library");
const libraries = librariesIn(folder)!;

function bindingThat(open: string, version = "2.21.0"): string {
  const path = join(mkdtempSync(join(folder, "binding-")), "binding.cjs");
  writeFileSync(path, `module.exports = { open() { ${open} }, version: () => "${version}", start() {} };`);
  return path;
}

async function errorOf(body: Promise<unknown>): Promise<Error & { code?: string }> {
  return body.then(
    () => assert.unreachable() as never,
    (error: unknown) => error as Error,
  );
}

test("a library that ends the process that opens it is an error, and what to do about it", async () => {
  const error = await errorOf(tryApart(bindingThat('process.kill(process.pid, "SIGBUS"); for (;;);'), libraries));
  assert.is(error.code, "RL_TENSORFLOW");
  assert.match(error.message, /ended with SIGBUS: a file is damaged.*REWARDLAB_TENSORFLOW names that folder: name another/);
});

test("an error of RewardLab's own comes through as it is", async () => {
  const error = await errorOf(tryApart(bindingThat("", "2.14.1"), libraries));
  assert.is(error.code, "RL_TENSORFLOW_TOO_OLD");
  assert.match(error.message, /^TensorFlow in .*: it is version 2\.14\.1, expected 2\.15 or newer\. /);
});

test("tryOnce: once for a file as it is, anew when it was changed, and each time where it doesn't work", async () => {
  const binding = bindingThat("");
  let tried = 0;
  let works = false;
  const once = () =>
    tryOnce(binding, libraries, async (_: string, given: Libraries) => {
      tried += 1;
      assert.is(given, libraries);
      if (!works) throw new Error("broken");
    });
  assert.is((await errorOf(once())).message, "broken");
  assert.equal(readdirSync(join(binding, "..")), ["binding.cjs"]);
  works = true;
  await once();
  await once();
  assert.is(tried, 2);
  appendFileSync(main, "!");
  await once();
  assert.is(tried, 3);
});

test.run();
