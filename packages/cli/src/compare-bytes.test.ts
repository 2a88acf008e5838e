import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { firstDifference } from "./compare-bytes.ts";

const test = suite("compare-bytes", { folder: "" });
test.before.each((context) => void (context.folder = mkdtempSync(join(tmpdir(), "rewardlab-test-"))));
test.after.each(({ folder }) => rmSync(folder, { recursive: true }));

const files = {
  "main/seed-1/metrics.jsonl": '{"iteration":1,"loss":0.5}\n{"iteration":2,"loss":0.25}\n',
  "main/seed-1/model.safetensors": "abcd",
  "main/seed-1/status.json": "now",
  "artefacts/x/artefact.json": "{}",
};
const compare = (folder: string, changed: Readonly<Record<string, string | null>>) => {
  for (const [side, contents] of Object.entries({ a: files, b: { ...files, ...changed } }))
    for (const [name, text] of Object.entries(contents)) {
      if (text === null) continue;
      mkdirSync(dirname(join(folder, side, name)), { recursive: true });
      writeFileSync(join(folder, side, name), text);
    }
  return firstDifference(join(folder, "a"), join(folder, "b"));
};

test("the same, whatever times, logs and data say", ({ folder }) => {
  const beside = {
    "main/seed-1/status.json": "later",
    "main/seed-1/log.txt": "",
    "main/seed-1/times.jsonl": "",
    "data/x.png": "",
    "main/seed-1/a.json.17.part": "",
  };
  assert.is(compare(folder, beside), null);
});

test("a line of metrics: which one, which number, and both values; before the model, which differs as well", ({ folder }) => {
  const changed = {
    "main/seed-1/metrics.jsonl": '{"iteration":1,"loss":0.5}\n{"iteration":2,"loss":0.75}\n',
    "main/seed-1/model.safetensors": "abce",
  };
  assert.equal(compare(folder, changed), {
    file: "main/seed-1/metrics.jsonl",
    how: "line 2: loss is 0.75, the uninterrupted run's 0.25",
  });
});

for (const [what, changed, how] of [
  ["one byte", { "main/seed-1/model.safetensors": "abXd" }, "differs from byte 2 on"],
  ["another length", { "main/seed-1/model.safetensors": "abc" }, "has 3 bytes, the uninterrupted run's 4"],
  [
    "a line twice",
    { "main/seed-1/metrics.jsonl": `${files["main/seed-1/metrics.jsonl"]}{}\n` },
    "has 3 lines, the uninterrupted run's 2",
  ],
  ["a line less", { "main/seed-1/metrics.jsonl": '{"iteration":1,"loss":0.5}\n' }, "has 1 line, the uninterrupted run's 2"],
  ["a file too few", { "artefacts/x/artefact.json": null }, "is missing"],
  ["a file too many", { "main/seed-1/checkpoints/000009/state.json": "" }, "is there, and the uninterrupted run has none"],
] as const)
  test(what, ({ folder }) => assert.is(compare(folder, changed)?.how, how));

test.run();
