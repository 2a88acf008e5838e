import { runFolder } from "@rewardlab/core/host";
import type { PlannedRun } from "./grid.ts";
import { readStepTimes, readTiming } from "./timing.ts";
import type { Timing } from "./timing.ts";

/** What stands before a grid, for an estimate of its time. */
export interface RunAhead {
  readonly run: string;
  readonly stages: readonly StageAhead[];
}
export interface StageAhead {
  readonly name: string;
  /** Runs with the same key share the stage's artefact: it counts once. null: the run's own. */
  readonly sharedKey: string | null;
  /** Known to be made. */
  readonly done: boolean;
  /** null: as many as the data have. */
  readonly units: number | null;
  readonly size: number;
}

export interface Estimate {
  /** Seconds until all is done with so many workers; null where a stage was never timed. */
  readonly seconds: number | null;
  /** Seconds of work in all. */
  readonly work: number;
  /** Stages that nothing tells the time of. */
  readonly unknown: readonly string[];
  /** Seconds that one unit takes, by stage, for the size it was timed at, and where that is from. */
  readonly rates: readonly {
    readonly stage: string;
    readonly secondsPerUnit: number;
    readonly timed: number;
    readonly source: string;
  }[];
}

/** Timings of one origin, and how that is called. */
export interface TimingSource {
  readonly name: string;
  readonly timings: readonly Timing[];
}

/**
 * How long a grid takes: for each stage that is still to be made, units × seconds per unit, as timed; where cells differ in how much a unit is, in
 * proportion. What runs share counts once. Divided by the workers, but at least the longest run.
 *
 * `sources`: what was timed, the most telling first. Each stage is taken from the first that timed it, so that a run which failed early, and timed little or
 * nothing, hides nothing that is known from elsewhere.
 */
export function estimate(runs: readonly RunAhead[], sources: readonly TimingSource[], workers: number): Estimate {
  const rates = new Map<string, Rate & { readonly source: string }>();
  for (const { name: source, timings } of sources)
    for (const [stage, rate] of ratesOf(timings)) if (!rates.has(stage)) rates.set(stage, { ...rate, source });
  const unknown = new Set<string>();
  const counted = new Set<string>();
  let [work, longest] = [0, 0];
  for (const { stages } of runs) {
    let whole = 0;
    for (const stage of stages) {
      if (stage.done) continue;
      if (stage.sharedKey !== null && counted.has(stage.sharedKey)) continue;
      if (stage.sharedKey !== null) counted.add(stage.sharedKey);
      const rate = rates.get(stage.name);
      const units = stage.units ?? rate?.of;
      if (rate === undefined || units === undefined) unknown.add(stage.name);
      else whole += units * rate.secondsPerUnit * (rate.size > 0 && stage.size > 0 ? stage.size / rate.size : 1);
    }
    work += whole;
    longest = Math.max(longest, whole);
  }
  return {
    seconds: unknown.size > 0 ? null : Math.max(work / Math.max(1, workers), longest),
    work,
    unknown: [...unknown],
    rates: [...rates].map(([stage, { secondsPerUnit, timed, source }]) => ({ stage, secondsPerUnit, timed, source })),
  };
}

interface Rate {
  readonly secondsPerUnit: number;
  readonly size: number;
  readonly of: number;
  readonly timed: number;
}

/** Of each stage: the mean over all that was timed of it. */
function ratesOf(timings: readonly Timing[]): Map<string, Rate> {
  const sums = new Map<string, { units: number; seconds: number; amount: number; of: number }>();
  for (const { stages } of timings)
    for (const [name, { units, seconds, size, of }] of Object.entries(stages)) {
      if (!(units > 0)) continue;
      const sum = sums.get(name) ?? { units: 0, seconds: 0, amount: 0, of: 0 };
      sums.set(name, {
        units: sum.units + units,
        seconds: sum.seconds + seconds,
        amount: sum.amount + units * size,
        of: Math.max(sum.of, of),
      });
    }
  return new Map(
    [...sums].map(([name, { units, seconds, amount, of }]) => [
      name,
      { secondsPerUnit: seconds / units, size: amount / units, of, timed: units },
    ]),
  );
}

/** What earlier runs of a grid have recorded, finished or not. */
export function timingsOf(root: string, runs: readonly PlannedRun[]): Timing[] {
  return runs.flatMap(({ cell, seed }) => {
    const folder = runFolder(root, cell.name, seed);
    const timing = readTiming(folder);
    const steps = readStepTimes(folder);
    if (timing === null) return Object.keys(steps).length === 0 ? [] : [{ seconds: 0, peakMemory: 0, stages: steps }];
    return [{ ...timing, stages: { ...steps, ...timing.stages } }];
  });
}
