// The compiled kernels, instantiated on tfjs's own memory: they read and write tensors where they lie.

import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import type { DataType, TensorInfo } from "@tensorflow/tfjs-core";
import { existsSync, readFileSync } from "node:fs";
import { outOfMemory } from "../out-of-memory.ts";

// Node has these; TypeScript declares them for browsers only.
interface WasmMemory {
  readonly buffer: ArrayBuffer;
}
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: { env: { memory: WasmMemory } }) => { readonly exports: object };
};

/** Addresses and byte counts in tfjs's memory. */
type Pointer = number;
/** What `kernels/index.as` exports. All arguments are numbers; the kernels' own files name them. */
type KernelFunctions = Record<
  | "matMulScratch"
  | "batchMatMul"
  | "attentionScratch"
  | "attention"
  | "attentionGrad"
  | "rmsNorm"
  | "rmsNormGrad"
  | "exponential"
  | "sigmoid"
  | "hyperbolicTangent"
  | "swiglu"
  | "swigluGrad"
  | "rope"
  | "tokenLogProbs"
  | "tokenLogProbsGrad"
  | "tokenEntropies"
  | "tokenEntropiesGrad"
  | "gatherRows"
  | "segmentSum"
  | "copyBlocks"
  | "adamW",
  (...args: number[]) => number
>;

export interface WasmModule {
  readonly kernels: KernelFunctions;
  readonly backend: BackendWasm;
  /** Where a tensor's values lie; 0 for none. */
  pointer(tensor: TensorInfo | undefined): Pointer;
  /** A new tensor with undefined values. */
  output(shape: readonly number[], dtype?: DataType): TensorInfo;
  /** Another tensor on the same values. */
  share(tensor: TensorInfo, shape?: readonly number[]): TensorInfo;
  /** At least `bytes` of memory for one kernel call; the next call gets the same. */
  scratch(bytes: number): Pointer;
}

/**
 * Our kernels, in the memory of tfjs's own wasm backend. Throws where they weren't built, or where another version of tfjs lacks what they rest on.
 */
export function loadWasmModule(backend: BackendWasm): WasmModule {
  const file = new URL("./kernels.wasm", import.meta.url);
  if (!existsSync(file)) throw new Error(`engines: ${file.pathname} is missing; \`node scripts/setup.mjs\` builds it`);
  const module = backend.wasm as unknown as {
    asm: { memory: WasmMemory };
    _malloc(bytes: number): number;
    _free(at: number): void;
  };
  refuseWhatIsNotThere(module);
  const instance = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file)), { env: { memory: module.asm.memory } });

  let scratchAt = 0;
  let scratchBytes = 0;
  return {
    kernels: instance.exports as KernelFunctions,
    backend,
    pointer: (tensor) => (tensor === undefined ? 0 : backend.getMemoryOffset(tensor.dataId)),
    output(shape, dtype = "float32") {
      return backend.makeOutput([...shape], dtype);
    },
    share(tensor, shape = tensor.shape) {
      backend.incRef(tensor.dataId);
      return { dataId: tensor.dataId, shape: [...shape], dtype: tensor.dtype };
    },
    scratch(bytes) {
      if (bytes > scratchBytes) {
        if (scratchAt !== 0) module._free(scratchAt);
        scratchAt = scratchBytes = 0;
        scratchAt = module._malloc(bytes) >>> 0;
        scratchBytes = bytes;
      }
      return scratchAt;
    },
  };
}

/**
 * tfjs doesn't look whether its memory was had: it would write a tensor to address 0. And a size of 4 GiB or more reaches wasm without its upper bits,
 * which gives a block that is too small.
 */
function refuseWhatIsNotThere(module: { _malloc(bytes: number): number; _free(at: number): void }): void {
  module._free(module._malloc(1)); // the first call puts another function in its own place
  const allocate = module._malloc;
  module._malloc = (bytes) => {
    const at = bytes < 2 ** 32 ? allocate(bytes) >>> 0 : 0;
    if (at === 0)
      throw outOfMemory(
        `the engine wasm, which can have 4 GiB in all, found none for a tensor of ${Math.ceil(bytes / 2 ** 20)} MiB`,
        "`engine: tensorflow` has all of the machine's memory",
      );
    return at;
  };
}

/** How many elements a tensor of this shape has; 1 of a scalar. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** A kernel reads by pointer: a wrong shape would read somebody else's values, so every wrapper checks before it calls. */
export function expectShape(
  kernel: string,
  name: string,
  tensor: TensorInfo,
  shape: readonly number[],
  dtype: DataType = "float32",
): void {
  if (tensor.dtype === dtype && tensor.shape.length === shape.length && shape.every((size, axis) => tensor.shape[axis] === size))
    return;
  throw new Error(`${kernel}: ${name} is ${tensor.dtype} [${tensor.shape.join(", ")}], expected ${dtype} [${shape.join(", ")}]`);
}

export type KernelInputs = Readonly<Record<string, TensorInfo>>;
export type KernelAttributes = Readonly<Record<string, unknown>>;

/** One kernel as tfjs-core calls it. `run` returns undefined where the kernel that tfjs had under this name must do it. */
export interface WasmKernel {
  readonly name: string;
  run(inputs: KernelInputs, attributes: KernelAttributes): TensorInfo | TensorInfo[] | undefined;
}
