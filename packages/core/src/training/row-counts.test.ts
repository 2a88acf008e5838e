import { test } from "uvu";
import * as assert from "uvu/assert";
import { paddedRows } from "./row-counts.ts";

test("padded rows: a full batch as it is, others in steps of an eighth of a power of two", () => {
  assert.equal(
    [1, 7, 15, 16, 17, 33, 63, 64, 65, 100, 129, 190, 191, 192].map((rows) => paddedRows(rows, 192)),
    [1, 7, 15, 16, 18, 36, 64, 64, 72, 104, 144, 192, 192, 192],
  );
  assert.is(paddedRows(100, 100), 100);
  const counts = new Set(Array.from({ length: 576 }, (_, index) => paddedRows(index + 1, 576)));
  assert.ok(counts.size <= 57, `${counts.size}`); // 15 below 16, then 8 for each doubling
  for (let rows = 1; rows <= 576; rows++) assert.ok(paddedRows(rows, 576) >= rows && paddedRows(rows, 576) <= rows * 1.125);
});

test.run();
