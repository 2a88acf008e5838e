import { bootstrapInterval } from "./bootstrap-interval.ts";
import type { ResamplingOptions } from "./bootstrap.ts";
import { mean, quantileOfSorted, standardError } from "./descriptive.ts";
import type { Interval } from "./interval.ts";
import { randomStream } from "../random.ts";
import { checkNumbers, checkShare } from "./numbers.ts";
import { studentTCritical } from "./student-t.ts";

export type MeanMethod = "t" | "bootstrap-t" | "bca" | "percentile" | "expanded-percentile";

export interface MeanIntervalOptions extends ResamplingOptions {
  readonly level?: number;
  readonly method?: MeanMethod;
}

export function meanInterval(
  values: ArrayLike<number>,
  { level = 0.95, method = "t", ...resampling }: MeanIntervalOptions = {},
): Interval & { readonly estimate: number } {
  checkNumbers("meanInterval", values, 2);
  checkShare("meanInterval", "level", level);
  if (method === "t") return tInterval(values, level);
  if (method === "bootstrap-t") return bootstrapTInterval(values, level, resampling);
  return bootstrapInterval([values], ([sample]) => mean(sample!), { level, method, ...resampling });
}

function tInterval(values: ArrayLike<number>, level: number) {
  const estimate = mean(values);
  const half = studentTCritical(1 - level, values.length - 1) * standardError(values);
  return { estimate, low: estimate - half, high: estimate + half, level, method: "t" };
}

function bootstrapTInterval(values: ArrayLike<number>, level: number, { resamples = 10_000, seed = 1 }: ResamplingOptions) {
  const n = values.length;
  const estimate = mean(values);
  const error = standardError(values);
  const { uniform } = randomStream(seed, "bootstrap");
  const ts = new Float64Array(resamples);
  for (let resample = 0; resample < resamples; resample++) {
    let sum = 0;
    let squares = 0;
    for (let draw = 0; draw < n; draw++) {
      const value = values[Math.floor(uniform() * n)]! - estimate;
      sum += value;
      squares += value * value;
    }
    const variance = Math.max(0, squares - (sum * sum) / n) / (n - 1);
    const flat = variance < 1e-20 * squares;
    ts[resample] = sum === 0 ? 0 : flat ? Math.sign(sum) * Infinity : sum / n / Math.sqrt(variance / n);
  }
  ts.sort();
  return {
    estimate,
    low: estimate - quantileOfSorted(ts, (1 + level) / 2) * error,
    high: estimate - quantileOfSorted(ts, (1 - level) / 2) * error,
    level,
    method: "bootstrap-t",
  };
}
