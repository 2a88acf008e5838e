import * as tf from "@tensorflow/tfjs-core";
import util from "node:util";
import { defineEngine } from "./define-engine.ts";
import { locate } from "./locate.ts";

/** The stock tfjs-node and tfjs-node-gpu, where somebody has one installed: in this package's dependencies or in the current folder. */
export const tensorflow = defineEngine({
  name: "tensorflow",
  summary: "libtensorflow on the CPU through @tensorflow/tfjs-node",
  start: () => startNodeBackend("@tensorflow/tfjs-node"),
  advice: "`npm install @tensorflow/tfjs-node` in this folder adds it (its install script downloads libtensorflow)",
});

export const tensorflowGpu = defineEngine({
  name: "tensorflow-gpu",
  summary: "libtensorflow on an NVIDIA GPU through @tensorflow/tfjs-node-gpu",
  start: async () => {
    const detail = await startNodeBackend("@tensorflow/tfjs-node-gpu");
    const backend = tf.backend() as { isUsingGpuDevice?: boolean };
    if (backend.isUsingGpuDevice !== true) throw new Error("libtensorflow found no GPU it can use");
    return detail;
  },
  advice:
    "It needs an NVIDIA GPU, CUDA 11.2 with cuDNN 8, and `npm install @tensorflow/tfjs-node-gpu` with install scripts allowed",
});

async function startNodeBackend(name: string): Promise<string> {
  const place = locate(name);
  bringBackUtilFunctions();
  tf.env().set("PROD", true); // its own copy of tfjs registers every kernel again, with a warning for each otherwise
  process.env.TF_CPP_MIN_LOG_LEVEL ??= "1"; // libtensorflow's warnings and errors, not its notices
  await import("@tensorflow/tfjs");
  const loaded = (await import(place)) as { version?: Record<string, string>; default?: { version?: Record<string, string> } };
  if (!(await tf.setBackend("tensorflow"))) throw new Error("its backend does not start");
  const version = loaded.version ?? loaded.default?.version ?? {};
  const { binding } = tf.backend() as { binding?: { TF_Version?: string } };
  return `${name} ${version["tfjs-node"] ?? "of unknown version"} on libtensorflow ${binding?.TF_Version ?? "of unknown version"}`;
}

/** tfjs-node 4.22 calls two functions of which newer versions of Node lack the first, and warn of the second. */
function bringBackUtilFunctions(): void {
  const functions = util as unknown as Record<string, unknown>;
  functions.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  functions.isArray = Array.isArray;
}
