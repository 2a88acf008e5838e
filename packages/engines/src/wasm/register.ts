import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import { getKernel, registerKernel, unregisterKernel } from "@tensorflow/tfjs-core";
import type { KernelFunc, TensorInfo } from "@tensorflow/tfjs-core";
import { attentionKernels } from "./attention-kernels.ts";
import { layerKernels } from "./layer-kernels.ts";
import { matMulKernels } from "./matmul-kernels.ts";
import { loadWasmModule } from "./module.ts";
import type { KernelAttributes, KernelInputs } from "./module.ts";
import { rowKernels } from "./row-kernels.ts";
import { tokenKernels } from "./token-kernels.ts";

/** Registers our kernels under tfjs's backend name "wasm"; where tfjs has one of that name, it does what ours leaves to it. */
export function registerWasmKernels(backend: BackendWasm): void {
  const wasm = loadWasmModule(backend);
  for (const { name, run } of [matMulKernels, attentionKernels, layerKernels, tokenKernels, rowKernels].flatMap((make) =>
    make(wasm),
  )) {
    const theirs = getKernel(name, "wasm");
    if (theirs !== undefined) unregisterKernel(name, "wasm");
    const kernelFunc: KernelFunc = (call) => {
      const result: TensorInfo | TensorInfo[] | undefined = run(
        call.inputs as KernelInputs,
        (call.attrs ?? {}) as KernelAttributes,
      );
      if (result !== undefined) return result;
      if (theirs === undefined) throw new Error(`${name}: these inputs are not supported`);
      return theirs.kernelFunc(call);
    };
    registerKernel({ ...theirs, kernelName: name, backendName: "wasm", kernelFunc });
  }
}
