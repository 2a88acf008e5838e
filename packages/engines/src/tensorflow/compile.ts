import { RunError } from "@rewardlab/core";
import type { CompileCost } from "@rewardlab/core";
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, TensorInfo } from "@tensorflow/tfjs-core";
import { execute, runningBackend } from "./backend.ts";
import { useKernels } from "./kernels.ts";
import { TF, typeNumber } from "./types.ts";
import type { NodeBackend } from "./node-backend.ts";
import { Trace } from "./trace.ts";
import type { Captured } from "./trace.ts";
import { flatten, unflatten } from "./structure.ts";
import type { Structure } from "./structure.ts";

export type CompileMode = "graph" | "xla";

/** A function of tensors. Arguments and results may be nested in arrays and plain objects, beside numbers, strings and the like. */
type Pure<A extends readonly unknown[], R> = (...args: A) => R;

interface Compiled {
  /** As TensorFlow knows it. */
  readonly name: string;
  readonly captured: readonly Captured[];
  readonly outputs: number;
  readonly result: Structure;
  readonly mode: CompileMode;
}

/** How many traced functions a process keeps. The one that was not used for the longest time leaves first. */
export const KEPT_FUNCTIONS = 128;

const kept = new Map<string, Compiled>();
let functions = 0;

/**
 * `fn` as one TensorFlow function. It is traced when it is called first, and once for every other signature: the shapes and dtypes of the tensors
 * among its arguments, and the values of everything else. So what changes from call to call must be a tensor.
 *
 * `fn` must be pure: tensors it uses from outside are captured as they are when it is traced, and it must not read a value. The result is the
 * caller's; no tensor in it is one of the arguments. Called while gradients are taped or another function is traced, it runs as it is, as a part of that.
 */
export function compileFunction<A extends readonly unknown[], R>(fn: Pure<A, R>, mode: CompileMode): Pure<A, R> {
  const number = functions++;
  return (...args) => {
    const running = runningBackend();
    const { activeTape, gradientDepth } = tf.engine().state;
    if (running === undefined || tf.getBackend() !== "tensorflow") return fn(...args);
    if (running.trace !== null || activeTape || gradientDepth > 0) return fn(...args);
    const tensors: Tensor[] = [];
    const structure = flatten(args, tensors);
    const signature = `${number} ${mode} ${structure.signature}`;
    const began = performance.now();
    const known = kept.get(signature);
    const found = known ?? traced(fn, structure, tensors, mode);
    kept.delete(signature);
    kept.set(signature, found); // the last one in a Map is the one used last
    for (const [oldest, compiled] of kept) {
      if (kept.size <= KEPT_FUNCTIONS) break;
      kept.delete(oldest);
      release(compiled);
    }
    const result = call(found, tensors) as R;
    if (known === undefined) {
      spent.functions += 1;
      spent.seconds += (performance.now() - began) / 1000;
    }
    return result;
  };
}

const spent = { functions: 0, seconds: 0 };

/** What this process's functions took to be traced, and to be called first, when TensorFlow prepares or XLA compiles them. */
export function compileCost(): CompileCost {
  return { ...spent };
}

/** Forgets every traced function, and lets go of what they captured. */
export function forgetFunctions(): void {
  for (const compiled of kept.values()) release(compiled);
  kept.clear();
}

/** How many functions were traced and are kept. */
export function keptFunctions(): number {
  return kept.size;
}

function call({ name, captured, outputs, result, mode }: Compiled, tensors: readonly Tensor[]): unknown {
  const { backend, native } = runningBackend()!;
  const inputs = [...tensors, ...captured.map(({ dataId }) => ({ dataId }) as TensorInfo)];
  const attributes = mode === "xla" ? [{ name: "_XlaMustCompile", type: TF.TF_ATTR_BOOL, value: true }] : [];
  const made = execute(native, name, attributes, backend.getInputTensorIds(inputs), outputs);
  return unflatten(
    result,
    made.map((metadata) => backend.createOutputTensor(metadata)),
  );
}

let names = 0;

function traced(fn: Pure<never, unknown>, structure: Structure, tensors: readonly Tensor[], mode: CompileMode): Compiled {
  const running = runningBackend()!;
  const { backend, native } = running;
  const trace = new Trace(native, backend);
  const name = `rewardlab_${names++}`;
  running.trace = trace;
  const kernels = mode === "xla" ? useKernels("portable") : null;
  const random = Math.random;
  Math.random = () => trace.refuseRandom();
  try {
    return tf.tidy(() => {
      const inputs = tensors.map(({ shape, dtype }) => trace.placeholder(shape, typeNumber(dtype)));
      const symbols = inputs.map((metadata) => backend.createOutputTensor(metadata));
      const inputNumbers = symbols.map((symbol) => trace.outputOf(symbol));
      const given = fn(...(unflatten(structure, symbols) as never));
      if (given instanceof Promise)
        throw new RunError("RL_COMPILE", "compiled function: it gives a promise, expected tensors: it must not be async");
      const results: Tensor[] = [];
      const result = flatten(given, results);
      const outputs = results.map((tensor) => trace.outputOf(identity(backend, tensor)));
      native.addFunction(trace.graph, name, [...inputNumbers, ...trace.captured.map(({ output }) => output)], outputs);
      for (const { dataId } of trace.captured) backend.incRef(dataId);
      return { name, captured: trace.captured, outputs: outputs.length, result, mode } as never;
    }) as unknown as Compiled;
  } finally {
    Math.random = random;
    running.trace = null;
    if (kernels !== null) useKernels(kernels);
    native.deleteGraph(trace.graph);
  }
}

/** A function's output may be neither one of its inputs nor given twice. */
function identity(backend: NodeBackend, tensor: Tensor): Tensor {
  return backend.executeSingleOutput(
    "Identity",
    [{ name: "T", type: TF.TF_ATTR_TYPE, value: typeNumber(tensor.dtype) }],
    [tensor],
  );
}

function release({ name, captured }: Compiled): void {
  const { backend, native } = runningBackend()!;
  native.removeFunction(name);
  for (const { dataId } of captured) backend.disposeData(dataId);
}
