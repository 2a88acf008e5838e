import { test } from "uvu";
import * as assert from "uvu/assert";
import { randomStream } from "./random.ts";
import type { RandomStream } from "./random.ts";
import { assertClose } from "./testing/close.ts";
import { compareWithBaseline } from "./compare.ts";
import type { PairedVariant } from "./compare.ts";
import { crossedInterval, itemDifferences } from "./crossed.ts";
import { mean } from "./descriptive.ts";

test("compareWithBaseline: the t test decides, after Holm's correction", () => {
  // d = 1, 2, 3: mean 2, s = 1, t = 2√3 = 3.464, 2 degrees: p = 1 − t/√(2 + t²) = 1 − 3.4641/3.7417 = 0.0742 (exact for 2 degrees).
  // d = 9, 10, 11: t = 10√3 = 17.32: p = 1 − 17.3205/17.3781 = 0.003316; Holm of two: 0.00663 and 0.0742.
  const [weak, strong] = compareWithBaseline([{ differences: [1, 2, 3] }, { differences: [9, 10, 11] }]);
  assertClose(weak!.pValue!, 1 - Math.sqrt(12 / 14), 1e-9);
  assertClose(strong!.pValue!, 1 - Math.sqrt(300 / 302), 1e-9);
  assertClose(strong!.adjusted!, 2 * (1 - Math.sqrt(300 / 302)), 1e-9);
  assert.is(weak!.adjusted, weak!.pValue);
  assert.equal([weak!.distinguishable, strong!.distinguishable], [false, true]);
  // The sign-flip test beside it: 2 of 8 patterns each, twice that after Holm; it could not be smaller.
  assert.equal(strong!.signFlip, { pValue: 0.25, adjusted: 0.5, smallest: 0.25 });
  assert.is(strong!.seeds!.estimate, 10);
});

test("compareWithBaseline: differences that are all one number don't make p = 0", () => {
  const [same, none] = compareWithBaseline([{ differences: [0.005, 0.005, 0.005, 0.005, 0.005] }, { differences: [0, 0, 0] }]);
  assert.is(same!.pValue, 2 / 32);
  assert.is(same!.distinguishable, false);
  assert.match(same!.seeds!.coverageWarning ?? "", /no width/);
  assert.is(none!.pValue, 1);
  const [some] = compareWithBaseline([{ differences: [0.005, 0.005, 0.006] }]);
  assert.equal([same!, none!, some!].map(({ seeds }) => seeds!.spreadless), [true, true, false]); // prettier-ignore
});

test("compareWithBaseline: with one pair or none nothing is tested, nor counted as a comparison", () => {
  const [lone, empty, tested] = compareWithBaseline([{ differences: [3] }, { differences: [] }, { differences: [1, 2, 3] }]);
  assert.equal([lone!.seeds, lone!.pValue, lone!.adjusted, lone!.distinguishable], [null, null, null, false]);
  assert.is(lone!.signFlip!.pValue, 1);
  assert.is(empty!.signFlip, null);
  assert.is(tested!.adjusted, tested!.pValue);
});

test("compareWithBaseline: where items are known they count as well", () => {
  const byItem = [
    [1, 0, 1, 1],
    [1, 0, 0, 1],
    [1, 1, 0, 1],
  ];
  const [one] = compareWithBaseline([{ differences: byItem.map(mean), byItem }]);
  assert.is(one!.pValue, crossedInterval(byItem).pValue);
  assert.ok(one!.pValue! > one!.seeds!.pValue);
});

test("compareWithBaseline: seeds within one cold start are one difference", () => {
  const differences = [1, 3, 5, 5, 6, 10]; // cold starts: means 2, 5, 8
  const [one] = compareWithBaseline([{ differences, groups: ["a", "a", "b", "b", "c", "c"] }]);
  const [averaged] = compareWithBaseline([{ differences: [2, 5, 8] }]);
  assert.equal(one, { ...averaged, coldStarts: 3 });
  const [alone] = compareWithBaseline([{ differences, groups: ["a", "a", "a", "a", "a", "a"] }]);
  assert.equal(alone, { ...compareWithBaseline([{ differences }])[0], coldStarts: 1 });
});

test("compareWithBaseline: before the planned number of seeds more is asked, and beyond it nothing is claimed", () => {
  const claimed = (seeds: number) =>
    compareWithBaseline([{ differences: [9, 10, 11, 10, 9.5] }, { differences: [1, 2, 3, 1.5, 2] }], {
      look: { seeds, planned: 20 },
    }).map(({ distinguishable }) => distinguishable);
  // p = 7e-6 and 0.004; with 5 of 20 seeds the level of one comparison is below 1e-5, with 20 of 20 it is above 0.03
  assert.equal([claimed(5), claimed(20), claimed(21)], [[false, false], [true, true], [false, false]]); // prettier-ignore
  // one pair is no test: nothing is claimed of it, nor is the other's level lower for it: p = 7e-6, at the last of 20 looks
  const [lone, tested] = compareWithBaseline([{ differences: [3] }, { differences: [9, 10, 11, 10, 9.5] }], {
    look: { seeds: 20, planned: 20 },
  });
  assert.equal([lone!.distinguishable, tested!.distinguishable], [false, true]);
});

test("compareWithBaseline: bad input is refused by name", () => {
  assert.throws(() => compareWithBaseline([{ differences: [1, NaN] }]), /variant 0: value 1 is NaN/);
  assert.throws(() => compareWithBaseline([{ differences: [1, 2] }], { level: 95 }), /level is 95/);
  assert.throws(() => compareWithBaseline([{ differences: [1, 2], groups: [1] }]), /1 groups and 2 values/);
  assert.throws(() => compareWithBaseline([{ differences: [1, 2], byItem: [[1, 2]] }]), /1 rows by item and 2 differences/);
});

// ---------------------------------------------------------------- identical variants

const [VARIANTS, SEEDS, ITEMS] = [6, 5, 60];

/**
 * Six variants and a baseline that are one and the same method; each seed does something to all of them alike. For normal differences the t test is
 * exact, and Holm's correction leaves 4.7 % (the variants share their baseline); 1,000 grids then show 32 to 59 by chance, so there are more.
 */
const KINDS: readonly {
  readonly name: string;
  readonly grids: number;
  readonly draw: (random: RandomStream) => PairedVariant[];
}[] = [
  { name: "normal", grids: 10_000, draw: (random) => variantsOf(random, () => random.normal()) },
  { name: "skewed", grids: 1000, draw: (random) => variantsOf(random, () => Math.exp(random.normal())) },
  {
    name: "now and then collapsed",
    grids: 1000,
    draw: (random) => variantsOf(random, () => (random.uniform() < 0.1 ? -20 : 0) + random.normal()),
  },
  { name: "0 or 1", grids: 1000, draw: (random) => variantsOf(random, () => Number(random.uniform() < 0.7)) },
  {
    name: "accuracy of 60 items, over seeds alone",
    grids: 5000,
    draw: (random) => itemVariants(random).map(({ differences }) => ({ differences })),
  },
  { name: "accuracy of 60 items, over seeds and items", grids: 1000, draw: itemVariants },
];

for (const { name, grids, draw } of KINDS)
  test(`compareWithBaseline: identical variants are called different in at most 5 % of ${grids} grids: ${name}`, () => {
    const random = randomStream(1, `A/A ${name}`);
    let claimed = 0;
    for (let grid = 0; grid < grids; grid++)
      claimed += Number(compareWithBaseline(draw(random)).some(({ distinguishable }) => distinguishable));
    assert.ok(claimed <= 0.05 * grids, `${claimed} of ${grids}`);
    if (name === "normal") assert.ok(claimed >= 0.04 * grids, `${claimed} of ${grids}: fewer than the test should claim`);
  });

test("compareWithBaseline: a variant that is better by 4 standard deviations of the difference is found by 5 seeds", () => {
  const random = randomStream(1, "A/B");
  let found = 0;
  for (let grid = 0; grid < 200; grid++) {
    const variants = variantsOf(random, () => random.normal());
    const better = variants[0]!.differences.map((difference) => difference + 4 * Math.SQRT2);
    found += Number(compareWithBaseline([{ differences: better }, ...variants.slice(1)])[0]!.distinguishable);
  }
  assert.ok(found > 0.8 * 200, `${found} of 200`);
});

function variantsOf(random: RandomStream, draw: () => number): PairedVariant[] {
  const ofSeed = Array.from({ length: SEEDS }, () => random.normal());
  const cell = () => ofSeed.map((effect) => effect + draw());
  const baseline = cell();
  return Array.from({ length: VARIANTS }, () => ({ differences: cell().map((value, seed) => value - baseline[seed]!) }));
}

function itemVariants(random: RandomStream): PairedVariant[] {
  const items = Array.from({ length: ITEMS }, () => 0.7 + 0.2 * random.normal());
  const ofSeed = Array.from({ length: SEEDS }, () => 0.05 * random.normal());
  const cell = () =>
    ofSeed.map((shared) => {
      const own = 0.03 * random.normal();
      return items.map((right) => Number(random.uniform() < right + shared + own));
    });
  const baseline = cell();
  return Array.from({ length: VARIANTS }, () => {
    const byItem = itemDifferences(baseline, cell());
    return { differences: byItem.map(mean), byItem };
  });
}

test.run();
