import { test } from "uvu";
import * as assert from "uvu/assert";
import { cursorAtStart, nextIndices } from "./cursor.ts";

const take = (seed: string, size: number, counts: readonly number[]) => {
  let cursor = cursorAtStart;
  return counts.map((count) => {
    const next = nextIndices(seed, size, count, cursor);
    cursor = next.cursor;
    return next.indices;
  });
};

test("cursor: a pass has every index once, in an order of its own", () => {
  const [first, second] = take("s", 50, [50, 50]) as [number[], number[]];
  const all = Array.from({ length: 50 }, (_, index) => index);
  assert.equal(
    first.toSorted((a, b) => a - b),
    all,
  );
  assert.equal(
    second.toSorted((a, b) => a - b),
    all,
  );
  assert.not.equal(first, second);
  assert.not.equal(first, all);
});

test("cursor: the same seed gives the same order, another seed another", () => {
  assert.equal(take("s", 50, [50, 50]), take("s", 50, [50, 50]));
  assert.not.equal(take("s", 50, [50]), take("t", 50, [50]));
});

test("cursor: how the indices are asked for doesn't change them", () => {
  assert.equal(take("s", 7, [3, 3, 3, 3, 3]).flat(), take("s", 7, [15]).flat());
});

test("cursor: goes on in the middle of a pass", () => {
  const { cursor } = nextIndices("s", 7, 10, cursorAtStart);
  assert.equal(cursor, { epoch: 1, position: 3 });
  assert.equal(nextIndices("s", 7, 4, cursor).indices, take("s", 7, [14]).flat().slice(10));
});

test("cursor: nothing to train on", () => {
  assert.throws(() => nextIndices("s", 0, 1, cursorAtStart), /has no items/);
});

test.run();
