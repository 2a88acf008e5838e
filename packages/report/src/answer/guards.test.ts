import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readGrid } from "../read-grid.ts";
import { summarise } from "../summarise.ts";
import { guardDeclarations } from "../testing/declared.ts";
import { fixtureGrid, writeJson } from "../testing/fixture-grid.ts";

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
    assert.match(
      summarise(readGrid(root)).answer,
      /pre-clip never acted in stable-reinforce \(largest \|log ratio\|: 0\.\d+\), so it explains no difference here/,
    );
    damage(join(folder(1, 1), "metrics.jsonl"));
    const { answer, cells } = summarise(readGrid(root));
    assert.not.match(answer, /pre-clip never acted/);
    assert.match(answer, /Whether pre-clip acted in stable-reinforce \(seed 2\) can’t be told/);
    assert.equal(cells[1]!.stability.metrics.preClippedFraction!.unread, [2]);
  });

test("all of a variant's metrics unreadable: nothing is said of its guards", () => {
  const { root, folder } = fixtureGrid({ iterations: 4, items: 24 });
  for (const seed of [0, 1]) writeFileSync(join(folder(1, seed), "metrics.jsonl"), "");
  const { answer, cells } = summarise(readGrid(root));
  assert.not.match(answer, /pre-clip|filter/);
  assert.equal(cells[1]!.stability.unread, [1, 2]);
});

test("guards: what acted, on how much; what can't act, and why", () => {
  const cells = [
    { name: "a", accuracy: 0.7 },
    { name: "b", accuracy: 0.7, guards: true },
  ];
  const { root, folder } = fixtureGrid({ iterations: 2, items: 24, cells });
  const because = "each rollout is used for one update, so every ratio is 1";
  for (const seed of [0, 1]) {
    writeJson(join(folder(1, seed), "metrics.json"), { rl: guardDeclarations(true, because) });
    const line = (iteration: number) => JSON.stringify({ iteration, preClippedFraction: 0, filteredFraction: 0.02 });
    writeFileSync(join(folder(1, seed), "metrics.jsonl"), `${line(1)}\n${line(2)}\n`);
  }
  const { answer } = summarise(readGrid(root));
  assert.match(answer, /pre-clip can’t act in b: each rollout is used for one update, so every ratio is 1\./);
  assert.match(answer, /three-sigma-filter acted on 2\.00 % of the tokens in b\./);
  assert.match(answer, /clamped never acted in a \(largest \|log ratio\|: /);
});

test("guards: a guard of no known kind is told of by what it declares; without declarations nothing is said", () => {
  const { root, folder } = fixtureGrid({ iterations: 1, items: 24 });
  const own = {
    title: "Cut",
    meaning: "Cut.",
    unit: "count",
    of: "responses",
    guard: true,
    by: [{ kind: "advantage", name: "own-guard", at: "advantage.own-guard" }],
  };
  for (const [seed, cuts] of [3, 4].entries()) {
    writeJson(join(folder(0, seed), "metrics.json"), { rl: { cuts: own } });
    writeFileSync(join(folder(0, seed), "metrics.jsonl"), `${JSON.stringify({ iteration: 1, cuts })}\n`);
    rmSync(join(folder(1, seed), "metrics.json"));
  }
  const { answer } = summarise(readGrid(root));
  assert.match(answer, /own-guard acted on 7 responses in reinforce\+\+\./);
  assert.not.match(answer, /pre-clip|three-sigma-filter/);
});

test.run();
