import type { Container } from "../plugin/container.ts";
import type { Experiment } from "../experiment/load.ts";
import type { Cell } from "../experiment/cell.ts";
import type { Compiler } from "../services/compiler.ts";
import type { Progress } from "../services/progress.ts";
import type { Resolved } from "../plugin/resolved.ts";
import type { Artefact } from "./artefact.ts";

export interface RunRequest {
  readonly experiment: Experiment;
  readonly cell: Cell;
  readonly seed: number;
  /** runs/<experiment> */
  readonly root: string;
  /** Take artefacts that came with the experiment. */
  readonly useShipped: boolean;
  readonly container: Container;
  /** Makes an engine the current backend, and says which it is. */
  readonly startEngine: () => Promise<StartedEngine>;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export interface StartedEngine {
  readonly name: string;
  /** Version and device. */
  readonly detail: string;
  readonly compiler?: Compiler;
  /** What was tried before it, and why it is none of those. */
  readonly passedOver?: readonly { readonly name: string; readonly detail: string }[];
}

/** How far a run is: the content of status.json. */
export interface RunStatus {
  readonly status: "running" | "done" | "failed" | "collapsed" | "interrupted";
  readonly reason: string | null;
  /** Hash of the resolved experiment and seed. */
  readonly key: string;
  /** When it was written. */
  readonly at?: string;
}

/** One stage of a finished run, as results.json lists it. */
export interface StageRecord {
  readonly name: string;
  readonly use: string;
  readonly role: StageRole;
  readonly key: string;
  /** Relative to runs/<experiment>. */
  readonly folder: string;
  readonly status: Artefact["status"];
  readonly results: Artefact["results"];
}

/**
 * What a stage is to its run. trains: it keeps the policy it makes in the run's folder and gives a score an iteration; before and after it is what a run is
 * judged by. measures: it gives an accuracy. prepares: neither.
 */
export type StageRole = "trains" | "measures" | "prepares";

/** Told from where it keeps what it makes and which metrics it declares: no stage is known by its name. */
export function roleOf({ component, options }: Resolved<"stage">): StageRole {
  if (component.keeps === "run" && component.metrics !== undefined && "score" in component.metrics) return "trains";
  return component.measures?.(options).includes("accuracy") ? "measures" : "prepares";
}
