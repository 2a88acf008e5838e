// What experiments/algorithms measured, as tools/site/write-measured.ts writes it down and the algorithms' pages show it.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { table } from "./markdown.ts";

/** An entry for each algorithm that was in the experiment. */
export interface Measured {
  readonly measuredOn: string;
  readonly algorithms: Readonly<Record<string, MeasuredAlgorithm>>;
}
/** Numbers of the test split, each a share; lists have an entry for each seed. */
export interface MeasuredAlgorithm {
  readonly before: number;
  readonly accuracy: readonly number[];
  /** Of the majority of five samples. */
  readonly votes: readonly number[];
  /** Over all iterations and seeds; null: nobody counted. */
  readonly largestRatio: number | null;
  /** Mean over iterations and seeds. */
  readonly clipFraction: number | null;
}

export const measuredFile = "experiments/algorithms/results.json";

/** What was measured; nothing where the file isn't there. */
export function readMeasured(root: string): Measured {
  const path = join(root, measuredFile);
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Measured) : { measuredOn: "", algorithms: {} };
}

/** Accuracy before and after in a few words. */
export function accuracyText({ algorithms }: Measured, name: string): string {
  const own = algorithms[name];
  return own === undefined ? "not measured" : `${percent(own.before)} → ${own.accuracy.map(percent).join(", ")} %`;
}

const percent = (share: number) => (100 * share).toFixed(1);

/** The table of one algorithm, with what it may be taken for. */
export function measuredText(measured: Measured, name: string): string {
  const own = measured.algorithms[name];
  if (own === undefined)
    return "Not measured yet: [experiments/algorithms](../../experiments/algorithms/README.md) has it once it is in the experiment's list.";
  const rows = columns.map(([head, of]) => [head, of(own)]);
  return `${table(["of the test split", name], rows)}\n\n${whatItIs(measured)}`;
}

/** A row for each algorithm. */
export function measuredTable({ algorithms }: Measured): string {
  const [, ...heads] = columns;
  const rows = Object.entries(algorithms).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return table(
    ["algorithm", ...heads.map(([head]) => head)],
    rows.map(([name, own]) => [`\`${name}\``, ...heads.map(([, of]) => of(own))]),
  );
}

const columns: readonly (readonly [string, (own: MeasuredAlgorithm) => string])[] = [
  ["accuracy before RL, %", (own) => percent(own.before)],
  ["accuracy after, seed by seed, %", (own) => own.accuracy.map(percent).join(", ")],
  ["majority of 5 samples, %", (own) => own.votes.map(percent).join(", ")],
  ["largest importance ratio", (own) => (own.largestRatio === null ? "not counted" : own.largestRatio.toFixed(2))],
  ["clipped tokens, %", (own) => (own.clipFraction === null ? "not counted" : (100 * own.clipFraction).toFixed(3))],
];

/** What the numbers are, and what they are not. */
export function whatItIs({ measuredOn }: Measured): string {
  return `The tiny model on generated scenes, 480 test questions with 5 samples each, the preset as it stands, 16 iterations of two updates, ${measuredOn}: [the experiment](../../experiments/algorithms/README.md). It shows that the algorithm trains. Nothing was tuned for any of them and two seeds can't rank them: the report calls no comparison distinguishable.`;
}
