import type { KeptPolicy, Parameters } from "../kinds.ts";
import type { StageOutcome } from "../stage.ts";

/** A policy under training, wherever its weights are: `localLearner` has them here, `remoteLearner` with a service. */
export interface Learner<Batch> {
  /** Optimizer steps taken. */
  readonly steps: number;
  /** Of the sum of the losses of some micro-batches. Each is made when its turn comes. Nothing of the policy is changed. */
  gradient(parts: readonly (() => Batch)[]): Promise<Gradient>;
  /** What a checkpoint needs, and `Learner`s are made of again. The tensors stay the learner's. `name`: for a service. */
  save(name: string): Promise<SavedLearner>;
  /** The policy as a stage gives it on. */
  outcome(name: string): Promise<Pick<StageOutcome, "parameters" | "kept">>;
  dispose(): void;
}

/** A loss with its gradient, which is consumed by one of its methods. */
export interface Gradient {
  readonly loss: number;
  /** One optimizer step; the gradient's norm before it was clipped, null where a service doesn't say. Throws `NonFinite` before anything is changed. */
  step(learningRate: number): Promise<number | null>;
  dispose(): void;
}

export interface SavedLearner {
  /** Sets of tensors by name; none where the weights are with a service. */
  readonly tensors: Readonly<Record<string, Parameters>>;
  readonly state: LearnerState;
  /** What a service keeps for it. */
  readonly kept: readonly KeptPolicy[];
}

/** JSON. */
export interface LearnerState {
  readonly steps: number;
  /** Of a remote policy: as it was then, and as it was when the stage began. */
  readonly remote?: { readonly policy: KeptPolicy; readonly reference: KeptPolicy };
}
