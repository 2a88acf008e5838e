import { test } from "uvu";
import * as assert from "uvu/assert";
import { randomStream } from "./random.ts";
import { assertClose } from "./testing/close.ts";
import { crossedInterval, itemDifferences } from "./crossed.ts";
import { mean } from "./descriptive.ts";
import { hierarchicalBootstrap } from "./hierarchical-bootstrap.ts";
import { tInterval } from "./mean-interval.ts";

test("crossedInterval: mean squares of a table by hand", () => {
  // seeds × items   1 2 6 | 3        means of items 2, 3, 4+… : rows 3 and 5, columns 2, 4, 6, grand mean 4
  //                 3 6 6 | 5        MS_s = 3·((−1)² + 1²)/1 = 6;  MS_i = 2·(4 + 0 + 4)/2 = 8
  // e = value − row − column + grand: 1−3−2+4 = 0, 2−3−4+4 = −1, 6−3−6+4 = 1; 0, 1, −1: MS_e = 4/2 = 2
  const { estimate, variance, standardError, degrees, low, pValue } = crossedInterval([
    [1, 2, 6],
    [3, 6, 6],
  ]);
  assert.is(estimate, 4);
  assertClose(variance.interaction, 2, 1e-12);
  assertClose(variance.seeds, (6 - 2) / 3, 1e-12);
  assertClose(variance.items, (8 - 2) / 2, 1e-12);
  assertClose(standardError.seeds, Math.sqrt(6 / 6), 1e-12);
  assertClose(standardError.items, Math.sqrt(8 / 6), 1e-12);
  assertClose(standardError.both, Math.sqrt((6 + 8 - 2) / 6), 1e-12);
  assertClose(degrees, 144 / (36 / 1 + 64 / 2 + 4 / 2), 1e-12); // 2.057
  assert.ok(low < 0 && pValue > 0.05);
});

test("crossedInterval: without an item effect it is the t interval over seeds", () => {
  // Each item's mean over seeds is about the same: MS_i < MS_e.
  const values = [
    [1, 0, 1, 0],
    [3, 4, 3, 4],
    [2, 2, 2, 2],
  ];
  const [crossed, seeds] = [crossedInterval(values), tInterval(values.map(mean))];
  assertClose(crossed.low, seeds.low, 1e-9);
  assertClose(crossed.high, seeds.high, 1e-9);
  assert.is(crossed.variance.items, 0);
});

test("crossedInterval: items that all seeds share don't average out with more seeds", () => {
  const items = [0, 1, 0, 1, 1, 0, 0, 1];
  const few = crossedInterval([items, items, items]);
  const many = crossedInterval(Array.from({ length: 30 }, () => items));
  assertClose(few.standardError.both, many.standardError.both, 1e-12);
  assertClose(few.low, tInterval(items).low, 1e-9);
});

test("crossedInterval: finds the components that data were made of", () => {
  const random = randomStream(1, "components");
  const items = Array.from({ length: 400 }, () => 0.3 * random.normal());
  const values = Array.from({ length: 200 }, () => {
    const seed = 0.2 * random.normal();
    return items.map((item) => seed + item + 0.5 * random.normal());
  });
  const { variance } = crossedInterval(values);
  assertClose(variance.seeds, 0.04, 0.015); // 0.04·√(2/199) = 0.004
  assertClose(variance.items, 0.09, 0.025); // 0.09·√(2/399) = 0.006
  assertClose(variance.interaction, 0.25, 0.01);
});

test("crossedInterval: seeds within cold starts by hand", () => {
  // Cold start a: rows 1 2 6 and 3 6 6, average 2 4 6; cold start b: rows 0 0 0 and 2 2 2, average 1 1 1. The table of averages:
  //   2 4 6 | 4        items' means 1.5, 2.5, 3.5; grand mean 2.5
  //   1 1 1 | 1        MS_c = 3·(1.5² + 1.5²)/1 = 13.5;  MS_i = 2·(1 + 0 + 1)/2 = 2;  e = ∓½: 2−4−1.5+2.5 = −1, 0, 1 and 1, 0, −1: MS_ci = 4/2 = 2
  // Within: a has MS_s = 6 and MS_e = 2 (above), b MS_s = 3·(1 + 1) = 6 and MS_e = 0, so MS_s(c) = 6, MS_e = 1.
  const values = [[1, 2, 6], [0, 0, 0], [3, 6, 6], [2, 2, 2]]; // prettier-ignore
  const { estimate, variance, standardError, degrees, coldStarts, seeds } = crossedInterval(values, {
    groups: ["a", "b", "a", "b"],
  });
  assert.equal([estimate, coldStarts, seeds, degrees], [2.5, 2, 4, 1]);
  assertClose(standardError.both, Math.sqrt(13.5 / 6), 1e-12); // items vary no more than the rest: cold starts alone
  assertClose(variance.interaction, 1, 1e-12);
  assertClose(variance.seeds, (6 - 1) / 3, 1e-12);
  assertClose(variance.coldStartItems!, 2 - 1 / 2, 1e-12);
  assertClose(variance.coldStarts!, (13.5 - 2) / 3 - 5 / 3 / 2, 1e-12);
});

test("crossedInterval: each cold start has the same weight, whatever its number of seeds", () => {
  const { estimate } = crossedInterval([[0, 0], [0, 0], [0, 0], [4, 8]], { groups: [1, 1, 1, 2] }); // prettier-ignore
  assert.is(estimate, 3);
});

test("crossedInterval: one cold start, or another for each seed, is seeds by items", () => {
  const values = [[1, 2, 6], [3, 6, 6], [2, 3, 5]]; // prettier-ignore
  const plain = crossedInterval(values);
  for (const [groups, coldStarts] of [
    [["a", "a", "a"], 1],
    [[1, 2, 3], 3],
  ] as const)
    // prettier-ignore
    assert.equal(crossedInterval(values, { groups }), { ...plain, coldStarts });
});

test("crossedInterval: items that add up to 0 with every seed are no evidence of anything", () => {
  const { estimate, pValue, standardError, spreadless } = crossedInterval([[1, -1], [1, -1]]); // prettier-ignore
  assert.equal([estimate, pValue, standardError.seeds, spreadless], [0, 1, 0, false]);
});

test("crossedInterval: cells that are all one number", () => {
  assert.is(crossedInterval([[0, 0], [0, 0]]).pValue, 1); // prettier-ignore
  assert.is(
    crossedInterval([
      [1, 1],
      [1, 1],
      [1, 1],
    ]).pValue,
    0.25,
  ); // the sign-flip test's least for 3 seeds; prettier-ignore
  const rounded = crossedInterval([[0.7 - 0.6, 0.5 - 0.4], [0.3 - 0.2, 0.2 - 0.1]]); // prettier-ignore
  assert.equal([rounded.spreadless, rounded.low === rounded.high, rounded.pValue], [true, true, 0.5]);
  assert.match(rounded.coverageWarning!, /no width/);
});

test("itemDifferences, crossedInterval: what can't be paired is refused", () => {
  assert.equal([...itemDifferences([[0, 1]], [[1, 1]])[0]!], [1, 0]);
  assert.throws(() => itemDifferences([[0, 1]], [[1]]), /itemDifferences, seed 0: 2 and 1 values, expected pairs/);
  assert.throws(() => itemDifferences([[0]], []), /1 and 0 seeds/);
  assert.throws(() => crossedInterval([[0, 1]]), /1 seeds and 2 items, expected at least 2 of each/);
  assert.throws(() => crossedInterval([[0, 1], [0]]), /expected pairs/);
  assert.throws(() => itemDifferences([[0, NaN]], [[1, 1]]), /itemDifferences, first, seed 0: value 1 is NaN/);
  const table = [[0, 1], [1, 1]]; // prettier-ignore
  assert.throws(() => crossedInterval(table, { groups: [1] }), /1 groups and 2 values, expected a group for each/);
  assert.throws(() => crossedInterval(table, { groups: [1, NaN] }), /group 1 is NaN, expected a number or a name/);
  assert.throws(() => crossedInterval(table, { level: 95 }), /level is 95, expected a number between 0 and 1/);
});

test("hierarchicalBootstrap: seeds are drawn, and one set of items for all of them", () => {
  // Draws: seeds 1, 1 (of 0, 1), then items 2, 0, 0: row 1 gives 6, 3, 3, so each resample's mean is 4.
  const draws = [0.9, 0.6, 0.9, 0, 0.1];
  let next = 0;
  const { low, high, estimate } = hierarchicalBootstrap(
    [
      [1, 2, 6],
      [3, 6, 6],
    ],
    { resamples: 3 },
    () => draws[next++ % draws.length]!,
  );
  assert.equal([low, high, estimate], [4, 4, 4]);
});

test("hierarchicalBootstrap: deterministic, and of both kinds of chance", () => {
  const items = [0, 1, 0, 1, 1, 0, 0, 1];
  const same = [items, items, items];
  const { low, high } = hierarchicalBootstrap(same, { resamples: 500 });
  assert.ok(low < 0.5 && high > 0.5, "seeds that agree leave the items' chance");
  assert.equal(hierarchicalBootstrap(same, { resamples: 500 }), hierarchicalBootstrap(same, { resamples: 500 }));
  const flat = hierarchicalBootstrap([[0, 0], [1, 1], [2, 2]], { resamples: 500 }); // prettier-ignore
  assert.ok(flat.low < 1 && flat.high > 1, "items that agree leave the seeds' chance");
});

test.run();
