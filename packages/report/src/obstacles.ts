import type { ComparedMetric } from "./metric.ts";
import type { Grid, GridCell } from "./read-grid.ts";
import type { GridRun } from "./read-run.ts";
import { measuredDifferently } from "./measurement.ts";
import { originOf } from "./start.ts";
import { listing } from "./wording.ts";

/** Why nothing may be said of a comparison, whatever its numbers are. */
export interface Obstacle {
  /** In a word or two, for a table. */
  readonly short: string;
  /** The same as a clause: "the runs read different data". */
  readonly clause: string;
}

export interface ComparedRuns {
  readonly grid: Pick<Grid, "gathered" | "seedLevels">;
  readonly metric: ComparedMetric;
  readonly cell: GridCell;
  readonly pairs: readonly (readonly [first: GridRun, second: GridRun])[];
}

/** What makes two variants' runs no fair comparison; null where nothing is known that does. */
export function obstacleOf({ grid, metric, cell, pairs }: ComparedRuns): Obstacle | null {
  const runs = pairs.flat();
  const data = dataOf(runs);
  if (data === "different")
    return { short: "different data", clause: "the runs read different data, so a difference may be the data’s" };
  if (data === "unknown in some")
    return {
      short: "data not known",
      clause: "some of the runs don’t say which data they read, so that it was the same isn’t known",
    };
  const measured = measuredDifferently(runs, metric.path);
  if (measured.length > 0 && (grid.gathered || !isOfMeasurement(cell, metric)))
    return {
      short: "measured differently",
      clause: `they were measured differently (${listing(measured.map(({ name, values }) => `${name}: ${values.join(" and ")}`))}), so a difference may be the measurement’s`,
    };
  if (grid.gathered && pairs.some(([first, second]) => originOf(first, grid.seedLevels) !== originOf(second, grid.seedLevels)))
    return {
      short: "another cold start",
      clause: "they began from different cold starts, so a difference may be the cold start’s",
    };
  return null;
}

/** Whether runs read the same data. "unknown": none of them says; then it is taken for the same, and a warning says so. */
export function dataOf(runs: readonly GridRun[]): "same" | "different" | "unknown in some" | "unknown" {
  const known = runs.flatMap(({ provenance }) => provenance?.data ?? []);
  if (new Set(known).size > 1) return "different";
  if (known.length === 0) return "unknown";
  return known.length < runs.length ? "unknown in some" : "same";
}

/** The variant changes how it is measured and nothing else, so the measurement is the question. */
export function isOfMeasurement(cell: Pick<GridCell, "changes" | "runs">, metric: ComparedMetric): boolean {
  return cell.changes.length > 0 && cell.changes.every(({ path }) => isMeasurement(path, cell, metric));
}

/** It changes how it is measured, among other things. */
export function changesMeasurement(cell: Pick<GridCell, "changes" | "runs">, metric: ComparedMetric): boolean {
  return cell.changes.some(({ path }) => isMeasurement(path, cell, metric));
}

/** A setting of the metric's stage, or of another evaluation. */
function isMeasurement(path: string, { runs }: Pick<GridCell, "runs">, metric: ComparedMetric): boolean {
  const evaluations = runs.flatMap(({ stages }) => stages.flatMap(({ name, use }) => (use === "evaluate" ? [name] : [])));
  return [metric.path.split(".")[0]!, ...evaluations].some((stage) => path.startsWith(`stages.${stage}.`));
}
