import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { secondsByIteration } from "./iteration-times.ts";

const iterations = [1, 2, 3].map((iteration) => ({ iteration, values: {} }));
const rl = (name: string) => ({ name, use: "rl", key: "k", folder: "", results: null });

test("secondsByIteration: the last line of an iteration counts; what is missing or unreadable is not known", () => {
  const folder = mkdtempSync(join(tmpdir(), "rewardlab-report-"));
  assert.equal(secondsByIteration({ folder, stages: [rl("rl")], iterations }), [null, null, null]);
  const lines = ['{"stage":"rl","done":1,"seconds":2}', '{"stage":"rl","do', '{"stage":"other","done":2,"seconds":9}', '{"stage":"rl","done":3,"seconds":-1}', '{"stage":"rl","done":1,"seconds":2.5}', ""]; // prettier-ignore
  writeFileSync(join(folder, "times.jsonl"), lines.join("\n"));
  assert.equal(secondsByIteration({ folder, stages: [rl("rl")], iterations }), [2.5, null, null]);
  assert.equal(secondsByIteration({ folder, stages: [rl("rl"), rl("more")], iterations }), [null, null, null]);
  rmSync(folder, { recursive: true });
});

test.run();
