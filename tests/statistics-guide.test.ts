// docs/guides/statistics.md repeats the simulated coverage; the package's table is what was simulated.

import { coverageTable } from "@rewardlab/statistics";
import type { CoverageRow, Shape } from "@rewardlab/statistics";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";

const guide = readFileSync(fileURLToPath(new URL("../docs/guides/statistics.md", import.meta.url)), "utf8");
const rowsOfGuide = guide.split("\n").map((line) =>
  line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim()),
);

test("statistics guide: its coverage tables have every simulated row, and no other", () => {
  const written = rowsOfGuide.filter((cells) => coverageTable.some(({ method }) => cells[0] === method));
  const simulated = coverageTable.map(cellsOf);
  assert.is(simulated.length, 36);
  assert.equal(written.map((cells) => cells.join(" | ")).sort(), simulated.map((cells) => cells.join(" | ")).sort());
});

function cellsOf({ method, values, coverage }: CoverageRow): string[] {
  const ofMeans: Shape[] = ["normal", "accuracy", "difference of skewed", "skewed", "very skewed", "binary"];
  const crossed: Shape[] = ["seeds alone", "items alone", "seeds and items", "neither"];
  const shapes = coverage.neither === undefined ? ofMeans : crossed;
  return [
    method,
    String(values),
    ...shapes.map((shape) => (coverage[shape] === undefined ? "" : (100 * coverage[shape]).toFixed(1))),
  ];
}

test.run();
