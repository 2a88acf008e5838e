import { messageOf } from "@rewardlab/core";
import type { Libraries, NativeBinding, OpAttribute, TensorMetadata } from "@rewardlab/tensorflow";
import * as tf from "@tensorflow/tfjs-core";
import { createRequire } from "node:module";
import util from "node:util";
import { locate } from "../locate.ts";
import { outOfMemory } from "../out-of-memory.ts";
import { quietTfjs } from "../quiet.ts";
import { registerKernels, useKernels } from "./kernels.ts";
import { FIRST_SYMBOL } from "./node-backend.ts";
import type { NodeBackend } from "./node-backend.ts";
import type { Trace } from "./trace.ts";
import { TF } from "./types.ts";

interface Running {
  readonly backend: NodeBackend;
  readonly native: NativeBinding;
  readonly libraries: Libraries;
  /** Where ops go instead of being executed, while a function is traced. */
  trace: Trace | null;
}

let running: Running | undefined;

/** The backend of this process; undefined before `startBackend`. */
export function runningBackend(): Running | undefined {
  return running;
}

/** Makes tfjs-node's JavaScript half (its kernels and its backend) on our binding the current tfjs backend. */
export async function startBackend(native: NativeBinding, libraries: Libraries): Promise<void> {
  bringBackUtilFunctions();
  quietTfjs(); // a second copy of tfjs registers every kernel again
  await import("@tensorflow/tfjs");
  if (running === undefined) {
    const half = createRequire(locate(javascriptHalf()));
    const { NodeJSKernelBackend } = half("./nodejs_kernel_backend.js") as {
      NodeJSKernelBackend: new (binding: object, packageName: string) => NodeBackend;
    };
    half("./register_all_kernels.js");
    registerKernels();
    const backend = new NodeJSKernelBackend(bindingFor(native), "@rewardlab/tensorflow");
    useKernels(onGpu(native) || process.env["REWARDLAB_KERNELS"] === "portable" ? "portable" : "native");
    running = { backend, native, libraries, trace: null };
    freeCollectedTensors(running);
    tf.registerBackend("tensorflow", () => backend);
  }
  if (!(await tf.setBackend("tensorflow"))) throw new Error("its tfjs backend does not start");
}

const onGpu = (native: NativeBinding): boolean => native.listDevices().some(({ type }) => type === "GPU");

/** A file beside the JavaScript half's own. tfjs-node and tfjs-node-gpu have the same. */
function javascriptHalf(): string {
  for (const name of ["@tensorflow/tfjs-node-gpu", "@tensorflow/tfjs-node"]) {
    try {
      locate(`${name}/dist/nodejs_kernel_backend.js`);
      return `${name}/dist/nodejs_kernel_backend.js`;
    } catch {
      // the other one, then
    }
  }
  throw new Error("the npm package @tensorflow/tfjs-node-gpu, whose kernels are used, is not installed");
}

/** The binding as NodeJSKernelBackend expects it. While a function is traced, ops and reads go to the trace. */
function bindingFor(native: NativeBinding): object {
  const unsupported = () => {
    throw new Error("saved models are not supported by RewardLab's TensorFlow binding");
  };
  return {
    ...TF,
    TF_Version: native.version(),
    isUsingGpuDevice: () => onGpu(native),
    createTensor: native.createTensor,
    deleteTensor: (id: number) => id < FIRST_SYMBOL && native.deleteTensor(id),
    tensorDataSync: (id: number) => (id < FIRST_SYMBOL ? native.tensorDataSync(id) : refuseRead()),
    executeOp: (name: string, attributes: OpAttribute[], ids: number[], outputs: number) =>
      running?.trace ? running.trace.execute(name, attributes, ids, outputs) : execute(native, name, attributes, ids, outputs),
    getNumOfTensors: native.getNumOfTensors,
    getNumOfSavedModels: () => 0,
    loadSavedModel: unsupported,
    deleteSavedModel: unsupported,
    runSavedModel: unsupported,
  };
}

/** Runs an op or a compiled function. Where memory doesn't do, the error says what would need less. */
export function execute(
  native: NativeBinding,
  name: string,
  attributes: readonly OpAttribute[],
  ids: readonly number[],
  outputs: number,
): TensorMetadata[] {
  try {
    return native.executeOp(name, attributes, ids, outputs);
  } catch (error) {
    if ((error as { code?: string }).code !== "RESOURCE_EXHAUSTED") throw error;
    const other = onGpu(native)
      ? "`engine: tensorflow` has the machine's memory, not the GPU's alone"
      : "`engine: wasm` takes 0.3 GB less, and goes up to 4 GiB";
    throw outOfMemory(messageOf(error).split("\n", 1)[0]!, other, error);
  }
}

function refuseRead(): never {
  if (running?.trace) return running.trace.refuseRead();
  throw new Error("this tensor has no value: it was made while a function was traced, and kept beyond");
}

/**
 * tfjs frees a tensor when it is disposed. One that is forgotten is collected by JavaScript, and then its memory is freed as well: a registry
 * watches the object that stands for its data. Inputs are replaced by symbols while a function is traced.
 */
function freeCollectedTensors({ backend, native }: Running): void {
  const registry = new FinalizationRegistry<number>((id) => native.releaseTensor(id));
  const { createOutputTensor, getInputTensorIds, disposeData } = backend;
  backend.createOutputTensor = (metadata) => {
    const tensor = createOutputTensor.call(backend, metadata);
    if (metadata.id < FIRST_SYMBOL) registry.register(tensor.dataId, metadata.id, tensor.dataId);
    return tensor;
  };
  backend.getInputTensorIds = (tensors) => {
    if (running?.trace) return running.trace.inputs(tensors);
    const waiting = tensors.map(({ dataId }) => dataId && backend.tensorMap.get(dataId)?.values != null);
    const ids = getInputTensorIds.call(backend, tensors);
    ids.forEach((id, index) => waiting[index] && registry.register(tensors[index]!.dataId, id, tensors[index]!.dataId));
    return ids;
  };
  // What is watched outlives every minor collection: a tensor that was disposed is watched no longer, or each step leaves some for the major one.
  backend.disposeData = (dataId, force) => {
    const gone = disposeData.call(backend, dataId, force);
    if (gone) registry.unregister(dataId);
    return gone;
  };
}

/** tfjs-node 4.22 calls two functions of which newer versions of Node lack the first, and warn of the second. */
function bringBackUtilFunctions(): void {
  const functions = util as unknown as Record<string, unknown>;
  functions["isNullOrUndefined"] ??= (value: unknown) => value === null || value === undefined;
  functions["isArray"] = Array.isArray;
}
