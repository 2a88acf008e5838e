import type { Dataset, ItemOutline, KeptPolicy, Model, Parameters, RemoteModel } from "./kinds.ts";
import type { Compiler } from "./services/compiler.ts";
import type { StageMetrics } from "./services/metrics.ts";
import type { Progress } from "./services/progress.ts";
import type { Random } from "./services/random.ts";
import type { Token } from "./services/token.ts";

/** All that a stage works with; ours use nothing else. It writes into its folder and nowhere else. */
export interface StageContext {
  /** The stage's name in the experiment. */
  readonly name: string;
  /** An existing folder: the run's own where the stage keeps "run", a fresh artefact folder where it keeps "artefact". */
  readonly folder: string;
  /** Content hash of all that the stage's result depends on; a checkpoint says it, so that none is taken for another's. */
  readonly key: string;
  readonly seed: number;
  /** `isRemote` and `weightsHere` tell them apart. */
  readonly model: Model | RemoteModel;
  readonly data: Dataset;
  /** The policy as the stages before left it. The pipeline owns these tensors. Of a remote model there are none. */
  readonly policy: Parameters;
  /** The same of a remote model, which the stage itself goes back to (`RemoteModel.goBack`); null where the weights are here. */
  readonly kept: KeptPolicy | null;
  /** Aborted when the user interrupts; the stage then saves, and throws `Interrupted`. */
  readonly signal: AbortSignal;
  readonly progress: Progress;
  readonly compiler: Compiler;
  /** Streams of this stage and of its components; they go on where a checkpoint left them. */
  readonly random: Random;
  /** What the stage and its components count. */
  readonly metrics: StageMetrics;
  readonly checkpoints: Checkpoints;
  /** `<name>.jsonl` in the stage's folder (`metrics` and `samples` are what reports read). What was written after the last checkpoint is cut off when the stage goes on. */
  log(name: string): Log;
  /** A service that plugins or the run provide. */
  service<T>(token: Token<T>): T;
}

/** How a stage goes on after a kill: what it saves comes back, with the random streams, the logs and the components' state of that instant. */
export interface Checkpoints {
  /** What was saved last, or null. Its tensors are the caller's. To be called once, before the stage begins. */
  resume<S>(): Saved<S> | null;
  /** Writes all of it, whole or not at all. A step that is saved already is not saved again. */
  save<S>(saved: Saved<S>): Promise<void>;
}

/** What a checkpoint holds of a stage. */
export interface Saved<S> {
  /** Iterations or steps done. */
  readonly step: number;
  /** Sets of tensors by name, e.g. model and optimizer. Those given to `save` stay the caller's. */
  readonly tensors: Readonly<Record<string, Parameters>>;
  /** What else the stage needs to go on. JSON. */
  readonly state: S;
  /** Of a remote model: what its `keep` gave for this. It is dropped when the checkpoint is; absent: nothing is dropped. */
  readonly kept?: readonly KeptPolicy[];
}

/** Lines of JSON. */
export interface Log {
  append(line: object): void;
}

/** What a stage leaves: results that runs can be compared by, and the policy where it has changed. */
export interface StageOutcome {
  /** collapsed: the run came to an end, and the policy is not fit to be compared as if it were sound. */
  readonly status: "done" | "collapsed";
  readonly reason?: string;
  /** A new policy, which the pipeline takes over; absent: unchanged. */
  readonly parameters?: Parameters;
  /** The same of a remote model: what its `keep` gave. */
  readonly kept?: KeptPolicy;
  /** Items that the stages after it see in a split's place. */
  readonly items?: ItemsLeft;
  /** What the report shows of the stage. JSON. */
  readonly results?: Readonly<Record<string, unknown>>;
}

/**
 * A choice of a split's items, in an order, with what a stage has found out about each. `file`, in the stage's folder, has a line of JSON for each: its place in the
 * split as the stage saw it, its id, a thought where it has a new one; what is no field of an item goes into its `extra`. Pictures are read as before, when they are used.
 */
export interface ItemsLeft {
  readonly split: string;
  readonly file: string;
}

/** A stage of the pipeline: it makes of a policy another, or measures it. */
export interface Stage {
  run(context: StageContext): Promise<StageOutcome>;
}

export interface SplitNeeds {
  readonly name: string;
  /** The option that names it, if one does. */
  readonly option?: string;
  /** How many items, from the start; absent or null: all. */
  readonly items?: number | null;
  /** What the stage may ask about an item, so that a prompt that is too long is found before the first stage runs. Absent: nothing. */
  asks?(item: ItemOutline): readonly Ask[];
}

export interface Ask {
  readonly item: ItemOutline;
  /** What is to be written, or the most tokens of it. */
  readonly response: string | number;
}

/** What a stage asks of the data and the model, so that what is missing is found before the first stage runs. */
export interface StageNeeds {
  /** Splits of the data, each with the option that names it, if one does. */
  readonly splits: readonly SplitNeeds[];
  /** The option that asks for a value head (e.g. `critic`), where one is needed; true: the stage itself does. */
  readonly valueHead?: string | true;
  /** The temperature of the log-probabilities that it trains by, and the option that says so, if one does; absent: it asks for none. */
  readonly logProbsAt?: { readonly temperature: number; readonly option?: string };
  /** The option that asks for the entropies of the model's distributions (e.g. `loss.mask`), where they are needed. */
  readonly entropies?: string;
  /** A seed of the stage's own, whatever the run's is. */
  readonly seed?: number;
}

/** A count with its unit: what is counted, e.g. prompts. Tokens are at most. */
export type Amounts = Readonly<
  Partial<Record<"prompts" | "responses" | "examples" | "tokens" | "updates" | "forwardPasses", number>>
>;

/** How much a stage does, by arithmetic on its options: what `plan` prints, and progress counts. */
export interface StageWork {
  /** What its progress counts. */
  readonly unit: "iterations" | "steps" | "items";
  /** null: as many as the split of the data has. */
  readonly units: number | null;
  readonly split: string;
  /** In order: per iteration, per update, in all. Each unit stands in its key. */
  readonly per: readonly { readonly what: "iteration" | "update" | "step" | "item" | "all"; readonly amounts: Amounts }[];
  /** What the amounts leave open. */
  readonly notes: readonly string[];
  /** What one unit costs, roughly: tokens sampled at most, or examples learnt. For comparing cells, not for time as such. */
  readonly size: number;
}

/** Why a stage is cut short: `time`, so that one unit can be timed; `resume`, so that it can be killed and resumed many times. */
export type Purpose = "time" | "resume";
