import * as tf from "@tensorflow/tfjs-core";
import type { Scalar } from "@tensorflow/tfjs-core";
import { token } from "./token.ts";

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
/** Injects the engine's compiler of pure functions of tensors. */
export const Compiler = token<Compiler>("Compiler", { methods: ["compile"] });

/** What compiling a function has cost. */
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
