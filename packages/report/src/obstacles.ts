import { measures } from "./stage-role.ts";
import type { ComparedMetric } from "./metric.ts";
import type { Grid, GridCell } from "./read-grid.ts";
import type { GridRun } from "./grid-run.ts";
import { basename } from "node:path";
import { measuredDifferently } from "./measurement.ts";
import { settingsOf } from "./settings.ts";
import { originOf } from "./start.ts";
import { differentVersions, versionText, withoutVersions } from "./versions.ts";
import { listing, short } from "./wording.ts";

/** Why nothing may be said of a comparison, whatever its numbers are. */
export interface Obstacle {
  /** In a word or two, for a table. */
  readonly short: string;
  /** The same as a clause: "the runs read different data". */
  readonly clause: string;
  /**
   * The interval still holds for what it says it is over, which is less than a verdict takes. Else nothing is given that could be taken for a claim: no
   * interval, no test, no probability, no order.
   */
  readonly keepsInterval?: true;
}

export interface ComparedRuns {
  readonly grid: Pick<Grid, "gathered" | "seedLevels">;
  readonly metric: ComparedMetric;
  readonly cell: GridCell;
  readonly pairs: readonly (readonly [first: GridRun, second: GridRun])[];
}

/** What makes two variants' runs no fair comparison; null where nothing is known that does, and in runs from anywhere all of it is known. */
export function obstacleOf({ grid, metric, cell, pairs }: ComparedRuns): Obstacle | null {
  const isTheQuestion = !grid.gathered && isOfMeasurement(cell, metric);
  return measuredAlike(grid, pairs.flat(), metric.path, { isTheQuestion }) ?? (grid.gathered ? startedAlike(grid, pairs) : null);
}

/**
 * Why numbers of some runs can't be laid side by side: they read other data, or measured in another way or with other versions of what measures; null where they
 * can. `isTheQuestion`: another way of measuring is what is asked about.
 */
export function measuredAlike(
  { gathered }: Pick<Grid, "gathered">,
  runs: readonly GridRun[],
  path: string,
  { isTheQuestion = false }: { readonly isTheQuestion?: boolean } = {},
): Obstacle | null {
  const data = dataOf(runs);
  if (data === "different")
    return { short: "different data", clause: "the runs read different data, so a difference may be the data’s" };
  if (data === "unknown in some")
    return {
      short: "data not known",
      clause: "some of the runs don’t say which data they read, so that it was the same isn’t known",
    };
  const measured = measuredDifferently(runs, path);
  if (measured.length > 0 && !isTheQuestion)
    return {
      short: "measured differently",
      clause: `they were measured differently (${listing(measured.map(({ name, values }) => `${name}: ${values.join(" and ")}`))}), so a difference may be the measurement’s`,
    };
  const stage = path.split(".")[0]!;
  const versions = differentVersions(runs, stage).filter((one) => one.measures);
  if (versions.length > 0)
    return {
      short: "other versions",
      clause: `what measures was not of one version (${listing(versions.map(versionText))}), so a difference may be the measurement’s`,
    };
  return gathered ? measurementKnown(runs, stage) : null;
}

/** Runs of a grid have the keys that its experiment gives them, which hold all settings and versions. Of runs from anywhere only what they say is known. */
function measurementKnown(runs: readonly GridRun[], stage: string): Obstacle | null {
  const unread = runs.find(({ folder }) => settingsOf(folder) === null);
  if (unread)
    return {
      short: "settings not known",
      clause: `the settings of ${runText(unread)} can’t be read (${basename(unread.folder)}/experiment.yaml is missing or damaged), so that it was measured in the same way isn’t known`,
    };
  const unsaid = withoutVersions(runs, stage);
  return unsaid === undefined
    ? null
    : {
        short: "versions not known",
        clause: `${runText(unsaid)} doesn’t say which versions it was measured with (its provenance.json is older, or damaged), so that they were the same isn’t known`,
      };
}

const runText = ({ cell, label }: GridRun) => `${short(cell, 60)}, ${label},`;

function startedAlike({ seedLevels }: Pick<Grid, "seedLevels">, pairs: ComparedRuns["pairs"]): Obstacle | null {
  const starts = pairs.map((pair) => pair.map((run) => originOf(run, seedLevels)));
  if (starts.flat().includes(null))
    return {
      short: "cold start not known",
      clause: "some of the runs don’t say what they began from, so that it was the same cold start isn’t known",
    };
  return starts.every(([first, second]) => first === second)
    ? null
    : {
        short: "another cold start",
        clause: "they began from different cold starts, so a difference may be the cold start’s",
      };
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
  const evaluations = runs.flatMap(({ stages }) => stages.flatMap((stage) => (measures(stage) ? [stage.name] : [])));
  return [metric.path.split(".")[0]!, ...evaluations].some((stage) => path.startsWith(`stages.${stage}.`));
}
