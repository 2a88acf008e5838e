import type { Optimizer, Parameters } from "@rewardlab/core";
import { standardComponents } from "@rewardlab/core/host";
import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { logProbsOf } from "./decoder.ts";
import type { Sequences } from "./decoder.ts";
import { training } from "./sizes.ts";
import type { DecoderSizes } from "./sizes.ts";

/** What an update learns from. */
export interface UpdateBatch extends Sequences {
  readonly oldLogProbs: Tensor2D; // [B, T]
  readonly refLogProbs: Tensor2D; // [B, T]
  readonly advantages: Tensor1D; // [B]
}

/** The parameters under training with AdamW's state, whose names are the parameters' with "m." and "v." before them. */
export interface Trained {
  readonly parameters: Parameters;
  readonly state: Parameters;
}

/** The benchmark decoder's loss. */
export function lossOf(parameters: Parameters, batch: UpdateBatch, sizes: DecoderSizes): Scalar {
  return tf.tidy(() => surrogateOf(logProbsOf(parameters, batch, batch.oldLogProbs.shape[1], sizes), batch)); // []
}

/**
 * The loss that every contender takes: PPO's clipped surrogate and the k3 estimator of the KL from the reference, mean over all tokens.
 *
 *     L = mean( −min(ρA, clip(ρ, 1 − ε, 1 + ε) A) + β (e^(r − l) − (r − l) − 1) )         l logProbs, r refLogProbs, ρ = e^(l − old)
 */
export function surrogateOf(logProbs: Tensor2D, batch: Omit<UpdateBatch, keyof Sequences>): Scalar {
  const { oldLogProbs, refLogProbs } = batch;
  const { clipRange, klCoef } = training;
  return tf.tidy(() => {
    const [rows] = oldLogProbs.shape;
    const advantages = tf.reshape(batch.advantages, [rows, 1]); // [B, 1]
    const ratio = tf.exp(tf.sub(logProbs, oldLogProbs)); // [B, T]
    const clipped = tf.clipByValue(ratio, 1 - clipRange, 1 + clipRange); // [B, T]
    const surrogate = tf.neg(tf.minimum(tf.mul(ratio, advantages), tf.mul(clipped, advantages))); // [B, T]
    const distance = tf.sub(refLogProbs, logProbs); // [B, T]
    const kl = tf.sub(tf.sub(tf.exp(distance), distance), 1); // [B, T]
    return tf.mean(tf.add(surrogate, tf.mul(kl, klCoef))) as Scalar; // []
  });
}

export function gradientsOf(
  parameters: Parameters,
  batch: UpdateBatch,
  sizes: DecoderSizes,
): { loss: Scalar; gradients: Parameters } {
  const names = Object.keys(parameters);
  const { value, grads } = tf.valueAndGrads((...tensors: Tensor[]) =>
    lossOf(Object.fromEntries(names.map((name, index) => [name, tensors[index]!])), batch, sizes),
  )(Object.values(parameters));
  return { loss: value, gradients: Object.fromEntries(names.map((name, index) => [name, grads[index]!])) };
}

/** Forward, gradients, clipping, optimizer: new parameters and state. `step` and `learningRate` are scalars where this is compiled. */
export function updateStep(
  { parameters, state }: Trained,
  batch: UpdateBatch,
  sizes: DecoderSizes,
  learningRate: number | Scalar,
  step: number | Scalar,
): Trained & { loss: Scalar } {
  return tf.tidy(() => {
    const { loss, gradients } = gradientsOf(parameters, batch, sizes);
    const squares = Object.values(gradients).map((gradient) => tf.sum(tf.square(gradient))); // [] each
    const norm = tf.sqrt(tf.addN(squares)); // []
    const factor = tf.minimum(1, tf.div(training.gradientClip, tf.add(norm, 1e-6))); // []
    const clipped = Object.fromEntries(Object.entries(gradients).map(([name, gradient]) => [name, tf.mul(gradient, factor)]));
    const next = optimizer.step(parameters, clipped, state, learningRate, step);
    return { ...next, loss } as never;
  }) as Trained & { loss: Scalar };
}

/** The one that experiments use. */
export const optimizer: Optimizer = (() => {
  const adamw = standardComponents.find(({ kind, name }) => kind === "optimizer" && name === "adamw")!;
  const { learningRate, beta1, beta2, epsilon, weightDecay } = training;
  return adamw.create({ learningRate, beta1, beta2, epsilon, weightDecay } as never, {} as never) as Optimizer;
})();

export const startOptimizer = (parameters: Parameters): Parameters => optimizer.initialState(parameters);
