import { test } from "uvu";
import * as assert from "uvu/assert";
import { crossedCoverage, differentCoverage, meanCoverage, mergeRows } from "./coverage-simulation.ts";
import { coverageTable } from "./coverage-table.ts";
import { COVERED, coverageWarning } from "./coverage.ts";

test("coverageWarning: names the shapes that a method misses, at the largest simulated size that is no larger", () => {
  const at5 = coverageWarning("t", 5)!;
  assert.match(at5, /^with 5 values a 95 % interval by t covers, by simulation, .*81\.6 % \(very skewed\).*67\.2 % \(binary\)$/);
  assert.not.match(at5, /normal|accuracy/);
  assert.is(coverageWarning("t", 9), at5);
  assert.is(coverageWarning("t", 3), at5);
  assert.is.not(coverageWarning("t", 10), at5);
  assert.is(coverageWarning("wilson", 5), null);
  assert.match(coverageWarning("guess", 5)!, /was not simulated/);
});

test("coverage table: wherever an interval covers less than 93 % or more than 97 %, there is a warning", () => {
  assert.is(coverageTable.length, 36);
  for (const { method, values, coverage } of coverageTable) {
    const off = Object.entries(coverage).filter(([, share]) => share < COVERED.least || share > COVERED.most);
    const warning = coverageWarning(method, values);
    assert.is(warning === null, off.length === 0);
    for (const [shape] of off) assert.ok(warning!.includes(`(${shape})`), `${method} ${values}: ${warning}`);
  }
});

test("coverage table: t is within 93 to 97 % of normal values and accuracies at every size, crossed wherever there are seeds or items to differ", () => {
  for (const { method, coverage } of coverageTable) {
    const shapes =
      method === "t" ? ["normal", "accuracy"] : method === "crossed" ? ["seeds alone", "items alone", "seeds and items"] : [];
    for (const shape of shapes as (keyof typeof coverage)[])
      assert.ok(coverage[shape]! >= COVERED.least && coverage[shape]! <= COVERED.most, `${method}, ${shape}: ${coverage[shape]}`);
  }
});

// The slow tests make the whole table again. Here 400 simulations a cell: a standard error of 1.1 points at 95 %, 2.3 at 70 %; fewer resamples cost up to a point.
test("coverage table: a small simulation agrees with it", () => {
  const size = { simulations: 400, resamples: 149, seed: 2 };
  const rows = mergeRows([
    ...[5, 10, 30].flatMap((n) => meanCoverage(n, size)),
    ...[5, 10].flatMap((n) => crossedCoverage(n, size)),
  ]);
  assert.is(rows.length, 18 + 6);
  assert.equal(differentCoverage(rows, coverageTable, 0.065), []);
});

test.run();
