import type { Parameters } from "../kinds.ts";
import { copyOf, keptPart, withTheRest } from "../plugin/frozen.ts";
import type { Trains } from "../plugin/frozen.ts";
import type { Learner } from "./learner.ts";
import { accumulateGradients, disposeTrained } from "./update.ts";
import type { LossAndGradients, StepTaker, Trained } from "./update.ts";
import { free } from "../math/memory.ts";

export interface LocalWork<Batch> {
  /** Loss and gradients of a micro-batch that is made, and freed, within. */
  readonly gradients: (parameters: Parameters, make: () => Batch) => LossAndGradients;
  readonly takeStep: StepTaker;
  /** What of the parameters a checkpoint holds. */
  readonly kept: Trains;
}

/** A policy whose weights are here. */
export interface LocalLearner<Batch> extends Learner<Batch> {
  /** As they are now; the next step frees them. */
  readonly parameters: Parameters;
}

/** Takes over `start`, whose tensors are its own from here on. */
export function localLearner<Batch>(start: Trained, { gradients, takeStep, kept }: LocalWork<Batch>): LocalLearner<Batch> {
  let trained = start;
  return {
    get steps() {
      return trained.steps;
    },
    get parameters() {
      return trained.parameters;
    },
    gradient: async (parts) => {
      const sum = accumulateGradients(
        trained.parameters,
        parts.map((make) => () => gradients(trained.parameters, make)),
      );
      return {
        loss: sum.loss,
        step: async (learningRate) => {
          const stepped = takeStep(trained, sum, learningRate);
          trained = stepped.trained;
          return stepped.gradientNorm;
        },
        dispose: () => free(sum.gradients),
      };
    },
    save: async () => ({
      tensors: { model: keptPart(trained.parameters, kept), optimizer: trained.optimizerState },
      state: { steps: trained.steps },
      kept: [],
    }),
    outcome: async () => ({ parameters: copyOf(trained.parameters) }),
    dispose: () => disposeTrained(trained),
  };
}

/** What a checkpoint saved of a local learner, with what it left to `policy`, or what `begin` makes where there is none. */
export function trainedOf(
  saved: { readonly tensors: Readonly<Record<string, Parameters>>; readonly state: { readonly steps: number } } | null,
  { policy, kept }: { readonly policy: Parameters; readonly kept: Trains },
  begin: () => Trained,
): Trained {
  if (saved === null) return begin();
  return {
    parameters: withTheRest(saved.tensors.model!, policy, kept),
    optimizerState: saved.tensors.optimizer!,
    steps: saved.state.steps,
  };
}
