import { test } from "uvu";
import * as assert from "uvu/assert";
import { crossedCoverage, differentCoverage } from "./coverage-simulation.ts";
import { coverageTable } from "./coverage-table.ts";

test("coverage table: intervals over seeds and items are what the simulation gives", () => {
  const rows = [5, 10, 30].flatMap((n) => crossedCoverage(n, { simulations: 2000, resamples: 399, seed: 1 }));
  assert.is(rows.length, 9);
  assert.equal(differentCoverage(rows, coverageTable, 0.002), []);
});

test.run();
