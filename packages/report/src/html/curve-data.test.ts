import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readGrid } from "../read-grid.ts";
import { fixtureGrid } from "../testing/fixture-grid.ts";
import { curveData } from "./curve-data.ts";

const score = { name: "score", thinBy: "mean" } as const;

function gridOf(first: readonly unknown[], second: readonly unknown[]) {
  const { root, folder } = fixtureGrid({ cells: [{ name: "a", accuracy: 0.7 }] });
  for (const [seed, values] of [first, second].entries())
    writeFileSync(
      join(folder(0, seed), "metrics.jsonl"),
      values.map((value, index) => `${JSON.stringify({ iteration: index + 1, score: value })}\n`).join(""),
    );
  return readGrid(root).cells;
}

test("curveData: a line a seed and their mean, which ends with the first run and leaves out what is not finite", () => {
  const { x, lines, nonFinite } = curveData(gridOf([1, 2, 3, 4], [3, "Infinity", 5]), score);
  assert.equal(x, [1, 2, 3, 4]);
  assert.equal(
    lines.map(({ seed, y }) => [seed, y]),
    [
      [1, [1, 2, 3, 4]],
      [2, [3, null, 5, null]],
      [null, [2, null, 4, null]],
    ],
  );
  assert.equal(nonFinite, ["a, seed 2: no finite number in 1 of 3 iterations, first in 2"]);
});

test("curveData: long runs are thinned out, a mean or a maximum at a time", () => {
  const long = Array.from({ length: 480 }, (_, index) => index % 2);
  const cells = gridOf(long, long);
  assert.equal([...new Set(curveData(cells, score).lines[0]!.y)], [0.5]);
  assert.equal([...new Set(curveData(cells, { ...score, thinBy: "max" }).lines[0]!.y)], [1]);
  assert.is(curveData(cells, score).x.at(-1), 480);
});

test.run();
