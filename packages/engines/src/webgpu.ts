import { defineEngine } from "./define-engine.ts";
import { startWebgpuBackend } from "./webgpu/backend.ts";

/** tfjs's WebGPU backend on Dawn (npm's `webgpu`), where somebody has both installed. Never taken by `auto`. */
export const webgpu = defineEngine({
  name: "webgpu",
  summary: "a GPU through WebGPU (Dawn), opt-in",
  start: startWebgpuBackend,
  advice: "The README of @rewardlab/engines says more",
});
