import { test } from "uvu";
import * as assert from "uvu/assert";
import { probabilityOfImprovement } from "./probability-of-improvement.ts";

test("probabilityOfImprovement: share of pairs in which the second is above, a tie one half", () => {
  // 2 above 1; 2 = 2 is a half; 5 above both: (1 + ½ + 2)/4
  assert.is(probabilityOfImprovement([[1, 2]], [[2, 5]], { resamples: 100 }).estimate, 3.5 / 4);
  assert.is(probabilityOfImprovement([[2, 5]], [[1, 2]], { resamples: 100 }).estimate, 0.5 / 4);
});

test("probabilityOfImprovement: strata count alike, whatever their size", () => {
  // First stratum 1, second 0 with three runs: ½.
  assert.is(probabilityOfImprovement([[0], [5, 5, 5]], [[1], [2]], { resamples: 100 }).estimate, 0.5);
  assert.throws(() => probabilityOfImprovement([[1]], [[1], [2]]), /expected pairs/);
});

test("probabilityOfImprovement: an interval around it, and a warning with few runs", () => {
  const { low, high, estimate, coverageWarning } = probabilityOfImprovement([[1, 4, 3, 6, 2]], [[5, 2, 7, 4, 8]]);
  assert.ok(low < estimate && estimate < high && high <= 1 && low >= 0);
  assert.match(coverageWarning!, /with 5 values/);
});

test.run();
