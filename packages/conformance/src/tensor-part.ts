import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { batchTotals, keepMasked } from "@rewardlab/core";
import type { BatchTotals, DeclaredMetric } from "@rewardlab/core";
import { isTable, maskOf, tensorsOf } from "./numbers.ts";
import type { Numbers } from "./numbers.ts";

/** A component that is a function of tensors, as its laws see it: an advantage step, ratio, surrogate, aggregate or KL estimator. */
export interface TensorSubject {
  /** Creates the part anew. */
  readonly create: () => TensorPart;
  /** Ordinary numbers. */
  readonly numbers: Numbers;
  /** What it gives: a number for each token, for each response, or one. */
  readonly gives: "tokens" | "responses" | "loss";
  /** What a token's result may depend on. */
  readonly scope: "token" | "response" | "group" | "batch";
  /** Inputs that it is differentiated in, and which of them it declares stopped. */
  readonly differentiable: readonly string[];
  readonly stopped: readonly string[];
  /** A constant that may come as the very tensor that is differentiated in, as log π_old does on the policy's own samples. */
  readonly constants: readonly (readonly [constant: string, input: string])[];
  /** Its kind promises a finite number outside the mask, too. */
  readonly finiteOutside: boolean;
  /** Micro-batches: "concatenate" their results, "add" them up; null: it is only ever given the whole batch. */
  readonly microBatches: "concatenate" | "add" | null;
  readonly extremes: readonly Extreme[];
  /** It declares results beyond float32's range, and whether it must count them itself (else core does). */
  readonly overflows: boolean;
  readonly countsOverflow: boolean;
  /** It draws from the run's saved random streams. */
  readonly random: boolean;
}

/** Numbers at which formulas break. */
export interface Extreme {
  readonly name: string;
  readonly numbers: Numbers;
  /** exp overflows here, in float32: a part that declares `overflows` may. */
  readonly beyond?: boolean;
  /** What usually goes wrong here. */
  readonly likely: string;
}

export interface TensorPart {
  readonly apply: (tensors: Readonly<Record<string, Tensor>>, totals: BatchTotals) => Tensor;
  readonly metrics: { take(): Record<string, number> };
  /** What it says of them. */
  readonly declared: Readonly<Record<string, DeclaredMetric>>;
}

export interface TensorResult {
  readonly values: readonly number[];
  readonly shape: readonly number[];
  readonly metrics: Readonly<Record<string, number>>;
}

/** How many tokens and responses the whole batch has, as an aggregate is told. */
export const totalsOf = (numbers: Numbers): BatchTotals => batchTotals(maskOf(numbers));

/** Calls the part; everything is freed again, leaked tensors too. */
export function resultOf(part: TensorPart, numbers: Numbers, totals = totalsOf(numbers)): TensorResult {
  part.metrics.take();
  const tensors = tensorsOf(numbers);
  try {
    const { values, shape } = tf.tidy(() => {
      const result = part.apply(tensors, totals);
      return { values: [...result.dataSync()], shape: [...result.shape] };
    });
    return { values, shape, metrics: part.metrics.take() };
  } finally {
    tf.dispose(tensors);
  }
}

interface GradientOptions {
  readonly totals?: BatchTotals;
  /** The input's tensor is given under this name as well. */
  readonly also?: string;
}

/** ∂/∂input of Σ w·result over the mask, by the tape. The weights make every element count by itself. */
export function gradientOf(
  part: TensorPart,
  numbers: Numbers,
  input: string,
  weights: readonly number[],
  { totals = totalsOf(numbers), also }: GradientOptions = {},
): number[] {
  const tensors = tensorsOf(numbers);
  try {
    return tf.tidy(() => [...gradientTensor(part, tensors, input, weights, totals, also).dataSync()]);
  } finally {
    tf.dispose(tensors);
    part.metrics.take();
  }
}

/** The gradient of Σ weights·result in one input, of that input's shape. `also`: a second input that is the same tensor. The caller owns it. */
export function gradientTensor(
  part: TensorPart,
  tensors: Readonly<Record<string, Tensor>>,
  input: string,
  weights: readonly number[],
  totals: BatchTotals,
  also?: string,
): Tensor {
  return tf.grad((x) => {
    const result = part.apply({ ...tensors, [input]: x, ...(also === undefined ? {} : { [also]: x }) }, totals);
    const kept = result.rank === 2 ? keepMasked(result, tensors.mask!) : result; // shape of result
    const weighted = tf.sum(tf.mul(kept, tf.tensor(weights as number[], kept.shape))) as Scalar; // []
    return tf.add(weighted, tf.sum(tf.mul(x, 0))); // [], so that the tape finds x where the result doesn't depend on it
  })(tensors[input]!);
}

/** Weights for a result, one for each element: different ones of both signs, so that no two errors cancel. */
export function weightsFor({ gives, numbers }: Pick<TensorSubject, "gives"> & { readonly numbers: Numbers }): number[] {
  if (gives === "loss") return [1];
  const count = gives === "tokens" ? maskOf(numbers).flat().length : maskOf(numbers).length;
  return Array.from({ length: count }, (_, index) => (index % 2 === 0 ? 1 : -1) * (0.5 + (index % 7) / 4));
}

/** Whether the element of a result is one that counts: not a position outside the mask. */
export function counts({ gives }: Pick<TensorSubject, "gives">, numbers: Numbers): (index: number) => boolean {
  const inside = maskOf(numbers).flat();
  return gives === "tokens" ? (index) => inside[index]! > 0 : () => true;
}

/** The response that an element of a result belongs to; undefined for a loss. */
export function responseOf({ gives }: Pick<TensorSubject, "gives">, numbers: Numbers, index: number): number | undefined {
  if (gives === "loss") return undefined;
  return gives === "tokens" ? Math.floor(index / maskOf(numbers)[0]!.length) : index;
}

/** An element of a result or input in words. */
export function place(numbers: Numbers, shape: readonly number[], index: number): string {
  if (shape.length === 0) return "the loss";
  if (shape.length === 1) return `response ${index}`;
  const width = maskOf(numbers)[0]!.length;
  return `response ${Math.floor(index / width)}, token ${index % width}`;
}

/** Positions [response, token] inside the mask; [response] where the input has one number a response. */
export function positions(numbers: Numbers, input: string): { readonly response: number; readonly token?: number }[] {
  if (!isTable(numbers[input]!)) return numbers[input]!.map((_, response) => ({ response }));
  return maskOf(numbers).flatMap((own, response) => own.flatMap((inside, token) => (inside > 0 ? [{ response, token }] : [])));
}
