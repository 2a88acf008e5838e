import { metricPath, valueOfWay } from "@rewardlab/core/host";
import { finiteOf } from "./plain.ts";
import type { Grid } from "./read-grid.ts";
import type { GridRun } from "./grid-run.ts";

/** A number that runs are compared by, `<stage>.<way to it in the stage's results>`, and how it is written. */
export interface ComparedMetric {
  readonly path: string;
  /** As a heading: accuracy, accuracy of 15 votes. */
  readonly title: string;
  /** A share is written in %, its differences in points. */
  readonly isShare: boolean;
  /** Which way is better; null where only higher and lower can be said. */
  readonly better: "higher" | "lower" | null;
}

/** The metrics that a grid's cells are compared by, the primary one first. By default it is the accuracy after RL. */
export function comparedMetrics(
  grid: Pick<Grid, "compare" | "alsoCompare" | "cells">,
): readonly [ComparedMetric, ...ComparedMetric[]] {
  const runs = grid.cells.flatMap((cell) => cell.runs);
  const stage = runs.flatMap(({ after }) => after?.stage ?? [])[0] ?? "evaluate";
  const primary = grid.compare ?? `${stage}.accuracy`;
  const others = [...new Set(grid.alsoCompare)].filter((path) => path !== primary);
  return [describeMetric(primary, runs), ...others.map((path) => describeMetric(path, runs))];
}

function describeMetric(path: string, runs: readonly GridRun[]): ComparedMetric {
  const values = runs.flatMap((run) => metricValue(run, path) ?? []);
  const { way } = metricPath(path);
  const { stage: first, way: second } = metricPath(way); // a rule's name may hold dots
  const last = path.slice(path.lastIndexOf(".") + 1);
  const isAccuracy = last === "accuracy" || last === "accuracyPlus" || first === "voting";
  const fits = values.every((value) => value >= 0 && value <= 1);
  return {
    path,
    title: titleOf(path, first, second),
    isShare: fits && (isAccuracy || first === "unreadable" || (first === "rules" && values.length > 0)),
    better: isAccuracy ? "higher" : first === "unreadable" ? "lower" : null,
  };
}

function titleOf(path: string, first: string, second: string): string {
  if (first === "accuracy") return "accuracy";
  if (first === "accuracyPlus") return "ACC+";
  if (first === "voting") return `accuracy of ${second} vote${second === "1" ? "" : "s"}`;
  if (first === "unreadable") return "unreadable answers";
  if (first === "rules") return second;
  return first === "byKind" && second.endsWith(".accuracy") ? `accuracy, ${second.slice(0, -".accuracy".length)}` : path;
}

/** The metric of one run, or null where it wasn't measured or is no finite number. */
export function metricValue({ stages }: Pick<GridRun, "stages">, path: string): number | null {
  const { stage, way } = metricPath(path);
  return finiteOf(valueOfWay(stages.findLast(({ name }) => name === stage)?.results, way));
}
