import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readGrid } from "../read-grid.ts";
import { fixtureGrid } from "../testing/fixture-grid.ts";
import { curveAxes } from "./curve-axes.ts";

const lines = (all: readonly unknown[]) => all.map((line) => `${JSON.stringify(line)}\n`).join("");

test("curveAxes: sums over a run's iterations, means over seeds; tokens are responses × their length", () => {
  const { root, folder } = fixtureGrid({ cells: [{ name: "a", accuracy: 0.7 }], iterations: 3 });
  for (const [seed, tokens] of [
    [10, 10, 10],
    [20, 10],
  ].entries()) {
    writeFileSync(join(folder(0, seed), "metrics.jsonl"), lines(tokens.map((responseTokens, index) => ({ iteration: index + 1, responseTokens })))); // prettier-ignore
    writeFileSync(join(folder(0, seed), "times.jsonl"), lines(tokens.map((_, index) => ({ stage: "rl", done: index + 1, seconds: seed + 1 })))); // prettier-ignore
  }
  const [tokens, seconds, ...none] = curveAxes(readGrid(root).cells, [1, 2, 3], true);
  assert.equal(none, []);
  // 96 prompts × 6 = 576 responses: 5760, 11520, 17280 and 11520, 17280, then nothing
  assert.equal(tokens, {
    name: "tokens",
    at: { "0": [8640, 14400, null], "0/1": [5760, 11520, 17280], "0/2": [11520, 17280, null] },
  });
  assert.equal(seconds!.at["0"], [1.5, 3, null]);
});

test("curveAxes: an axis that isn't known of every run is none", () => {
  const { root, folder } = fixtureGrid({ cells: [{ name: "a", accuracy: 0.7 }], iterations: 3 });
  const path = join(folder(0, 1), "times.jsonl");
  writeFileSync(path, readFileSync(path, "utf8").split("\n").slice(1).join("\n"));
  assert.equal(curveAxes(readGrid(root).cells, [3], false).map(({ name }) => name), ["tokens"]); // prettier-ignore
});

test.run();
