import type { OpAttribute } from "@rewardlab/tensorflow";
import type { KernelConfig, TensorInfo } from "@tensorflow/tfjs-core";
import type { NodeBackend } from "./node-backend.ts";
import { TF, typeNumber } from "./types.ts";

/** Up to so many rows a product is begun and done faster by the binding's op. */
const FEW_ROWS = 64;

/** Matrix products, in the place of tfjs-node's, which treats all of them as batches. `native`: with the binding's own op for few rows. */
export function matMulKernel(native: boolean): KernelConfig {
  return {
    kernelName: "BatchMatMul",
    backendName: "tensorflow",
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
      const { transposeA, transposeB } = attrs as unknown as { transposeA: boolean; transposeB: boolean };
      const type = { name: "T", type: TF.TF_ATTR_TYPE, value: typeNumber(a.dtype) };
      const flag = (name: string, value: boolean) => ({ name, type: TF.TF_ATTR_BOOL, value });
      const run = (name: string, attributes: OpAttribute[]) =>
        (backend as NodeBackend).executeSingleOutput(name, attributes, [a, b]);
      if (a.shape.length !== 2 || b.shape.length !== 2)
        return run("BatchMatMulV2", [type, flag("adj_x", transposeA), flag("adj_y", transposeB)]); // [..., M, N]
      const fits = a.shape[1] === b.shape[transposeB ? 1 : 0]; // else TensorFlow's own op says what is wrong, while it is traced
      if (native && fits && !transposeA && a.shape[0]! <= FEW_ROWS && a.dtype === "float32")
        return run(transposeB ? "RewardlabMatMulTransposed" : "RewardlabMatMul", []); // [M, N]
      return run("MatMul", [type, flag("transpose_a", transposeA), flag("transpose_b", transposeB)]); // [M, N]
    },
  };
}
