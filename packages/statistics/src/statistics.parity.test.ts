import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { assertClose, assertCloseBySize } from "./testing/close.ts";
import { benjaminiHochberg, holm } from "./adjust.ts";
import { bcaInterval, percentileInterval } from "./bootstrap-interval.ts";
import { bootstrapStatistics, jackknifeStatistics, pooled } from "./bootstrap.ts";
import { chiSquareCdf, chiSquareQuantile } from "./chi-square.ts";
import { crossedInterval } from "./crossed.ts";
import { interquartileMean, mean, median, standardError } from "./descriptive.ts";
import { factorialEffects } from "./factorial.ts";
import type { FactorialCell } from "./factorial.ts";
import { mcnemar } from "./mcnemar.ts";
import { noncentralTUpper } from "./noncentral-t.ts";
import { normalCdf, normalQuantile } from "./normal.ts";
import { detectableDifference, powerOf, seedsNeeded } from "./power.ts";
import { meanShareAbove, probabilityOfImprovement } from "./probability-of-improvement.ts";
import { levelAtLook } from "./sequential.ts";
import { signFlipPValue } from "./sign-flip.ts";
import { studentTCdf, studentTCritical, studentTTwoSided, tTest } from "./student-t.ts";
import { wilsonInterval } from "./wilson.ts";

// What SciPy, statsmodels and rliable compute, made by tools/oracles/statistics-oracle.py. Within 1e-6, or 1e-6 of the number where that is above 1;
// tails within 1e-9 of themselves.

type Numbers = readonly number[];
type Interval = readonly [number, number];
type StatisticName = "mean" | "median" | "interquartileMean";
const read = (name: string) => JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), "utf8")) as never;

const scipy: {
  readonly version: string;
  readonly descriptive: readonly { readonly values: Numbers; readonly [name: string]: number | Numbers }[];
  readonly normal: readonly { readonly z: number; readonly cdf: number }[];
  readonly normalQuantile: readonly { readonly p: number; readonly z: number }[];
  readonly studentT: readonly { readonly t: number; readonly degrees: number; readonly twoSided: number; readonly cdf: number }[];
  readonly studentTCritical: readonly { readonly tails: number; readonly degrees: number; readonly t: number }[];
  readonly tTest: readonly { readonly values: Numbers; readonly t: number; readonly pValue: number }[];
  readonly noncentralT: readonly {
    readonly t: number;
    readonly degrees: number;
    readonly noncentrality: number;
    readonly upper: number;
  }[];
  readonly chiSquare: readonly { readonly degrees: number; readonly share: number; readonly quantile: number }[];
  readonly looks: readonly {
    readonly first: number;
    readonly planned: number;
    readonly level: number;
    readonly levels: Numbers;
  }[];
  readonly signFlip: readonly { readonly differences: Numbers; readonly pValue: number }[];
  readonly wilson: readonly {
    readonly count: number;
    readonly of: number;
    readonly level: number;
    readonly interval: Interval;
  }[];
  readonly bootstrap: readonly {
    readonly statistic: StatisticName;
    readonly strata: readonly Numbers[];
    readonly level: number;
    readonly percentile: Interval;
    readonly BCa: Interval;
    readonly indices: readonly string[];
  }[];
} = read("scipy");

const STATISTICS = { mean: pooled(mean), median: pooled(median), interquartileMean: pooled(interquartileMean) };

/** Draws that give the noted indices again: index + ½ out of the stratum's length. */
function replay(indices: readonly string[], lengths: readonly number[]): () => number {
  const draws = indices.flatMap((letters) => {
    let at = 0;
    return lengths.flatMap((length) => Array.from({ length }, () => (letters.charCodeAt(at++) - 97 + 0.5) / length));
  });
  let next = 0;
  return () => draws[next++]!;
}

function assertTail(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) <= 1e-9 * expected, `${actual}, expected ${expected}`);
}

test(`${scipy.version}: mean, median, trim_mean(0.25), sem`, () => {
  assert.is(scipy.descriptive.length, 7);
  for (const { values, ...expected } of scipy.descriptive) {
    const ours = { mean: mean(values), median: median(values), interquartileMean: interquartileMean(values) };
    for (const [name, value] of Object.entries(ours)) assertCloseBySize(value, expected[name]);
    assertCloseBySize(standardError(values), expected.standardError);
  }
});

test(`${scipy.version}: norm, t, nct`, () => {
  assert.is(scipy.normal.length + scipy.normalQuantile.length + scipy.studentT.length, 29);
  for (const { z, cdf } of scipy.normal) assertTail(normalCdf(z), cdf);
  for (const { p, z } of scipy.normalQuantile) assertCloseBySize(normalQuantile(p), z);
  for (const { t, degrees, twoSided, cdf } of scipy.studentT) {
    assertTail(studentTTwoSided(t, degrees), twoSided);
    assertTail(studentTCdf(-t, degrees), cdf);
    assertCloseBySize(studentTCdf(t, degrees), 1 - cdf);
  }
  assert.is(scipy.studentTCritical.length, 24);
  for (const { tails, degrees, t } of scipy.studentTCritical) assertTail(studentTCritical(tails, degrees), t);
  assert.is(scipy.noncentralT.length, 7);
  for (const { t, degrees, noncentrality, upper } of scipy.noncentralT)
    assertCloseBySize(noncentralTUpper(t, degrees, noncentrality), upper);
});

test(`${scipy.version}: ttest_1samp, permutation_test of signs, binomtest's Wilson interval`, () => {
  assert.is(scipy.tTest.length + scipy.signFlip.length + scipy.wilson.length, 15);
  for (const { values, t, pValue } of scipy.tTest) {
    assertCloseBySize(tTest(values).t, t);
    assertTail(tTest(values).pValue, pValue);
  }
  for (const { differences, pValue } of scipy.signFlip) assertTail(signFlipPValue(differences), pValue);
  for (const { count, of, level, interval } of scipy.wilson) {
    const { low, high } = wilsonInterval(count, of, level);
    assertCloseBySize([low, high], interval);
  }
});

assert.is(scipy.bootstrap.length, 7);
for (const { statistic, strata, level, percentile, BCa, indices } of scipy.bootstrap)
  test(`${scipy.version}: bootstrap of the ${statistic} of ${strata.map(({ length }) => length).join(" + ")} values`, () => {
    const uniform = replay(
      indices,
      strata.map(({ length }) => length),
    );
    const statistics = bootstrapStatistics(strata, STATISTICS[statistic], { resamples: indices.length }, uniform);
    const estimate = STATISTICS[statistic](strata.map((values) => Float64Array.from(values)));
    const ours = percentileInterval(statistics, level);
    assertCloseBySize([ours.low, ours.high], percentile);
    const bca = bcaInterval(statistics, estimate, jackknifeStatistics(strata, STATISTICS[statistic]), level);
    assert.is(bca.method, "bca");
    assertCloseBySize([bca.low, bca.high], BCa);
  });

// ---------------------------------------------------------------- statsmodels

test(`${scipy.version}: chi2.ppf and its inverse`, () => {
  assert.is(scipy.chiSquare.length, 35);
  for (const { degrees, share, quantile } of scipy.chiSquare) {
    assertTail(chiSquareQuantile(share, degrees), quantile);
    assertTail(chiSquareCdf(quantile, degrees), share);
  }
});

test(`${scipy.version}: levels of looks by multivariate_normal.cdf`, () => {
  assert.is(scipy.looks.length, 4);
  const SPENT = 0.85; // of the level: t tests make more errors at these levels than SciPy's normal sums
  // SciPy's cubature of four dimensions is right to about 1e-6
  for (const { first, planned, level, levels } of scipy.looks)
    levels.forEach((expected, look) =>
      assertClose(levelAtLook(first + look, planned, { level: level / SPENT, first }), expected, 1e-5),
    );
});

const statsmodels: {
  readonly version: string;
  readonly adjust: readonly { readonly pValues: Numbers; readonly [name: string]: Numbers }[];
  readonly wilson: readonly { readonly count: number; readonly of: number; readonly interval: Interval }[];
  readonly mcnemar: readonly {
    readonly onlyFirst: number;
    readonly onlySecond: number;
    readonly exact: number;
    readonly midP: number;
  }[];
  readonly power: readonly {
    readonly seeds: number;
    readonly comparisons: number;
    readonly power: number;
    readonly difference: number;
    readonly needed: Readonly<Record<string, number>>;
  }[];
  readonly crossed: readonly {
    readonly values: readonly Numbers[];
    readonly seeds: number;
    readonly items: number;
    readonly rest: number;
  }[];
  readonly nested: readonly {
    readonly values: readonly Numbers[];
    readonly seeds: number;
    readonly meanSquares: Readonly<Record<"coldStarts" | "seeds" | "items" | "coldStartItems" | "rest", number>>;
  }[];
  readonly factorial: readonly {
    readonly cells: readonly ({ readonly perSeed: Numbers } & Readonly<Record<string, string | Numbers>>)[];
    readonly effects: Readonly<Record<string, number>>;
  }[];
} = read("statsmodels");

test(`${statsmodels.version}: Holm, Benjamini and Hochberg, Wilson, McNemar`, () => {
  assert.is(statsmodels.adjust.length + statsmodels.wilson.length + statsmodels.mcnemar.length, 13);
  for (const { pValues, ...expected } of statsmodels.adjust) {
    assertCloseBySize(holm(pValues), expected.holm);
    assertCloseBySize(benjaminiHochberg(pValues), expected.benjaminiHochberg);
    assertCloseBySize(benjaminiHochberg(pValues), expected.scipyBenjaminiHochberg);
  }
  for (const { count, of, interval } of statsmodels.wilson) {
    const { low, high } = wilsonInterval(count, of);
    assertCloseBySize([low, high], interval);
  }
  for (const { onlyFirst, onlySecond, exact, midP } of statsmodels.mcnemar) {
    const ours = mcnemar(onlyFirst, onlySecond);
    assertCloseBySize([ours.exact, ours.midP], [exact, midP]);
  }
});

test(`${statsmodels.version}: TTestPower`, () => {
  assert.is(statsmodels.power.length, 5);
  for (const { seeds, comparisons, power, difference, needed } of statsmodels.power) {
    // statsmodels solves by a root finder that stops early: what it found has the wanted power to 1e-6
    assertCloseBySize(powerOf(difference, 1, seeds, { comparisons }), power);
    assertCloseBySize(powerOf(detectableDifference(2, seeds, { comparisons, power }), 2, seeds, { comparisons }), power);
    assertCloseBySize(detectableDifference(1, seeds, { comparisons, power }), difference);
    for (const [size, count] of Object.entries(needed))
      assert.is(seedsNeeded(Number(size), 1, { comparisons, power }), Math.ceil(count - 1e-9));
  }
});

test(`${statsmodels.version}: anova_lm's mean squares of seeds × items`, () => {
  assert.is(statsmodels.crossed.length, 2);
  for (const { values, seeds, items, rest } of statsmodels.crossed) {
    const { variance, standardError: error } = crossedInterval(values);
    const [S, I] = [values.length, values[0]!.length];
    assertCloseBySize(error.seeds, Math.sqrt(seeds / (S * I)));
    assertCloseBySize(error.items, Math.sqrt(items / (S * I)));
    assertCloseBySize(variance.interaction, rest);
    assertCloseBySize([variance.seeds, variance.items], [Math.max(0, (seeds - rest) / I), Math.max(0, (items - rest) / S)]);
  }
});

test(`${statsmodels.version}: factorial effects are the coefficients of ordinary least squares`, () => {
  const [two, three] = statsmodels.factorial.map(({ cells, effects }) => ({
    effects,
    cells: cells.map(({ perSeed, ...levels }) => ({ perSeed, levels }) as FactorialCell),
  }));
  const named = (names: string) => [...names].map((name) => ({ name, levels: ["n", "o"] }));
  const contrasts = factorialEffects(named("abc"), two!.cells, { order: 3 });
  assert.is(contrasts.length, 7);
  for (const { factors, estimate } of contrasts) {
    const coefficient = factors.map((name) => ({ a: "A", b: "B", c: "C2" })[name]).join(":");
    // codes of ±½: a product of k of them is ±½ᵏ, so a contrast is the coefficient over 2^(k−1)
    assertCloseBySize(estimate, two!.effects[coefficient]! / 2 ** (factors.length - 1));
  }
  const levels = ["x", "y", "z"];
  const deviations = factorialEffects(
    [
      { name: "a", levels: ["n", "o"] },
      { name: "b", levels },
    ],
    three!.cells,
  );
  assert.is(deviations.length, 1 + 3 + 6);
  const effect = (...at: string[]) => deviations.find((one) => one.levels.join() === at.join())!.estimate;
  // Sum codes name the first levels: a = n is minus half the contrast o − n.
  assertCloseBySize(effect("o"), -2 * three!.effects["C(a, Sum)[S.n]"]!);
  assertCloseBySize([effect("x"), effect("y")], [three!.effects["C(b, Sum)[S.x]"], three!.effects["C(b, Sum)[S.y]"]]);
  for (const level of ["x", "y"]) assertCloseBySize(effect("n", level), three!.effects[`C(a, Sum)[S.n]:C(b, Sum)[S.${level}]`]);
});

// ---------------------------------------------------------------- rliable

test(`${statsmodels.version}: variance components of seeds within cold starts, from its mean squares`, () => {
  assert.is(statsmodels.nested.length, 2);
  for (const { values, seeds, meanSquares: squares } of statsmodels.nested) {
    const [starts, items] = [values.length / seeds, values[0]!.length];
    const { variance, standardError: error } = crossedInterval(values, {
      groups: values.map((_, row) => Math.floor(row / seeds)),
    });
    const ofSeeds = Math.max(0, (squares.seeds - squares.rest) / items);
    const expected = {
      coldStarts: Math.max(0, (squares.coldStarts - squares.coldStartItems) / (seeds * items) - ofSeeds / seeds),
      seeds: ofSeeds,
      items: Math.max(0, (squares.items - squares.coldStartItems) / (starts * seeds)),
      coldStartItems: Math.max(0, (squares.coldStartItems - squares.rest) / seeds),
      interaction: squares.rest,
    };
    for (const [name, value] of Object.entries(expected)) assertCloseBySize(variance[name as keyof typeof expected]!, value);
    assertCloseBySize(error.seeds, Math.sqrt(squares.coldStarts / (values.length * items)));
    assertCloseBySize(error.items, Math.sqrt(squares.items / (values.length * items)));
  }
});

const rliable: {
  readonly version: string;
  readonly stratified: readonly {
    readonly statistic: StatisticName;
    readonly scores: readonly Numbers[];
    readonly value: number;
    readonly interval: Interval;
    readonly indices: readonly string[];
  }[];
  readonly improvement: {
    readonly first: readonly Numbers[];
    readonly second: readonly Numbers[];
    readonly value: number;
    readonly interval: Interval;
    readonly indices: readonly string[];
  };
} = read("rliable");

test(`${rliable.version}: aggregates and their stratified bootstrap`, () => {
  assert.is(rliable.stratified.length, 2);
  for (const { statistic, scores, value, interval, indices } of rliable.stratified) {
    const uniform = replay(
      indices,
      scores.map(({ length }) => length),
    );
    assertCloseBySize(STATISTICS[statistic](scores.map((runs) => Float64Array.from(runs))), value);
    const { low, high } = percentileInterval(
      bootstrapStatistics(scores, STATISTICS[statistic], { resamples: indices.length }, uniform),
    );
    assertCloseBySize([low, high], interval);
  }
});

test(`${rliable.version}: probability of improvement and its interval`, () => {
  const { first, second, value, interval, indices } = rliable.improvement;
  assertCloseBySize(probabilityOfImprovement(first, second, { resamples: 10 }).estimate, value);
  const strata = [...first, ...second];
  const uniform = replay(
    indices,
    strata.map(({ length }) => length),
  );
  const statistics = bootstrapStatistics(strata, meanShareAbove, { resamples: indices.length }, uniform);
  const { low, high } = percentileInterval(statistics);
  assertCloseBySize([low, high], interval);
});

test.run();
