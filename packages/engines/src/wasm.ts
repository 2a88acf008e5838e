import * as tf from "@tensorflow/tfjs-core";
import { defineEngine } from "./define-engine.ts";
import { startWasmBackend } from "./wasm/backend.ts";

/** tfjs's WebAssembly backend with this package's kernels: the engine that is always there. One thread: tfjs's own threads are off in Node. */
export const wasm = defineEngine({
  name: "wasm",
  summary: "WebAssembly SIMD, one thread, with fused kernels",
  start: async () => {
    await startWasmBackend();
    return `tfjs ${tf.version_core}, SIMD, one thread`;
  },
  advice: "Its kernels are made by the set-up: run `npm run setup` again",
});
