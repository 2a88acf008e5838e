/** What the runner asks a worker for, and what a worker tells. One JSON object a line, after "@@", so that other output does no harm. */
export const TASKS = ["update", "generation", "iteration", "load"] as const;
export type TaskName = (typeof TASKS)[number];

/** The files that all contenders of a config read; of a real model the weights are a folder. */
export interface InputFiles {
  readonly weights: string;
  readonly inputs: string;
}

/** A worker's command line: this as JSON. */
export interface Assignment {
  readonly task: TaskName;
  readonly contender: string;
  readonly config: string;
  readonly weights: string;
  readonly inputs: string;
  /** Where the update task writes its log-probabilities and gradients, to be compared. */
  readonly check: string;
  /** For what a contender needs on disk; it may throw it away. */
  readonly scratch: string;
  readonly threads: number;
}

/** After `ready`, each line "go" on stdin is answered by one `done`; the line "end", or its end, ends the worker. */
export type Message =
  | { readonly type: "ready"; readonly detail: string }
  | { readonly type: "done"; readonly ms: number; readonly parts?: Readonly<Record<string, number>> };
