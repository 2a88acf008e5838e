import { test } from "uvu";
import * as assert from "uvu/assert";
import { assertClose } from "./testing/close.ts";
import { bcaInterval, bootstrapInterval, expandedPercentileInterval, percentileInterval } from "./bootstrap-interval.ts";
import { mean, median } from "./descriptive.ts";

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
