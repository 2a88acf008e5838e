import type { KindAccuracy } from "./by-kind.ts";
import type { Calibration } from "./calibration.ts";
import type { CellComparison } from "./comparisons.ts";
import type { Cost } from "./cost.ts";
import type { Effects } from "./effects.ts";
import type { MainTable } from "./main-table.ts";
import type { ModelPair, RefusedPairs } from "./mcnemar.ts";
import type { ComparedMetric } from "./metric.ts";
import type { SeedLevel } from "./read-grid.ts";
import type { Status } from "./grid-run.ts";
import type { Robust } from "./robust.ts";
import type { Stability } from "./stability.ts";

/** What a grid's runs measured, and what may be said of it: report.json. Shares and differences of shares are 0 to 1. */
export interface Summary {
  readonly name: string;
  /** The result in words, a line for each paragraph. */
  readonly answer: string;
  /** The first is the answer; then what RL did, how sure that is, whether seeds were fixed beforehand, and what explains nothing. */
  readonly paragraphs: readonly string[];
  /** A line for each comparison in the primary metric, with all that it rests on. */
  readonly verdicts: readonly string[];
  /** What to know of the intervals at this number of seeds, by simulation. */
  readonly cautions: readonly string[];
  /** Runs that are unfinished, failed or collapsed, and files that could not be read. */
  readonly warnings: readonly string[];
  readonly runs: number;
  readonly seeds: number;
  /** The stages with seeds of their own: what a run's number stands for. */
  readonly seedLevels: readonly SeedLevel[];
  /** The primary one first. */
  readonly metrics: readonly [ComparedMetric, ...ComparedMetric[]];
  readonly cells: readonly CellSummary[];
  readonly table: MainTable;
  /** Each cell against the one it is compared with, in the primary metric, over the seeds that both have. */
  readonly comparisons: readonly CellComparison[];
  /** The same in the further metrics, each corrected by itself: secondary, to be read as hints. */
  readonly alsoCompared: readonly CellComparison[];
  /** Main effects and interactions, where the grid is a full factorial. */
  readonly effects: Effects | null;
  /** Interquartile means, probabilities of improvement, performance profiles: they stand beside, and decide nothing. */
  readonly robust: Robust;
  /** McNemar's test, model against model on the same items, for each comparison and seed. */
  readonly mcnemar: readonly ModelPair[];
  /** Those for which there is none, and why. */
  readonly mcnemarRefused: readonly RefusedPairs[];
}

export interface CellSummary {
  readonly name: string;
  readonly baseline: boolean;
  readonly runs: readonly RunSummary[];
  /** Over the runs that have the number. */
  readonly mean: Measures;
  /** Runs that have an accuracy after RL. */
  readonly evaluated: number;
  /** Standard error of the mean gain over test items alone; null where before and after can't be paired. */
  readonly gainItemError: number | null;
  readonly items: number | null;
  readonly stability: Stability;
  readonly cost: Cost;
  /** Whether a majority's size tells how far to trust it, after RL; null where votes were not kept. */
  readonly calibration: Calibration | null;
  /** Accuracy on each kind of question, after RL. */
  readonly byKind: readonly KindAccuracy[];
}

export interface RunSummary {
  readonly seed: number;
  /** What it is called by its seeds: "seed 3", "coldStart 2 · rl 3". */
  readonly label: string;
  readonly status: Status;
  readonly reason: string | null;
  /** It collapsed before it could be evaluated, and counts as the worst there is: an accuracy of 0. */
  readonly countedAsWorst: boolean;
  readonly measures: Measures;
}

/** null: not measured. */
export interface Measures {
  readonly accuracyBefore: number | null;
  readonly accuracyAfter: number | null;
  readonly gain: number | null;
  /** Means of the rules in the evaluation after RL. */
  readonly rules: Readonly<Record<string, number>>;
  /** Votes → accuracy. */
  readonly votingBefore: Readonly<Record<string, number>>;
  readonly votingAfter: Readonly<Record<string, number>>;
  /** The metrics that tell how stable training was, by name, each summed up as it is declared. */
  readonly training: Readonly<Record<string, number | null>>;
}
