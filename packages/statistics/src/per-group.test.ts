import { test } from "uvu";
import * as assert from "uvu/assert";
import { perGroup } from "./per-group.ts";

test("perGroup: the mean of each group, in the order in which groups first appear", () => {
  assert.equal(perGroup([1, 0, 4, 2], ["b", "a", "b", "a"]), [2.5, 1]);
});

test("perGroup: ACC+ counts a picture whose questions are all right", () => {
  const allRight = (values: readonly number[]) => Number(values.every((right) => right === 1));
  assert.equal(perGroup([1, 1, 1, 0, 0, 0], [7, 7, 8, 8, 9, 9], allRight), [1, 0, 0]);
});

test("perGroup: bad input is refused by name", () => {
  assert.throws(() => perGroup([1, 2], ["a"]), /perGroup: 1 groups and 2 values/);
  assert.throws(() => perGroup([1, NaN], ["a", "b"]), /perGroup: value 1 is NaN/);
});

test.run();
