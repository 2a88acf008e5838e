import * as tf from "@tensorflow/tfjs-core";
import type { KernelConfig, TensorInfo } from "@tensorflow/tfjs-core";
import { attentionKernels } from "./attention-kernels.ts";
import type { NodeBackend } from "./backend.ts";
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

/** Beside tfjs-node's kernels, and in the place of one of them. */
export function registerKernels(): void {
  tf.unregisterKernel("GatherV2", "tensorflow");
  for (const kernel of [gather, ...attentionKernels()]) tf.registerKernel(kernel);
}
