import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import type { Optimizer, Parameters } from "../kinds.ts";
import type { Compiler } from "../services/compiler.ts";
import { finiteNorm, globalNorm, NonFinite } from "./non-finite.ts";

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

/** A loss with its gradients, as tensors. */
export interface LossAndGradients {
  readonly loss: Scalar; // []
  readonly gradients: Parameters;
}

/** `lossOf` is a pure function of the parameters. */
export function lossAndGradients(parameters: Parameters, lossOf: (parameters: Parameters) => Scalar): LossAndGradients {
  const names = Object.keys(parameters);
  const { value, grads } = tf.valueAndGrads((...xs: Tensor[]) =>
    lossOf(Object.fromEntries(names.map((name, index) => [name, xs[index]!]))),
  )(Object.values(parameters));
  return { loss: value, gradients: Object.fromEntries(names.map((name, index) => [name, grads[index]!])) };
}

/** Loss and gradients, summed over micro-batches. The gradients are the caller's. */
export function accumulateGradients(parameters: Parameters, parts: readonly (() => LossAndGradients)[]): Gradients {
  const names = Object.keys(parameters);
  let loss = 0;
  let sum: Parameters | null = null;
  for (const part of parts) {
    const { loss: value, gradients } = part();
    loss += value.dataSync()[0]!;
    value.dispose();
    const before: Parameters | null = sum;
    sum = before === null ? gradients : Object.fromEntries(names.map((name) => [name, tf.add(before[name]!, gradients[name]!)]));
    if (before !== null) tf.dispose([before, gradients] as never);
  }
  return { loss, gradients: sum ?? Object.fromEntries(names.map((name) => [name, tf.zerosLike(parameters[name]!)])) };
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

/** Takes optimizer steps. Consumes the gradients and the old state. */
export type StepTaker = (
  trained: Trained,
  gradients: Gradients,
  learningRate: number,
) => { trained: Trained; gradientNorm: number };

/** `optimizerStep`, or where functions are compiled the same as one function. */
export function stepTaker(compiler: Compiler, optimizer: Optimizer, gradientClip: number | null): StepTaker {
  if (!compiler.compiles)
    return (trained, gradients, learningRate) => optimizerStep(trained, gradients, { optimizer, learningRate, gradientClip });
  const step = compiler.compile(
    ({ parameters, optimizerState }: Omit<Trained, "steps">, gradients: Parameters, learningRate: Scalar, steps: Scalar) => {
      const gradientNorm = globalNorm(gradients); // []
      const factor = gradientClip === null ? null : tf.minimum(1, tf.div(gradientClip, tf.add(gradientNorm, 1e-6))); // []
      const clipped =
        factor === null
          ? gradients
          : Object.fromEntries(Object.entries(gradients).map(([name, gradient]) => [name, tf.mul(gradient, factor)]));
      const next = optimizer.step(parameters, clipped, optimizerState, learningRate, steps);
      return { ...next, gradientNorm, updatedNorm: globalNorm(next.parameters) };
    },
  );
  return ({ steps: before, ...tensors }, { loss, gradients }, learningRate) => {
    const steps = before + 1;
    try {
      if (!Number.isFinite(loss)) throw new NonFinite(`the loss is ${loss}`);
      const { parameters, state, gradientNorm, updatedNorm } = tf.tidy(
        () => step(tensors, gradients, tf.scalar(learningRate), tf.scalar(steps)) as never,
      ) as ReturnType<typeof step>;
      const norms = [gradientNorm, updatedNorm].map((norm) => norm.dataSync()[0]!) as [number, number];
      tf.dispose([gradientNorm, updatedNorm]);
      if (!norms.every(Number.isFinite)) {
        const next = [parameters, state];
        try {
          finiteNorm("gradient", gradients);
          finiteNorm("updated value", parameters);
        } finally {
          tf.dispose(next as never);
        }
      }
      disposeTrained({ ...tensors, steps: before });
      return { trained: { parameters, optimizerState: state, steps }, gradientNorm: norms[0] };
    } finally {
      tf.dispose(gradients as never);
    }
  };
}

export function disposeTrained(trained: Trained): void {
  tf.dispose(trained.parameters as never);
  tf.dispose(trained.optimizerState as never);
}
