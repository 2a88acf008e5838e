import * as tf from "@tensorflow/tfjs-core";
import type { KernelConfig, TensorInfo } from "@tensorflow/tfjs-core";
import { attentionKernels } from "./attention-kernels.ts";
import type { NodeBackend } from "./node-backend.ts";
import { matMulKernel } from "./mat-mul-kernel.ts";
import { nativeKernels } from "./native-kernels.ts";
import { TF, typeNumber } from "./types.ts";

/** tfjs-node's GatherV2 reads the indices back to check them, at every call; TensorFlow checks them itself. */
const gather: KernelConfig = {
  kernelName: "GatherV2",
  backendName: "tensorflow",
  kernelFunc: ({ inputs, attrs, backend }) => {
    const { x, indices } = inputs as { x: TensorInfo; indices: TensorInfo };
    const { axis, batchDims } = attrs as unknown as { axis: number; batchDims: number };
    const along = tf.scalar(axis, "int32");
    const type = (name: string, value: number) => ({ name, type: TF.TF_ATTR_TYPE, value });
    const result = (backend as NodeBackend).executeSingleOutput(
      "GatherV2",
      [
        { name: "batch_dims", type: TF.TF_ATTR_INT, value: batchDims },
        type("Tparams", typeNumber(x.dtype)),
        type("Tindices", typeNumber(indices.dtype)),
        type("Taxis", TF.TF_INT32),
      ],
      [x, indices, along],
    );
    along.dispose();
    return result;
  },
};

/** x, not before `first` is there: of two inputs TensorFlow's graph optimizers leave an IdentityN alone. */
const after: KernelConfig = {
  kernelName: "RewardlabAfter",
  backendName: "tensorflow",
  kernelFunc: ({ inputs, backend }) => {
    const { x, first } = inputs as { x: TensorInfo; first: TensorInfo };
    const types = { name: "T", type: TF.TF_ATTR_TYPE, value: [x, first].map(({ dtype }) => typeNumber(dtype)) };
    const [later, rest] = (backend as NodeBackend).executeMultipleOutputs("IdentityN", [types], [x, first], 2);
    rest!.dispose();
    return later!;
  },
};

/** `native`: ops of the binding's own, for the CPU. `portable`: compositions of TensorFlow's ops, for a GPU and for what XLA compiles. */
export type KernelSet = "native" | "portable";

const sets: Readonly<Record<KernelSet, readonly KernelConfig[]>> = {
  native: [...nativeKernels, matMulKernel(true), after],
  portable: [...attentionKernels(), matMulKernel(false), after],
};

/** In the place of tfjs-node's kernels of the same name, once a process. */
export function registerKernels(): void {
  tf.unregisterKernel("GatherV2", "tensorflow");
  tf.registerKernel(gather);
  tf.unregisterKernel("BatchMatMul", "tensorflow");
}

let used: KernelSet | null = null;

/** Which of ours are there from now on; an op that finds none is composed. Gives those that were there before. */
export function useKernels(set: KernelSet): KernelSet {
  const before = used ?? set;
  for (const { kernelName, backendName } of used === null ? [] : sets[used]) tf.unregisterKernel(kernelName, backendName);
  for (const kernel of sets[set]) tf.registerKernel(kernel);
  used = set;
  return before;
}
