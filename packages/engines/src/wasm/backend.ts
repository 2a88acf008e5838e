import "@tensorflow/tfjs"; // the gradients: tfjs-core's Node build registers none
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { messageOf, RunError } from "@rewardlab/core";
import { addressSpaceLimit } from "@rewardlab/storage";
import { createRequire } from "node:module";
import { dirname, sep } from "node:path";
import { registerWasmKernels } from "./register.ts";

/** Makes tfjs's wasm backend (SIMD, one thread, its files from node_modules) the current one, with our kernels. Can be called again. */
export async function startWasmBackend(): Promise<void> {
  if (tf.getKernel("RewardlabAttention", "wasm") === undefined) {
    const before = processListeners();
    setWasmPaths(dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm")) + sep);
    tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
    if (!(await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT")))
      throw new Error("wasm: this processor or Node has no WebAssembly SIMD");
    await useWasm();
    removeNewListeners(before);
    registerWasmKernels(tf.backend() as BackendWasm);
  }
  await useWasm();
}

async function useWasm(): Promise<void> {
  const started = await tf.setBackend("wasm").catch((error: unknown) => {
    throw /memory/i.test(messageOf(error)) ? noAddresses(error) : error;
  });
  if (!started) throw addressSpaceLimit() === "" ? new Error("wasm: tfjs could not start its wasm backend") : noAddresses();
  await tf.ready();
}

/** For each WebAssembly memory V8 reserves about 10 GiB of addresses, so that none can be written beyond. */
function noAddresses(cause?: unknown): RunError {
  const what = "wasm: WebAssembly gets no memory: V8 reserves about 10 GiB of addresses for it";
  return new RunError("RL_OUT_OF_MEMORY", `${what}. ${addressSpaceLimit()}`.trim(), { cause });
}

// Emscripten adds listeners that rethrow, which makes Node print the backend's minified source above every uncaught error.
const events = ["uncaughtException", "unhandledRejection"] as const;
type Listener = Parameters<typeof process.removeListener>[1];

function processListeners(): Map<string, readonly Listener[]> {
  return new Map(events.map((event) => [event, process.rawListeners(event) as Listener[]]));
}

function removeNewListeners(before: Map<string, readonly Listener[]>): void {
  for (const [event, listeners] of processListeners()) {
    for (const listener of listeners) if (!before.get(event)!.includes(listener)) process.removeListener(event, listener);
  }
}
