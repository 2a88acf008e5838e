import { test } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "./errors.ts";
import * as statistics from "./index.ts";

// Every exported function refuses bad input, by its own name and by the name of what is bad.

const S = statistics;
const [VARIANCE, DESIGN] = [{ seeds: 1, items: 1, interaction: 1 }, { seeds: 5, items: 10 }]; // prettier-ignore
const CELLS = ["off", "on"].map((a) => ({ levels: { a }, perSeed: [1, 2] }));
const FACTOR = { name: "a", levels: ["off", "on"] };
/** Two cells with values by item: of the second one these. */
const byItems = (rows: readonly (readonly number[])[]) =>
  S.factorialEffects([FACTOR], [{ ...CELLS[0]!, byItem: [[1, 2], [3, 4]] }, { ...CELLS[1]!, byItem: rows }]); // prettier-ignore
const mean = ([values]: readonly Float64Array[]) => S.mean(values!);

type Refused = readonly [call: () => unknown, message: RegExp];

const REFUSALS: Readonly<Record<string, readonly Refused[]>> = {
  benjaminiHochberg: [[() => S.benjaminiHochberg([0.1, NaN]), /value 1 is NaN, expected a number from 0 to 1/]],
  holm: [
    [() => S.holm([0.1, NaN]), /value 1 is NaN/],
    [() => S.holm([1.5]), /value 0 is 1.5/],
    [() => S.holm([0.5, -0.5]), /value 1 is -0.5/],
  ],
  bcaInterval: [
    [() => S.bcaInterval(Float64Array.of(), 1, [[1, 2]]), /0 values/],
    [() => S.bcaInterval(Float64Array.of(1, 2), NaN, [[1, 2]]), /estimate is NaN/],
    [() => S.bcaInterval(Float64Array.of(1, 2), 1, [[NaN]]), /jackknife of stratum 0: value 0 is NaN/],
    [() => S.bcaInterval(Float64Array.of(1, 2), 1, [[1, 2]], 95), /level is 95/],
    [() => S.bcaInterval(Float64Array.of(1, 2), 1, [[1, 2], []]), /jackknife of stratum 1: 0 values/],
  ],
  bootstrapInterval: [
    [() => S.bootstrapInterval([[1, 2]], mean, { level: 0 }), /level is 0/],
    [() => S.bootstrapInterval([[1, 2]], mean, { method: "basic" as "bca" }), /method is basic, expected one of percentile/],
  ],
  expandedPercentileInterval: [
    [() => S.expandedPercentileInterval(Float64Array.of(1, 2), 2.5), /n is 2.5/],
    [() => S.expandedPercentileInterval(Float64Array.of(NaN), 2), /value 0 is NaN/],
    [() => S.expandedPercentileInterval(Float64Array.of(1, 2), 0), /n is 0, expected an integer of at least 1/],
    [() => S.expandedPercentileInterval(Float64Array.of(1, 2), 2, 1), /level is 1/],
  ],
  percentileInterval: [
    [() => S.percentileInterval(Float64Array.of()), /0 values/],
    [() => S.percentileInterval(Float64Array.of(1), NaN), /level is NaN/],
  ],
  bootstrapTInterval: [
    [() => S.bootstrapTInterval([1]), /1 values, expected at least 2/],
    [() => S.bootstrapTInterval([1, 2], { resamples: 0 }), /resamples is 0/],
    [() => S.bootstrapTInterval([1, 2], { level: 0 }), /level is 0/],
  ],
  bootstrapStatistics: [
    [() => S.bootstrapStatistics([], mean), /the number of strata is 0/],
    [() => S.bootstrapStatistics([[]], mean), /stratum 0: 0 values/],
    [() => S.bootstrapStatistics([[1]], mean, { resamples: 1.5 }), /resamples is 1.5/],
    [() => S.bootstrapStatistics([[1]], mean, { resamples: 0 }), /resamples is 0/],
    [() => S.bootstrapStatistics([[1]], () => NaN), /the statistic of resample 0 is NaN/],
  ],
  jackknifeStatistics: [
    [() => S.jackknifeStatistics([[1]], mean), /stratum 0: 1 values, expected at least 2/],
    [() => S.jackknifeStatistics([[1, 2], [1, NaN]], mean), /stratum 1: value 1 is NaN/], // prettier-ignore
    [() => S.jackknifeStatistics([], mean), /the number of strata is 0/],
  ],
  compareWithBaseline: [
    [() => S.compareWithBaseline([{ differences: [NaN, 1] }]), /variant 0: value 0 is NaN/],
    [() => S.compareWithBaseline([], { level: 1 }), /level is 1/],
  ],
  coverageWarning: [
    [() => S.coverageWarning("t", 0.5), /values is 0.5/],
    [() => S.coverageWarning("t", 0), /values is 0/],
  ],
  crossedInterval: [
    [() => S.crossedInterval([]), /0 seeds and 0 items/],
    [() => S.crossedInterval([[1, 2], [1]]), /seed 1: 2 and 1 values/], // prettier-ignore
    [() => S.crossedInterval([[1, 2], [1, NaN]]), /seed 1: value 1 is NaN/], // prettier-ignore
    [() => S.crossedInterval([[1], [2]]), /2 seeds and 1 items, expected at least 2 of each/],
  ],
  itemDifferences: [[() => S.itemDifferences([[1, 2]], [[1, NaN]]), /second, seed 0: value 1 is NaN/]],
  crossedDetectable: [
    [() => S.crossedDetectable(VARIANCE, { ...DESIGN, items: 1 }), /items is 1, expected an integer of at least 2/],
    [() => S.crossedDetectable(VARIANCE, DESIGN, { power: 0 }), /power is 0/],
    [() => S.crossedDetectable(VARIANCE, DESIGN, { comparisons: 0 }), /comparisons is 0/],
  ],
  crossedPower: [
    [() => S.crossedPower(Infinity, VARIANCE, DESIGN), /difference is Infinity/],
    [() => S.crossedPower(1, VARIANCE, { ...DESIGN, seeds: 1 }), /seeds is 1, expected an integer of at least 2/],
    [() => S.crossedPower(1, VARIANCE, { ...DESIGN, coldStarts: 1, seeds: 1 }), /seeds is 1, expected an integer of at least 2/],
    [() => S.crossedPower(1, VARIANCE, { ...DESIGN, coldStarts: 2, seeds: 0 }), /seeds is 0, expected an integer of at least 1/],
    [() => S.crossedPower(1, VARIANCE, { ...DESIGN, coldStarts: 0 }), /coldStarts is 0, expected an integer of at least 1/],
    [() => S.crossedPower(1, VARIANCE, DESIGN, { level: 1 }), /level is 1/],
    [() => S.crossedPower(1, VARIANCE, DESIGN, { comparisons: 0.5 }), /comparisons is 0.5/],
    ...(["coldStarts", "seeds", "items", "coldStartItems", "interaction"] as const).map((name): Refused => [
      () => S.crossedPower(1, { ...VARIANCE, [name]: -0.01 }, { ...DESIGN, coldStarts: 2 }),
      new RegExp(`the variance of ${name} is -0.01, expected a number of at least 0`),
    ]),
  ],
  designNeeded: [
    [() => S.designNeeded(1, { ...VARIANCE, seeds: NaN }, DESIGN), /the variance of seeds is NaN/],
    [() => S.designNeeded(NaN, VARIANCE, DESIGN), /difference is NaN/],
    [() => S.designNeeded(1, VARIANCE, DESIGN, { power: 1 }), /power is 1/],
  ],
  interquartileMean: [[() => S.interquartileMean([]), /0 values/]],
  mean: [[() => S.mean([]), /0 values/]],
  median: [
    [() => S.median([NaN]), /value 0 is NaN/],
    [() => S.median([]), /0 values/],
  ],
  pairedDifferences: [
    [() => S.pairedDifferences([1], [1, 2]), /1 and 2 values, expected pairs/],
    [() => S.pairedDifferences([1, 2], [1, NaN]), /second: value 1 is NaN/],
    [() => S.pairedDifferences([NaN, 2], [1, 2]), /first: value 0 is NaN/],
  ],
  quantileOfSorted: [
    [() => S.quantileOfSorted([], 0.5), /0 values/],
    [() => S.quantileOfSorted([2, 1], 0.5), /value 1 is 1, expected ascending numbers/],
    [() => S.quantileOfSorted([1, NaN], 0.5), /value 1 is NaN/],
    [() => S.quantileOfSorted([1], NaN), /share is NaN/],
  ],
  sampleVariance: [[() => S.sampleVariance([1]), /1 values/]],
  standardDeviation: [[() => S.standardDeviation([1]), /1 values/]],
  standardError: [
    [() => S.standardError([1, NaN]), /value 1 is NaN/],
    [() => S.standardError([1]), /1 values, expected at least 2/],
  ],
  factorialEffects: [
    [() => S.factorialEffects([], CELLS), /0 factors/],
    [() => S.factorialEffects([FACTOR], CELLS, { order: 0 }), /order is 0/],
    [
      () =>
        S.factorialEffects(
          [FACTOR],
          CELLS.map((cell) => ({ ...cell, perSeed: [1] })),
        ),
      /a = off: 1 values, expected at least 2/,
    ],
    [() => byItems([[1, 2]]), /1 rows by item with a = on, expected one for each of 2 seeds/],
    [() => byItems([[1, 2], [1, 2, 3]]), /3 items with a = on, seed 1, expected 2 as elsewhere/], // prettier-ignore
    [() => byItems([[1, 2], [1, NaN]]), /a = on, seed 1: value 1 is NaN/], // prettier-ignore
    [() => byItems([[1], [2]]), /a = on, seed 0: 1 values, expected at least 2/], // prettier-ignore
    [() => S.factorialEffects([FACTOR], [CELLS[0]!, { ...CELLS[1]!, perSeed: [1, NaN] }]), /a = on: value 1 is NaN/],
  ],
  hierarchicalBootstrap: [
    [() => S.hierarchicalBootstrap([[1, 2]], { level: 1 }), /level is 1/],
    [() => S.hierarchicalBootstrap([]), /seeds is 0/],
    [() => S.hierarchicalBootstrap([[1, 2]], { resamples: 0 }), /resamples is 0/],
    [() => S.hierarchicalBootstrap([[1, 2], [1]]), /2 and 1 values, expected pairs/], // prettier-ignore
    [() => S.hierarchicalBootstrap([[1, 2], [1, NaN]]), /value 1 is NaN/], // prettier-ignore
    [() => S.hierarchicalBootstrap([[]]), /0 values/],
  ],
  pairedItemInterval: [
    [() => S.pairedItemInterval([1], [1, 2]), /1 and 2 values/],
    [() => S.pairedItemInterval([1, NaN], [1, 2]), /first: value 1 is NaN/],
    [() => S.pairedItemInterval([], []), /first: 0 values/],
    [() => S.pairedItemInterval([1, 2], [1, NaN]), /second: value 1 is NaN/],
  ],
  mcnemar: [
    [() => S.mcnemar(1.5, 2), /onlyFirst is 1.5/],
    [() => S.mcnemar(-1, 2), /onlyFirst is -1, expected an integer of at least 0/],
    [() => S.mcnemar(2, -1), /onlySecond is -1, expected an integer of at least 0/],
  ],
  mcnemarOf: [
    [() => S.mcnemarOf([true], []), /1 and 0 items/],
    [() => S.mcnemarOf([], []), /items is 0/],
    [() => S.mcnemarOf([true], [1 as unknown as boolean]), /an outcome is 1, expected true or false/],
  ],
  differenceInterval: [
    [() => S.differenceInterval([1, 2], [1]), /2 and 1 values/],
    [() => S.differenceInterval([1, NaN], [1, 2]), /first: value 1 is NaN/],
    [() => S.differenceInterval([1, 2], [1, NaN]), /second: value 1 is NaN/],
    [() => S.differenceInterval([1], [1]), /first: 1 values, expected at least 2/],
  ],
  meanInterval: [
    [() => S.meanInterval([1, 2], { method: "normal" as "t" }), /method is normal/],
    [() => S.meanInterval([1]), /1 values, expected at least 2/],
    [() => S.meanInterval([1, 2], { level: 1 }), /level is 1/],
  ],
  tInterval: [
    [() => S.tInterval([1]), /1 values/],
    [() => S.tInterval([1, 2], 95), /level is 95/],
  ],
  perGroup: [[() => S.perGroup([], []), /0 values/]],
  detectableDifference: [
    [() => S.detectableDifference(NaN, 5), /deviation is NaN/],
    [() => S.detectableDifference(1, 5, { comparisons: 1.5 }), /comparisons is 1.5/],
    [() => S.detectableDifference(1, 5, { comparisons: 0 }), /comparisons is 0/],
    [() => S.detectableDifference(1, 1), /seeds is 1, expected an integer of at least 2/],
    [() => S.detectableDifference(1, 5, { level: 1 }), /level is 1/],
    [() => S.detectableDifference(1, 5, { power: 0 }), /power is 0/],
  ],
  powerOf: [
    [() => S.powerOf(NaN, 1, 5), /difference is NaN/],
    [() => S.powerOf(1, 0, 5), /deviation is 0, expected a number above 0/],
    [() => S.powerOf(1, 1, 5, { comparisons: 0 }), /comparisons is 0/],
    [() => S.powerOf(1, 1, 1), /seeds is 1, expected an integer of at least 2/],
    [() => S.powerOf(1, 1, 5, { level: 1 }), /level is 1/],
  ],
  seedsNeeded: [
    [() => S.seedsNeeded(NaN, 1), /difference is NaN/],
    [() => S.seedsNeeded(1, -1), /deviation is -1/],
    [() => S.seedsNeeded(1, 1, { level: 0 }), /level is 0/],
    [() => S.seedsNeeded(1, 1, { power: 1 }), /power is 1/],
    [() => S.seedsNeeded(1, 1, { comparisons: 0 }), /comparisons is 0/],
  ],
  probabilityOfImprovement: [
    [() => S.probabilityOfImprovement([], []), /strata is 0/],
    [() => S.probabilityOfImprovement([[1]], [[NaN]]), /second, stratum 0: value 0 is NaN/],
    [() => S.probabilityOfImprovement([[1], []], [[1], [1]]), /first, stratum 1: 0 values/],
  ],
  levelAtLook: [
    [() => S.levelAtLook(1.5, 20), /seeds is 1.5/],
    [() => S.levelAtLook(0, 20), /seeds is 0, expected an integer of at least 1/],
    [() => S.levelAtLook(2, 1), /planned is 1, expected an integer of at least 2/],
    [() => S.levelAtLook(2, 20, { first: 1 }), /first is 1, expected an integer of at least 2/],
    [() => S.levelAtLook(5, 20, { level: 1 }), /level is 1/],
  ],
  signFlipPValue: [[() => S.signFlipPValue([]), /0 values/]],
  smallestPValue: [[() => S.smallestPValue(-1), /pairs is -1/]],
  studentTCdf: [[() => S.studentTCdf(NaN, 4), /t is NaN/]],
  studentTCritical: [
    [() => S.studentTCritical(5, 4), /tails is 5/],
    [() => S.studentTCritical(0.05, 0), /degrees is 0, expected a number above 0/],
  ],
  studentTTwoSided: [
    [() => S.studentTTwoSided(1, NaN), /degrees is NaN/],
    [() => S.studentTTwoSided(NaN, 4), /t is NaN/],
  ],
  tTest: [[() => S.tTest([1]), /1 values/]],
  wilsonInterval: [
    [() => S.wilsonInterval(3, 2), /of is 2/],
    [() => S.wilsonInterval(-1, 5), /count is -1, expected an integer of at least 0/],
    [() => S.wilsonInterval(0, 0), /of is 0, expected an integer of at least 1/],
    [() => S.wilsonInterval(1, 5, 1), /level is 1/],
  ],
};

/** The least that each still takes, beside what it must refuse. */
const TAKEN: readonly (readonly [call: () => number, result: number])[] = [
  [() => S.holm([0, 1])[0]!, 0],
  [() => S.benjaminiHochberg([1, 0])[0]!, 1],
  [() => S.mcnemar(0, 0).exact, 1],
  [() => S.mcnemarOf([true], [true]).midP, 1],
  [() => S.wilsonInterval(0, 1).low, 0],
  [() => S.wilsonInterval(1, 1).high, 1],
  [() => S.smallestPValue(0), 1],
  [() => S.signFlipPValue([3]), 1],
  [() => S.levelAtLook(1, 2), 0],
  [() => S.levelAtLook(2, 2, { first: 2 }), S.levelAtLook(2, 2)],
  [() => S.mean([7]), 7],
  [() => S.standardDeviation([1, 1]), 0],
  [() => S.standardError([1, 1]), 0],
  [() => S.quantileOfSorted([4], 0.3), 4],
  [() => S.perGroup([4], ["a"])[0]!, 4],
  [() => S.tInterval([1, 1]).low, 1],
  [() => S.tTest([0, 0]).pValue, 1],
  [() => S.meanInterval([1, 1]).high, 1],
  [() => S.differenceInterval([0, 0], [1, 1]).low, 1],
  [() => S.percentileInterval(Float64Array.of(5)).low, 5],
  [() => S.expandedPercentileInterval(Float64Array.of(5), 1).high, 5],
  [() => S.bootstrapStatistics([[5]], mean, { resamples: 1 })[0]!, 5],
  [() => S.bootstrapTInterval([5, 5], { resamples: 1 }).low, 5],
  [() => S.jackknifeStatistics([[1, 5]], mean)[0]![0]!, 5],
  [() => S.hierarchicalBootstrap([[5]], { resamples: 1 }).low, 5],
  [() => S.probabilityOfImprovement([[1]], [[2]], { resamples: 1 }).estimate, 1],
  [() => S.crossedPower(0, { seeds: 0, items: 0, interaction: 0 }, { seeds: 2, items: 2 }), 0],
  [() => S.crossedPower(1, { seeds: 0, items: 0, interaction: 0 }, { seeds: 2, items: 2 }), 1],
  [() => S.crossedPower(1, { seeds: 0, items: 0, interaction: 0 }, { coldStarts: 1, seeds: 2, items: 2 }), 1],
  [() => S.crossedPower(1, { seeds: 0, items: 0, interaction: 0 }, { coldStarts: 2, seeds: 1, items: 2 }), 1],
  [() => S.crossedDetectable({ seeds: 0, items: 0, interaction: 0 }, { seeds: 2, items: 2 }), 0],
  [() => Math.round(100 * S.powerOf(0, 1, 2)), 5],
  [() => Number(S.coverageWarning("wilson", 1)), 0],
  [() => S.factorialEffects([FACTOR], CELLS, { order: 1 }).length, 1],
];

test("the least that is still taken", () => {
  for (const [call, result] of TAKEN) assert.is(call(), result, call.toString());
});

/** They take and return what others have checked. */
const UNCHECKED = ["pooled"];

for (const [name, refusals] of Object.entries(REFUSALS))
  test(`${name}: bad input is refused by name`, () => {
    for (const [call, message] of refusals) {
      let refused: unknown = null;
      try {
        call();
      } catch (error) {
        refused = error;
      }
      assert.ok(refused instanceof InputError, `${call.toString()} was not refused: ${String(refused)}`);
      assert.match((refused as Error).message, message);
      assert.ok((refused as Error).message.startsWith(name), (refused as Error).message);
    }
  });

test("every exported function is above", () => {
  const exported = Object.entries(statistics).flatMap(([name, value]) => (typeof value === "function" ? [name] : []));
  assert.equal(exported.sort(), [...Object.keys(REFUSALS), ...UNCHECKED].sort());
});

test.run();
