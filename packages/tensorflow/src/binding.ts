import { InputError, messageOf, RunError } from "@rewardlab/storage";
import { createRequire } from "node:module";
import { remedy } from "./libraries.ts";
import type { Libraries } from "./libraries.ts";

export interface OpAttribute {
  readonly name: string;
  /** TF_ATTR_… */
  readonly type: number;
  readonly value: unknown;
}

export interface TensorMetadata {
  readonly id: number;
  readonly shape: number[];
  readonly dtype: number;
}

/** Of a graph's node: a size of −1 and a shape of null are not known before it runs. */
export interface OutputMetadata {
  readonly id: number;
  readonly shape: number[] | null;
  readonly dtype: number;
}

export interface Device {
  readonly name: string;
  /** CPU, GPU, … */
  readonly type: string;
}

/** What native/module.cc exports. Every function throws an Error with TensorFlow's message, and `code` with its status where it has one. */
export interface NativeBinding {
  open(paths: readonly string[]): void;
  version(): string;
  /** `threads`: how many work on an op of ours; 0: all cores. */
  start(configProto: Uint8Array, threads: number): void;
  listDevices(): Device[];
  createTensor(shape: readonly number[], dtype: number, values: unknown): number;
  deleteTensor(tensor: number): void;
  /** For a tensor whose JavaScript object was collected; says whether it was still there. */
  releaseTensor(tensor: number): boolean;
  tensorDataSync(tensor: number): Float32Array | Int32Array | Uint8Array;
  executeOp(name: string, attributes: readonly OpAttribute[], tensors: readonly number[], outputs: number): TensorMetadata[];
  getNumOfTensors(): number;
  getNumOfBytes(): number;
  newGraph(): number;
  deleteGraph(graph: number): void;
  /** A serialized OpDef. */
  opDefinition(graph: number, name: string): Uint8Array;
  /** `lists`: for each input of the op, how many of `inputs` it takes; −1 for one that isn't a list. */
  addNode(
    graph: number,
    type: string,
    attributes: readonly OpAttribute[],
    inputs: readonly number[],
    lists: readonly number[],
  ): OutputMetadata[];
  addConstant(graph: number, shape: readonly number[], dtype: number, values: unknown): OutputMetadata;
  addFunction(graph: number, name: string, inputs: readonly number[], outputs: readonly number[]): void;
  removeFunction(name: string): void;
}

export interface StartOptions {
  /** Threads within an op; 0: as many as cores. */
  readonly threads?: number;
}

let started: { readonly binding: NativeBinding; readonly libraries: Libraries } | undefined;

/** The binding on these libraries, started. A process has one TensorFlow: where another is open already, that one is given. */
export function startTensorflow(
  file: string,
  libraries: Libraries,
  { threads = 0 }: StartOptions = {},
): { binding: NativeBinding; libraries: Libraries } {
  if (started !== undefined) return started;
  process.env["TF_CPP_MIN_LOG_LEVEL"] ??= "2"; // TensorFlow's errors, not its notices and warnings
  const binding = createRequire(import.meta.url)(file) as NativeBinding;
  try {
    binding.open([libraries.framework, libraries.main]);
  } catch (error) {
    const code = (error as { code?: string }).code === "TOO_OLD" ? "RL_TENSORFLOW_TOO_OLD" : "RL_TENSORFLOW";
    throw new RunError(code, `TensorFlow in ${libraries.folder}: ${messageOf(error)}. ${remedy(libraries)}`, { cause: error });
  }
  checkVersion(binding.version(), libraries);
  binding.start(configProto(threads), threads);
  started = { binding, libraries };
  return started;
}

function checkVersion(version: string, libraries: Libraries): void {
  const [major, minor] = version.split(".").map(Number) as [number, number];
  if (major > 2 || (major === 2 && minor >= 15)) return;
  throw new RunError(
    "RL_TENSORFLOW_TOO_OLD",
    `TensorFlow in ${libraries.folder}: it is version ${version}, expected 2.15 or newer. ${remedy(libraries)}`,
  );
}

/**
 * TensorFlow's ConfigProto, serialized: intra_op_parallelism_threads (field 2) and inter_op_parallelism_threads (5), each a varint; gpu_options (6)
 * with allow_growth (4), so that a run takes of a GPU's memory what it needs and no more.
 */
function configProto(threads: number): Uint8Array {
  if (!Number.isInteger(threads) || threads < 0 || threads > 127)
    throw new InputError("RL_THREADS", `TensorFlow: ${threads} threads, expected 0 (all cores) to 127`);
  const growth = [0x32, 2, 0x20, 1];
  return Uint8Array.from(threads === 0 ? growth : [0x10, threads, 0x28, threads, ...growth]);
}
