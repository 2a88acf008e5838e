import { test } from "uvu";
import * as assert from "uvu/assert";
import { improvementCoverage, meanCoverage, mergeRows, differentCoverage } from "./coverage-simulation.ts";
import { coverageTable } from "./coverage-table.ts";

test("coverage table: intervals over seeds are what the simulation gives", () => {
  const rows = mergeRows(
    [5, 10, 30]
      .flatMap((n) => [
        ...meanCoverage(n, { simulations: 4000, resamples: 599, seed: 1 }),
        ...improvementCoverage(n, { simulations: 2000, resamples: 399, seed: 1 }),
      ])
      .concat(meanCoverage(200, { simulations: 2000, resamples: 299, seed: 1 })),
  );
  assert.is(rows.length, 27);
  assert.equal(differentCoverage(rows, coverageTable, 0.002), []);
});

test.run();
