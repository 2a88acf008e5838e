import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor2D } from "@tensorflow/tfjs-core";
import { InputError } from "@rewardlab/storage";
import type { BatchTotals, Model, Parameters, ModelBatch, ResponseBatch } from "../../kinds.ts";
import { policyLoss } from "../../math/policy-loss.ts";
import { numberFor } from "../../services/compiler.ts";
import type { StageContext } from "../../stage.ts";
import { criticLoss, valueHeadOf } from "./critic.ts";
import type { Recorded, StageMetrics } from "../../services/metrics.ts";
import type { RlOptions } from "./options.ts";
import { paddedRows } from "../row-counts.ts";
import { trainsOf } from "../../plugin/frozen.ts";
import { lossAndGradients, stepTaker } from "../update.ts";
import type { LossAndGradients, StepTaker } from "../update.ts";

/** Some responses of a minibatch, as tensors: all that the loss and its gradients depend on beside the parameters. */
export interface Microbatch {
  readonly prompts: ModelBatch;
  readonly responses: ResponseBatch;
  readonly oldLogProbs: Tensor2D; // [rows, T]
  /** The sampler's; null where no correction asks for it. */
  readonly rolloutLogProbs: Tensor2D | null; // [rows, T]
  /** 1 on the tokens that train; null: all do. */
  readonly lossMask: Tensor2D | null; // [rows, T]
  readonly refLogProbs: Tensor2D; // [rows, T]
  readonly advantages: Tensor2D; // [rows, T]
  /** Random numbers, where the surrogate draws. */
  readonly draws: Tensor2D | null; // [rows, T]
  /** The critic's values at the rollout, and what they should have been; null without a critic. */
  readonly critic: { readonly oldValues: Tensor2D; readonly returns: Tensor2D } | null; // [rows, T] each
  /** Of the whole minibatch. */
  readonly totals: BatchTotals;
  readonly klCoefficient: number | Scalar; // []
  /** The part of the minibatch that this is. */
  readonly share: number | Scalar; // []
}

/** What an iteration spends its time in, made once for a stage: pure functions of tensors, compiled where the engine can. */
export interface StepFunctions {
  gradients(parameters: Parameters, batch: Microbatch): LossAndGradients & { readonly recorded: Recorded };
  readonly takeStep: StepTaker;
  /** At the rollout's temperature. [rows, T] */
  logProbs(parameters: Parameters, prompts: ModelBatch, responses: ResponseBatch): Tensor2D;
  /** The critic's. [rows, T] */
  values(parameters: Parameters, prompts: ModelBatch, responses: ResponseBatch): Tensor2D;
  /** −Σ p ln p of each token's distribution. [rows, T] */
  entropies(parameters: Parameters, prompts: ModelBatch, responses: ResponseBatch): Tensor2D;
  /** A number that changes from call to call, as these functions take it. */
  number(value: number): number | Scalar;
  /** How many rows a batch should have, where so many are wanted of `full` at most; those beyond are to have no tokens. */
  rowsFor(rows: number, full: number): number;
}

/** The functions of a stage with these options, compiled by its compiler. */
export function stepFunctions(
  { compiler, model, metrics }: Pick<StageContext, "compiler" | "metrics"> & { readonly model: Model },
  options: RlOptions,
): StepFunctions {
  const { temperature } = options.rollout;
  return {
    gradients: compiler.compile((parameters: Parameters, batch: Microbatch) => {
      const { result, recorded } = metrics.record(() =>
        lossAndGradients(parameters, (differentiated) => lossOf(model, options, metrics, differentiated, batch), trainsOf(model)),
      );
      return { ...result, recorded };
    }),
    takeStep: stepTaker(compiler, options.optimizer, options.gradientClip),
    logProbs: compiler.compile((parameters: Parameters, prompts: ModelBatch, responses: ResponseBatch) =>
      model.logProbs(parameters, prompts, responses, temperature),
    ), // [rows, T]
    values: compiler.compile(
      (parameters: Parameters, prompts: ModelBatch, responses: ResponseBatch) =>
        valueHeadOf(model).logProbsAndValues(parameters, prompts, responses, temperature).values,
    ), // [rows, T]
    entropies: compiler.compile((parameters: Parameters, prompts: ModelBatch, responses: ResponseBatch) =>
      entropiesOf(model)(parameters, prompts, responses, temperature),
    ), // [rows, T]
    number: (value) => numberFor(compiler, value),
    rowsFor: (rows, full) => (compiler.compiles ? paddedRows(rows, full) : rows),
  };
}

/** The model's way of telling entropies. Throws where it has none. */
function entropiesOf({ entropies }: Model): NonNullable<Model["entropies"]> {
  if (entropies === undefined) throw noEntropies("the model doesn't tell");
  return entropies;
}

/** What a stage says that has a mask on a model that can't tell entropies. `why`: a clause with the model in it. */
export function noEntropies(why: string): InputError {
  return new InputError(
    "RL_NO_ENTROPIES",
    `loss.mask: it chooses tokens by the entropy of their distributions, which ${why}; expected loss.mask: null, or a model with entropies`,
  );
}

/** ratio → surrogate → correction → aggregate, the KL term and the critic's loss where they are. */
function lossOf(model: Model, options: RlOptions, metrics: StageMetrics, parameters: Parameters, batch: Microbatch): Scalar {
  const { logProbs, values } = forward(model, options, parameters, batch.prompts, batch.responses); // [rows, T] each
  return lossOfLogProbs(options, metrics, logProbs, values ?? null, batch);
}

/** The loss as a function of log-probabilities (and of a critic's values), wherever those come from. [rows, T] each → [] */
export function lossOfLogProbs(
  options: RlOptions,
  metrics: StageMetrics,
  logProbs: Tensor2D,
  values: Tensor2D | null,
  { responses: { mask }, critic, totals, klCoefficient, share, ...logged }: Omit<Microbatch, "prompts">,
): Scalar {
  const klTerm = options.kl?.in === "loss" ? { kl: options.kl.part, coefficient: klCoefficient } : null;
  const { loss } = policyLoss({ ...options.loss, klTerm, metrics }, { logProbs, mask, ...logged }, totals); // []
  if (options.critic === null) return loss;
  const targets = { values: values!, mask, ...critic! };
  return tf.add(loss, criticLoss(options.critic, options.loss.aggregate, targets, totals, metrics, share)) as Scalar; // []
}

/** One forward pass: log-probabilities, and with a critic the values of the same pass. [rows, T] each */
function forward(
  model: Model,
  { critic, rollout }: RlOptions,
  parameters: Parameters,
  prompts: ModelBatch,
  responses: ResponseBatch,
): { logProbs: Tensor2D; values?: Tensor2D } {
  return critic === null
    ? { logProbs: model.logProbs(parameters, prompts, responses, rollout.temperature) }
    : valueHeadOf(model).logProbsAndValues(parameters, prompts, responses, rollout.temperature);
}
