import { test } from "uvu";
import * as assert from "uvu/assert";
import { assertClose } from "./testing/close.ts";
import { bcaInterval, bootstrapInterval, expandedPercentileInterval, percentileInterval } from "./bootstrap-interval.ts";
import { bootstrapStatistics } from "./bootstrap.ts";
import { mean, median } from "./descriptive.ts";
import { normalCdf } from "./normal.ts";

const hundred = Float64Array.from({ length: 101 }, (_, index) => index); // its p-quantile is 100 p

test("percentileInterval: the α/2 and 1 − α/2 quantiles", () => {
  const { low, high, method } = percentileInterval(hundred, 0.9);
  assertClose(low, 5, 1e-9);
  assertClose(high, 95, 1e-9);
  assert.is(method, "percentile");
});

test("expandedPercentileInterval: at n = 5 the 95 % interval ends at Φ(−√(5/4) · 2.7764) = 0.00095", () => {
  const { low, high } = expandedPercentileInterval(hundred, 5);
  assertClose(low, 0.0954, 1e-3); // z = −3.1041, Φ = 0.000954
  assertClose(high, 99.9046, 1e-3);
  const large = expandedPercentileInterval(hundred, 100_000);
  assertClose(large.low, 2.5, 1e-3);
  // n = 2: t_{0.75, 1} = 1 (Cauchy's quartile), so the 50 % interval ends at Φ(−√2) = 0.0786496; n = 1: at all that there is
  assertClose(expandedPercentileInterval(hundred, 2, 0.5).low, 7.86496, 1e-5);
  const one = expandedPercentileInterval(hundred, 1, 0.5);
  assert.equal([one.low, one.high], [0, 100]);
});

test("bcaInterval: without bias and acceleration it is the percentile interval", () => {
  // The estimate is the median of the statistics (z₀ = 0), the jackknife symmetric (a = 0).
  const { low, high } = bcaInterval(hundred, 50, [[-1, 0, 1]], 0.9);
  assertClose(low, 5, 1e-9);
  assertClose(high, 95, 1e-9);
});

test("bcaInterval: bias moves both ends by 2 z₀", () => {
  // 84.13 % of the statistics below the estimate: z₀ = 1 (about), so the ends are Φ(2 ± 1.645): 0.639, 0.99987.
  const statistics = Float64Array.from({ length: 10_001 }, (_, index) => index / 10_000);
  const { low, high } = bcaInterval(statistics, 0.8413447, [[-1, 0, 1]], 0.9);
  assertClose(low, 0.6387, 2e-4);
  assertClose(high, 0.99987, 2e-4);
});

test("bcaInterval: where all resamples lie on one side it is the percentile interval, and says so", () => {
  assert.is(bcaInterval(hundred, 1000, [[-1, 0, 1]]).method, "percentile");
});

test("bcaInterval: ties with the estimate count half", () => {
  // 2 of 8 below, 4 equal: (2 + 2)/8 = ½, so no bias
  const { low, high } = bcaInterval(Float64Array.of(0, 1, 5, 5, 5, 5, 9, 10), 5, [[-1, 0, 1]], 0.5);
  assertClose(low, 4, 1e-9); // place 7/4 of 0, 1, 5
  assertClose(high, 6, 1e-9);
});

test("bcaInterval: the acceleration's cubes keep their sign, and what doesn't vary has none", () => {
  // One of 100 jackknife values is far off: Uᵢ = (n − 1)(θ̄ − θᵢ): a = ⅙ ΣU³/(ΣU²)^{3/2} = ⅙ · (−0.99³ + 99 · 0.01³)/(0.99² + 99 · 0.01²)^{3/2}
  const far = Array.from({ length: 100 }, (_, index) => (index === 0 ? 1 : 0));
  const a = (-(0.99 ** 3) + 99 * 0.01 ** 3) / (0.99 ** 2 + 99 * 0.01 ** 2) ** 1.5 / 6;
  const statistics = Float64Array.from({ length: 10_001 }, (_, index) => index / 10_000);
  const z = 1.6448536269514722;
  const { low, high } = bcaInterval(statistics, 0.5, [far], 0.9);
  assertClose(low, normalCdf(-z / (1 + a * z)), 1e-6);
  assertClose(high, normalCdf(z / (1 - a * z)), 1e-6);
  const still = bcaInterval(statistics, 0.5, [[3, 3, 3]], 0.9);
  assertClose(still.low, 0.05, 1e-6);
});

test("bcaInterval: where the correction passes its pole the end is the last resample", () => {
  // z₀ = Φ⁻¹(0.9998) = 3.54 and z = 3.89: a (z₀ + z) = 0.16 · 7.43 is above 1
  const statistics = Float64Array.from({ length: 10_001 }, (_, index) => index / 10_000);
  const far = Array.from({ length: 1000 }, (_, index) => (index === 0 ? -1 : 0));
  const { low, high } = bcaInterval(statistics, 0.9998, [far], 0.9999);
  assert.is(high, 1);
  assert.ok(low > 0.9 && low < 1, String(low));
  const mirrored = bcaInterval(statistics, 0.0002, [far.map((value) => -value)], 0.9999);
  assert.is(mirrored.low, 0);
});

test("bootstrapInterval: a stratum of one value leaves no jackknife, so it is the percentile interval", () => {
  const sums = (strata: readonly Float64Array[]) => strata.flatMap((one) => [...one]).reduce((a, b) => a + b, 0);
  const options = { resamples: 200, seed: 3 };
  const { method, low, high } = bootstrapInterval([[1], [2, 4, 8]], sums, options);
  assert.is(method, "percentile");
  const plain = bootstrapInterval([[1], [2, 4, 8]], sums, { ...options, method: "percentile" });
  assert.equal([low, high], [plain.low, plain.high]);
  assert.is(bootstrapInterval([[1, 3], [2, 4]], sums, options).method, "bca"); // prettier-ignore
});

test("bootstrapInterval: expanded by the smallest stratum, and warned of by it", () => {
  const first = ([sample]: readonly Float64Array[]) => mean(sample!);
  const long = Array.from({ length: 40 }, (_, index) => index);
  const interval = bootstrapInterval([long, [1, 2, 3, 4, 5]], first, { method: "expanded-percentile", resamples: 200 });
  const statistics = bootstrapStatistics([long, [1, 2, 3, 4, 5]], first, { resamples: 200 });
  const { low, high } = expandedPercentileInterval(statistics, 5);
  assert.equal([interval.low, interval.high], [low, high]);
  assert.match(interval.coverageWarning!, /with 5 values/);
});

test("bootstrapInterval: deterministic, around its estimate, for any statistic", () => {
  const values = [1, 2, 4, 8, 16, 3, 5];
  const once = bootstrapInterval([values], ([sample]) => median(sample!), { seed: 3, resamples: 500 });
  assert.equal(
    once,
    bootstrapInterval([values], ([sample]) => median(sample!), { seed: 3, resamples: 500 }),
  );
  assert.is(once.estimate, 4);
  assert.is(once.method, "bca");
  assert.ok(once.low <= 4 && 4 <= once.high && once.low < once.high);
  const wide = bootstrapInterval([values], ([sample]) => mean(sample!), { method: "expanded-percentile", resamples: 500 });
  const narrow = bootstrapInterval([values], ([sample]) => mean(sample!), { method: "percentile", resamples: 500 });
  assert.ok(wide.low < narrow.low && wide.high > narrow.high);
});

test("bootstrapInterval: 10,000 resamples of 100 values take less than 2 seconds", () => {
  const values = Array.from({ length: 100 }, (_, index) => Math.sin(index));
  const started = performance.now();
  bootstrapInterval([values], ([sample]) => mean(sample!));
  assert.ok(performance.now() - started < 2000);
});

test.run();
