import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readGrid } from "../read-grid.ts";
import { summarise } from "../summarise.ts";
import { fixtureGrid } from "../testing/fixture-grid.ts";

const damages: Readonly<Record<string, (path: string) => void>> = {
  "a line that is no JSON": (path) => writeFileSync(path, `garbage\n${readFileSync(path, "utf8")}`),
  "a last line cut short": (path) => writeFileSync(path, readFileSync(path, "utf8").slice(0, -40)),
  "lines that are missing at the end": (path) =>
    writeFileSync(path, `${readFileSync(path, "utf8").split("\n").slice(0, 2).join("\n")}\n`),
  "a line that is missing between": (path) =>
    writeFileSync(path, readFileSync(path, "utf8").split("\n").toSpliced(1, 1).join("\n")),
  "null for the number": (path) =>
    writeFileSync(path, readFileSync(path, "utf8").replace('"preClippedFraction":0', '"preClippedFraction":null')),
  "the number left out": (path) => writeFileSync(path, readFileSync(path, "utf8").replace('"preClippedFraction":0,', "")),
  "an empty file": (path) => writeFileSync(path, ""),
  "no file": (path) => rmSync(path),
};

for (const [what, damage] of Object.entries(damages))
  test(`a guard is not said to have never acted where metrics can't be read: ${what}`, () => {
    const { root, folder } = fixtureGrid({ iterations: 4, items: 24 });
    assert.match(summarise(readGrid(root)).answer, /Pre-CLIP\) never acted in stable-reinforce/);
    damage(join(folder(1, 1), "metrics.jsonl"));
    const { answer, cells } = summarise(readGrid(root));
    assert.not.match(answer, /never acted/);
    assert.match(answer, /Whether the clamp on the log ratio \(Pre-CLIP\) acted in stable-reinforce \(seed 2\) can’t be told/);
    assert.equal(cells[1]!.stability.unread.preClip, [2]);
  });

test("all of a variant's metrics unreadable: nothing is said of its guards", () => {
  const { root, folder } = fixtureGrid({ iterations: 4, items: 24 });
  for (const seed of [0, 1]) writeFileSync(join(folder(1, seed), "metrics.jsonl"), "");
  const { answer, cells } = summarise(readGrid(root));
  assert.not.match(answer, /Pre-CLIP|filter/);
  assert.equal(cells[1]!.stability.unread.metrics, [1, 2]);
});

test.run();
