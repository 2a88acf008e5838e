import { definePlugin } from "@rewardlab/core";
import { cpu } from "./cpu.ts";
import { tensorflow, tensorflowGpu, tensorflowXla } from "./tensorflow.ts";
import { wasm } from "./wasm.ts";
import { webgpu } from "./webgpu.ts";

export { startWasmBackend } from "./wasm/backend.ts";
export { quietTfjs } from "./quiet.ts";
export { probeEngines, startEngine } from "./choose.ts";
export type { ChosenEngine } from "./choose.ts";
export { installEngine } from "./install.ts";
export { compileFunction, keptFunctions } from "./tensorflow/compile.ts";
export type { CompileMode } from "./tensorflow/compile.ts";
export { useKernels } from "./tensorflow/kernels.ts";
export { startTensorflowBackend } from "./tensorflow.ts";

export default definePlugin({
  name: "@rewardlab/engines",
  api: "^1",
  components: [tensorflowGpu, tensorflow, tensorflowXla, webgpu, wasm, cpu],
});
