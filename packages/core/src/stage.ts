import type { Dataset, Model, Parameters } from "./kinds.ts";

/** What a stage works with. It writes into its folder and nowhere else. */
export interface StageContext {
  /** The stage's name in the experiment. */
  readonly name: string;
  /** An existing folder: the run's own where the stage keeps "run", a fresh artefact folder where it keeps "artefact". */
  readonly folder: string;
  /** Content hash of all that the stage's result depends on; a checkpoint says it, so that none is taken for another's. */
  readonly key: string;
  readonly seed: number;
  readonly model: Model;
  readonly data: Dataset;
  /** The policy as the stages before left it. The pipeline owns these tensors. */
  readonly policy: Parameters;
  /** Aborted when the user interrupts; the stage then saves, and throws `Interrupted`. */
  readonly signal: AbortSignal;
}

export interface StageOutcome {
  /** collapsed: the run came to an end, and the policy is not fit to be compared as if it were sound. */
  readonly status: "done" | "collapsed";
  readonly reason?: string;
  /** A new policy, which the pipeline takes over; absent: unchanged. */
  readonly parameters?: Parameters;
  /** What the report shows of the stage. JSON. */
  readonly results?: Readonly<Record<string, unknown>>;
}

export interface Stage {
  run(context: StageContext): Promise<StageOutcome>;
}
