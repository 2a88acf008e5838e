import * as tf from "@tensorflow/tfjs-core";
import type { Scalar } from "@tensorflow/tfjs-core";
import type { Model, RemoteModel } from "../../kinds.ts";
import { isRemote } from "../../plugin/remote-model.ts";
import type { StageContext } from "../../stage.ts";
import { keptNames, trainsOf } from "../../plugin/frozen.ts";
import type { Learner, LearnerState, SavedLearner } from "../learner.ts";
import { localLearner, trainedOf } from "../local-learner.ts";
import { remoteLearner } from "../remote-learner.ts";
import { askedBy, generateRollout, hostResponses, responseTensors } from "../rollout.ts";
import type { Prompts, Rollout } from "../rollout.ts";
import { startTraining } from "../update.ts";
import { noCritic, withoutValueHead, withValueHead } from "./critic.ts";
import { lossOfLogProbs, noEntropies, stepFunctions } from "./functions.ts";
import type { Microbatch } from "./functions.ts";
import type { RlOptions } from "./options.ts";
import { free, tidied } from "../../math/memory.ts";

/** The policy under RL, wherever its weights are. */
export interface RlLearner extends Learner<Microbatch> {
  /** The policy's responses to some prompts. */
  rollout(prompts: Prompts): Promise<Rollout>;
  /** At the rollout's temperature, of chosen rows: under the policy as it is, or as it was when the stage began. [rows, T] */
  logProbs(of: "policy" | "reference", rollout: Rollout, rows: readonly number[]): Promise<Float32Array>;
  /** The critic's, of the states before the tokens. [rows, T] */
  values(rollout: Rollout, rows: readonly number[]): Promise<Float32Array>;
  /** Of the distribution that each token was drawn from, under the policy as it is. [rows, T] */
  entropies(rollout: Rollout, rows: readonly number[]): Promise<Float32Array>;
  /** A number that changes from micro-batch to micro-batch, as the loss takes it. */
  number(value: number): number | Scalar;
  /** How many rows a micro-batch should have, where so many are wanted of `full` at most; those beyond are to have no tokens. */
  rowsFor(rows: number, full: number): number;
}

/** What a checkpoint gives back. */
export type SavedRlLearner = Pick<SavedLearner, "tensors"> & { readonly state: LearnerState };

/** Begins at what was saved, else at the stage's policy. */
export function openLearner(context: StageContext, options: RlOptions, saved: SavedRlLearner | null): Promise<RlLearner> {
  const { model } = context;
  return isRemote(model) ? farLearner(context, model, options, saved) : nearLearner(context, model, options, saved);
}

async function nearLearner(
  context: StageContext,
  model: Model,
  options: RlOptions,
  saved: SavedRlLearner | null,
): Promise<RlLearner> {
  const { policy, metrics, random } = context;
  const { gradients, takeStep, logProbs, values, entropies, number, rowsFor } = stepFunctions({ ...context, model }, options);
  const start = () => {
    const parameters = options.critic === null ? withoutValueHead(policy) : withValueHead(policy, model);
    const trained = startTraining(parameters, options.optimizer, trainsOf(model));
    tf.dispose(parameters);
    return trained;
  };
  const kept = keptNames(model);
  const learner = localLearner<Microbatch>(trainedOf(saved, { policy, kept }, start), {
    gradients: (parameters, make) => {
      const { recorded, ...made } = tidied(() => gradients(parameters, make()));
      metrics.add(recorded);
      return made;
    },
    takeStep,
    kept,
  });
  const forward =
    (compute: typeof logProbs) =>
    (parameters: typeof policy, rollout: Rollout, rows: readonly number[]): Float32Array =>
      tf.tidy(() => {
        const prompts = model.prompts(askedBy(rollout, rows));
        return compute(parameters, prompts, responseTensors(rollout, rows)).dataSync() as Float32Array; // [rows, T]
      });
  const [logProbsOf, valuesOf, entropiesOf] = [forward(logProbs), forward(values), forward(entropies)];
  return Object.assign(learner, {
    rollout: (prompts: Prompts) => generateRollout(model, learner.parameters, prompts, options.rollout, random.stream("rollout")),
    logProbs: async (of: "policy" | "reference", rollout: Rollout, rows: readonly number[]) =>
      logProbsOf(of === "policy" ? learner.parameters : policy, rollout, rows),
    values: async (rollout: Rollout, rows: readonly number[]) => valuesOf(learner.parameters, rollout, rows),
    entropies: async (rollout: Rollout, rows: readonly number[]) => entropiesOf(learner.parameters, rollout, rows),
    number,
    rowsFor,
  });
}

async function farLearner(
  { metrics, kept, policy, random }: StageContext,
  model: RemoteModel,
  options: RlOptions,
  saved: SavedRlLearner | null,
): Promise<RlLearner> {
  if (options.critic !== null) throw noCritic("critic", model.at);
  if (options.loss.mask !== null) throw noEntropies(`the model's service (${model.at}) doesn't tell`);
  const { optimizer, gradientClip, rollout: sampling } = options;
  const learner = await remoteLearner<Microbatch>(
    {
      model,
      optimizer,
      gradientClip,
      temperature: sampling.temperature,
      metrics,
      lossOf: (logProbs, batch) => lossOfLogProbs(options, metrics, logProbs, null, batch),
    },
    kept!,
    saved?.state ?? null,
  );
  return Object.assign(learner, {
    rollout: (prompts: Prompts) => generateRollout(model, policy, prompts, sampling, random.stream("rollout")),
    logProbs: async (of: "policy" | "reference", rollout: Rollout, rows: readonly number[]) => {
      const prompts = model.prompts(askedBy(rollout, rows));
      try {
        return await learner.logProbsOf(of, prompts, hostResponses(rollout, rows));
      } finally {
        free(prompts);
      }
    },
    values: async () => {
      throw noCritic("critic", model.at);
    },
    entropies: async () => {
      throw noEntropies(`the model's service (${model.at}) doesn't tell`);
    },
    number: (value: number) => value,
    rowsFor: (rows: number) => rows,
  });
}
