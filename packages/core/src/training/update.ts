import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { InputError } from "@rewardlab/storage";
import type { Optimizer, Parameters } from "../kinds.ts";
import { copyOf } from "../plugin/frozen.ts";
import type { Trains } from "../plugin/frozen.ts";
import type { Compiler } from "../services/compiler.ts";
import { finiteNorm, globalNorm, NonFinite } from "./non-finite.ts";
import { tidied } from "../math/memory.ts";

/** The parameters under training with their optimizer's state. Owns its tensors. */
export interface Trained {
  readonly parameters: Parameters;
  readonly optimizerState: Parameters;
  /** Optimizer steps taken. */
  readonly steps: number;
}

/** The optimizer knows nothing of parameters that are frozen; their tensors are the given ones' own data, not copies of it. */
export function startTraining(parameters: Parameters, optimizer: Optimizer, trains: Trains = () => true): Trained {
  const names = Object.keys(parameters).filter(trains);
  if (names.length === 0)
    throw new InputError(
      "RL_NOTHING_TRAINS",
      `model: none of its ${Object.keys(parameters).length} parameters is trained, expected one`,
    );
  return { parameters: copyOf(parameters), optimizerState: optimizer.initialState(chosen(parameters, names)), steps: 0 };
}

function chosen(parameters: Parameters, names: readonly string[]): Parameters {
  return Object.fromEntries(names.map((name) => [name, parameters[name]!]));
}

/** `moved` where there is one, and of the others copies of their handles: all names of `before`, in its order. */
function withFrozen(before: Parameters, moved: Parameters): Parameters {
  return Object.fromEntries(Object.entries(before).map(([name, tensor]) => [name, moved[name] ?? tensor.clone()]));
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

/** `lossOf` is a pure function of the parameters. Gradients are those of the parameters that are trained. */
export function lossAndGradients(
  parameters: Parameters,
  lossOf: (parameters: Parameters) => Scalar,
  trains: Trains = () => true,
): LossAndGradients {
  const names = Object.keys(parameters).filter(trains);
  const { value, grads } = tf.valueAndGrads((...xs: Tensor[]) =>
    lossOf({ ...parameters, ...Object.fromEntries(names.map((name, index) => [name, xs[index]!])) }),
  )(names.map((name) => parameters[name]!));
  return { loss: value, gradients: Object.fromEntries(names.map((name, index) => [name, grads[index]!])) };
}

/** Loss and gradients, summed over micro-batches. The gradients are the caller's. */
export function accumulateGradients(parameters: Parameters, parts: readonly (() => LossAndGradients)[]): Gradients {
  let loss = 0;
  let sum: Parameters | null = null;
  for (const part of parts) {
    const { loss: value, gradients } = part();
    loss += value.dataSync()[0]!;
    value.dispose();
    const before: Parameters | null = sum;
    sum = before === null ? gradients : sumOf(before, gradients);
    if (before !== null) tf.dispose([before, gradients]);
  }
  return { loss, gradients: sum ?? Object.fromEntries(Object.entries(parameters).map(([name, x]) => [name, tf.zerosLike(x)])) };
}

function sumOf(one: Parameters, other: Parameters): Parameters {
  return Object.fromEntries(Object.keys(one).map((name) => [name, tf.add(one[name]!, other[name]!)]));
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
    const next = tidied(() => {
      const clipped =
        factor === 1
          ? gradients
          : Object.fromEntries(Object.entries(gradients).map(([name, gradient]) => [name, tf.mul(gradient, factor)]));
      const moving = chosen(trained.parameters, Object.keys(gradients));
      return options.optimizer.step(moving, clipped, trained.optimizerState, options.learningRate, steps);
    });
    try {
      finiteNorm("updated value", next.parameters);
    } catch (error) {
      tf.dispose(next);
      throw error;
    }
    const parameters = withFrozen(trained.parameters, next.parameters);
    disposeTrained(trained);
    return { trained: { parameters, optimizerState: next.state, steps }, gradientNorm };
  } finally {
    tf.dispose(gradients);
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
  return (trained, { loss, gradients }, learningRate) => {
    const { steps: before, optimizerState } = trained;
    const steps = before + 1;
    try {
      if (!Number.isFinite(loss)) throw new NonFinite(`the loss is ${loss}`);
      const { parameters, state, gradientNorm, updatedNorm } = tidied(() =>
        step(
          { parameters: chosen(trained.parameters, Object.keys(gradients)), optimizerState },
          gradients,
          tf.scalar(learningRate),
          tf.scalar(steps),
        ),
      );
      const norms = [gradientNorm, updatedNorm].map((norm) => norm.dataSync()[0]!) as [number, number];
      tf.dispose([gradientNorm, updatedNorm]);
      if (!norms.every(Number.isFinite)) {
        const next = [parameters, state];
        try {
          finiteNorm("gradient", gradients);
          finiteNorm("updated value", parameters);
        } finally {
          tf.dispose(next);
        }
      }
      const all = withFrozen(trained.parameters, parameters);
      disposeTrained(trained);
      return { trained: { parameters: all, optimizerState: state, steps }, gradientNorm: norms[0] };
    } finally {
      tf.dispose(gradients);
    }
  };
}

/** Frees the parameters and the optimizer's state. */
export function disposeTrained(trained: Trained): void {
  tf.dispose(trained.parameters);
  tf.dispose(trained.optimizerState);
}
