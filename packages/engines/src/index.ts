import { definePlugin } from "@rewardlab/core";
import { cpu } from "./cpu.ts";
import { tensorflow, tensorflowGpu } from "./tensorflow.ts";
import { wasm } from "./wasm.ts";
import { webgpu } from "./webgpu.ts";

export { startWasmBackend } from "./wasm/backend.ts";
export { probeEngines, startEngine } from "./choose.ts";
export { installEngine } from "./install.ts";

export default definePlugin({
  name: "@rewardlab/engines",
  api: "^1",
  components: [tensorflowGpu, tensorflow, webgpu, wasm, cpu],
});
