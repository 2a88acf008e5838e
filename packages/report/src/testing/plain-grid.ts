import { readEvaluation } from "../read-evaluation.ts";
import type { Grid, GridFactor } from "../read-grid.ts";
import type { GridRun, Status } from "../grid-run.ts";

/** A grid in memory, of runs that are nothing but an evaluation. */
export interface PlainCell {
  readonly name: string;
  readonly against?: string;
  readonly levels?: Readonly<Record<string, string>>;
  /** For each seed 1, 2, …: an accuracy, the accuracies of its items, or a run that has none. */
  readonly runs: readonly (number | readonly number[] | Extract<Status, "failed" | "collapsed">)[];
}

/** For each seed, the accuracies of four items whose mean it is: the same unevenness in all, so that in a difference only seeds matter. */
export const even = (accuracies: readonly number[]): number[][] =>
  accuracies.map((value) => [value + 0.01, value - 0.01, value + 0.02, value - 0.02]);

/** A grid in memory, with nothing on the disk: only the accuracies matter. */
export function plainGrid(cells: readonly PlainCell[], factors: readonly GridFactor[] = []): Grid {
  return {
    root: "/nowhere",
    roots: ["/nowhere"],
    name: "plain",
    description: null,
    file: null,
    compare: "evaluate.accuracy",
    alsoCompare: [],
    seeds: cells[0]!.runs.map((_, index) => index + 1),
    seedLevels: [],
    seedsHistory: [],
    factors,
    gathered: false,
    notes: [],
    cells: cells.map(({ name, against, levels, runs }, index) => ({
      name,
      baseline: index === 0,
      against: against ?? null,
      levels: levels ?? {},
      differences: [],
      changes: [],
      differencesUnknown: null,
      runs: runs.map((value, seed) => runOf(name, seed + 1, value)),
    })),
  };
}

function runOf(cell: string, seed: number, value: PlainCell["runs"][number]): GridRun {
  const results =
    typeof value === "string"
      ? null
      : typeof value === "number"
        ? { accuracy: value }
        : { accuracy: value.reduce((a, b) => a + b, 0) / value.length, perItem: value, items: value.length };
  return {
    cell,
    seed,
    label: `seed ${seed}`,
    seeds: {},
    folder: "/nowhere",
    status: typeof value === "string" ? value : "done",
    reason: null,
    provenance: null,
    stages: results === null ? [] : [{ name: "evaluate", use: "evaluate", key: "k", folder: "/nowhere", results }],
    before: null,
    after: readEvaluation("evaluate", results),
    iterations: [],
    declared: {},
    seconds: null,
    problems: [],
  };
}
