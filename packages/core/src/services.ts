import * as tf from "@tensorflow/tfjs-core";
import type { Scalar } from "@tensorflow/tfjs-core";
import type { RandomStream } from "@rewardlab/statistics/random";

/**
 * A token names a service that components get injected. It is a constant with its interface's name, beside the interface.
 * A component lists what it needs, `inject: { metrics: Metrics }`, and its `create(options, { metrics })` receives it.
 */
export interface Token<T> {
  readonly key: symbol;
  /** Carries the service's type; never set. */
  readonly type?: T;
}
export function token<T>(name: string): Token<T> {
  return { key: Symbol.for(`@rewardlab/service/${name}`) };
}

/**
 * Counters of a run. Values may be numbers or scalar tensors (tensors are read at the end of the step, so this works inside the gradient
 * tape and in micro-batches, which add up). Names are camelCase: `clipFraction`, `filteredTokens`.
 */
export interface Metrics {
  /** Adds up over the micro-batches and updates of an iteration. */
  sum(name: string, value: number | Scalar): void;
  /** The largest seen. */
  max(name: string, value: number | Scalar): void;
  /** Σ part / Σ whole, e.g. clipped tokens of all tokens. */
  share(name: string, part: number | Scalar, whole: number | Scalar): void;
}
export const Metrics = token<Metrics>("Metrics");

/** Seeded streams by name; the same name gives the same stream object within a run, and all are saved in checkpoints. */
export interface Random {
  stream(name: string): RandomStream;
}
export const Random = token<Random>("Random");

/**
 * Makes a pure function of tensors run as a whole, on an engine that can: it is traced for each combination of shapes, dtypes and plain values
 * among its arguments, and then runs without JavaScript. On other engines it is the function itself.
 *
 * The function must be pure, must not read a tensor's value, and what changes from call to call must come as a tensor (`numberFor`). Arguments and
 * results may be nested in arrays and plain objects. What it gives is the caller's.
 */
export interface Compiler {
  /** False where functions run as they are. */
  readonly compiles: boolean;
  /** What tracing and compiling has taken in this process so far. */
  readonly cost?: () => CompileCost;
  compile<A extends readonly unknown[], R>(fn: (...args: A) => R): (...args: A) => R;
}
export const Compiler = token<Compiler>("Compiler");

export interface CompileCost {
  readonly functions: number;
  /** Of each function's first call, which is part of it. */
  readonly seconds: number;
}

/** Functions run as they are. */
export const uncompiled: Compiler = { compiles: false, compile: (fn) => fn };

/** A number that changes from call to call, as a compiled function takes it; where functions run as they are the number itself. */
export function numberFor({ compiles }: Compiler, value: number): number | Scalar {
  return compiles ? tf.scalar(value) : value; // []
}

/** Where a component may read and cache. */
export interface Files {
  /** The experiment file's folder: paths written in it are relative to this. */
  readonly folder: string;
  /** A folder for what can be made again, addressed by content hash. */
  readonly cache: string;
}
export const Files = token<Files>("Files");

/** Plain progress of long work. */
export interface Progress {
  /** `done` of `total` units of `what`; `values` are shown beside the bar. */
  update(what: string, done: number, total: number, values?: Readonly<Record<string, number>>): void;
  note(message: string): void;
}
export const Progress = token<Progress>("Progress");
