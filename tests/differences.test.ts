// docs/differences.md is what its generator gives. If this fails because a variant or a formula was changed on purpose: npm run docs, and read what changed.

import * as tf from "@tensorflow/tfjs";
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { differencesPage } from "../tools/differences/page.ts";

await tf.setBackend("cpu");

test("differences: the committed page is up to date, and tells of every algorithm", async () => {
  const page = await differencesPage();
  assert.is(page, readFileSync(new URL("../docs/differences.md", import.meta.url), "utf8"));
  for (const name of ["reinforce++", "stable-reinforce", "grpo", "dr-grpo", "rloo", "dapo", "gspo", "cispo", "ppo"])
    assert.match(page, `\n## ${name}\n`);
});

test.run();
