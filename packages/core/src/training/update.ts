import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import type { Optimizer, Parameters } from "../kinds.ts";
import { finiteNorm, NonFinite } from "./non-finite.ts";

/** The parameters under training with their optimizer's state. Owns its tensors. */
export interface Trained {
  readonly parameters: Parameters;
  readonly optimizerState: Parameters;
  /** Optimizer steps taken. */
  readonly steps: number;
}

export function startTraining(parameters: Parameters, optimizer: Optimizer): Trained {
  return { parameters: copyOf(parameters), optimizerState: optimizer.initialState(parameters), steps: 0 };
}

export function copyOf(parameters: Parameters): Parameters {
  return Object.fromEntries(Object.entries(parameters).map(([name, tensor]) => [name, tensor.clone()]));
}

export interface Gradients {
  readonly loss: number;
  readonly gradients: Parameters;
}

/** Loss and gradients, summed over micro-batches. `losses` are pure functions of the parameters. The gradients are the caller's. */
export function accumulateGradients(parameters: Parameters, losses: readonly ((parameters: Parameters) => Scalar)[]): Gradients {
  const names = Object.keys(parameters);
  const tensors = Object.values(parameters);
  let loss = 0;
  let sum: Tensor[] | null = null;
  for (const lossOf of losses) {
    const { value, grads } = tf.valueAndGrads((...xs: Tensor[]) =>
      lossOf(Object.fromEntries(names.map((name, index) => [name, xs[index]!]))),
    )(tensors);
    loss += value.dataSync()[0]!;
    value.dispose();
    const before: Tensor[] | null = sum;
    sum = before === null ? grads : grads.map((gradient, index) => tf.add(before[index]!, gradient));
    if (before !== null) tf.dispose([before, grads]);
  }
  const gradients = Object.fromEntries(names.map((name, index) => [name, sum?.[index] ?? tf.zerosLike(tensors[index]!)]));
  return { loss, gradients };
}

export interface StepOptions {
  readonly optimizer: Optimizer;
  readonly learningRate: number;
  /** Largest global L2 norm of the gradients; null: not clipped. */
  readonly gradientClip: number | null;
}

/** One optimizer step. Consumes `gradients` and the old state. Throws `NonFinite` before anything is changed, also where the step itself would leave the finite numbers. */
export function optimizerStep(
  trained: Trained,
  { loss, gradients }: Gradients,
  options: StepOptions,
): { trained: Trained; gradientNorm: number } {
  try {
    if (!Number.isFinite(loss)) throw new NonFinite(`the loss is ${loss}`);
    const gradientNorm = finiteNorm("gradient", gradients);
    const factor = options.gradientClip === null ? 1 : Math.min(1, options.gradientClip / (gradientNorm + 1e-6));
    const steps = trained.steps + 1;
    const next = tf.tidy(() => {
      const clipped =
        factor === 1
          ? gradients
          : Object.fromEntries(Object.entries(gradients).map(([name, gradient]) => [name, tf.mul(gradient, factor)]));
      return options.optimizer.step(trained.parameters, clipped, trained.optimizerState, options.learningRate, steps) as never;
    }) as { parameters: Parameters; state: Parameters };
    try {
      finiteNorm("updated value", next.parameters);
    } catch (error) {
      tf.dispose(next as never);
      throw error;
    }
    disposeTrained(trained);
    return { trained: { parameters: next.parameters, optimizerState: next.state, steps }, gradientNorm };
  } finally {
    tf.dispose(gradients as never);
  }
}

export function disposeTrained(trained: Trained): void {
  tf.dispose(trained.parameters as never);
  tf.dispose(trained.optimizerState as never);
}
