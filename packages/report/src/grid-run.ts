import type { Declarations } from "./read-declarations.ts";
import type { Evaluation } from "./read-evaluation.ts";

export type Status = "queued" | "running" | "interrupted" | "failed" | "collapsed" | "done";

export interface GridRun {
  readonly cell: string;
  /** The run's number; runs of the same one are paired. */
  readonly seed: number;
  /** What it is called by its seeds: "seed 3"; where several stages have seeds of their own "coldStart 2 · rl 3". */
  readonly label: string;
  /** Each stage's seed, as the experiment writes it: the same for all runs where it is fixed. Empty where nothing says. */
  readonly seeds: Readonly<Record<string, number>>;
  readonly folder: string;
  readonly status: Status;
  readonly reason: string | null;
  readonly provenance: Provenance | null;
  /** In order; of an unfinished run those that are there so far. */
  readonly stages: readonly RunStage[];
  /** The last evaluation before the first RL stage, and the last one after it. */
  readonly before: Evaluation | null;
  readonly after: Evaluation | null;
  /** RL's iterations; those of a second RL stage are counted on. */
  readonly iterations: readonly Iteration[];
  /** What the RL stages’ components say of the numbers in them, by metrics.json; empty for a run made before there was one. */
  readonly declared: Declarations;
  /** How long it took in all, by timing.json, which the launcher writes; null where there is none. */
  readonly seconds: number | null;
  /** What could not be read. */
  readonly problems: readonly string[];
}

export interface RunStage {
  readonly name: string;
  readonly use: string;
  /** What it is to the run; null: the run doesn't say. */
  readonly role?: string | null;
  readonly key: string;
  /** Where its files lie; they may be elsewhere, or gone: the results are here all the same. */
  readonly folder: string;
  readonly results: unknown;
}

export interface Provenance {
  readonly engine: string | null;
  readonly node: string | null;
  readonly platform: string | null;
  readonly data: string | null;
  /** Each stage's seed as the experiment writes it; null where an older run didn't say. */
  readonly seeds: Readonly<Record<string, number>> | null;
  readonly plugins: readonly { readonly name: string; readonly version: string }[];
  readonly versions: { readonly model: Versions | null; readonly data: Versions | null };
  readonly stages: readonly {
    readonly name: string;
    readonly use: string;
    readonly role?: string | null;
    readonly key: string;
    readonly versions: Versions | null;
  }[];
}

export interface Iteration {
  readonly iteration: number;
  /** By name, rules as rules.<name>. NaN and ±∞ were measured; what was not is absent. */
  readonly values: Readonly<Record<string, number>>;
}

/** Versions of the components that a part of a run (the data, the model, a stage) is made of, by kind and name. */
export type Versions = Readonly<Record<string, string>>;
