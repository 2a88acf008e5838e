// The questions of experiments/smollm2: what its README says of them, and that its script writes them.

import { loadExperiment } from "@rewardlab/core/host";
import { registryFor } from "@rewardlab/cli";
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { temporaryFolder } from "./command.ts";

const folder = fileURLToPath(new URL("../experiments/smollm2", import.meta.url));
interface Row {
  readonly question: string;
  readonly answer: string;
  readonly targets?: { readonly form: string };
}
const rowsOf = (split: string) =>
  readFileSync(join(folder, "data", `${split}.jsonl`), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Row);
const splits = { train: rowsOf("train"), test: rowsOf("test") };
const wordOf = ({ question }: Row) => question.split('"')[1]!;
const kindsOf = ({ question }: Row) => question.slice(question.indexOf(": ") + 2, -1).split(", ");

test("smollm2: the script writes the questions that are there", () => {
  const made = temporaryFolder();
  try {
    assert.is(spawnSync(process.execPath, [join(folder, "make-questions.mjs"), made]).status, 0);
    for (const name of ["train.jsonl", "test.jsonl"])
      assert.is(readFileSync(join(made, name), "utf8"), readFileSync(join(folder, "data", name), "utf8"), name);
  } finally {
    rmSync(made, { recursive: true });
  }
});

test("smollm2: no word is asked in training and in the test; kinds and places are balanced; the cold start's answers are chance", () => {
  const trained = new Set(splits.train.map(wordOf));
  assert.equal([trained.size, splits.train.length, splits.test.length], [180, 360, 180]);
  assert.equal(splits.test.filter((row) => trained.has(wordOf(row))).map(wordOf), []);
  for (const rows of Object.values(splits)) {
    const counts = new Map<string, number>();
    for (const row of rows)
      for (const name of [row.answer, `place ${kindsOf(row).indexOf(row.answer)}`]) counts.set(name, (counts.get(name) ?? 0) + 1);
    assert.equal(new Set(counts.values()), new Set([rows.length / 6]), [...counts.keys()].join(", "));
    assert.is(counts.size, 12);
  }
  const right = splits.train.filter(({ answer, targets }) => targets!.form === `<answer>${answer}</answer>`).length;
  assert.ok(Math.abs(right - 60) < 3 * Math.sqrt((360 * 5) / 36), `${right} of 360, expected 60 give or take 21`);
});

test("smollm2: the experiment loads", async () => {
  const { cells, seeds } = await loadExperiment(join(folder, "smollm2.yaml"), { registryFor });
  assert.equal([cells.length, seeds.length], [1, 5]);
});

test.run();
