import { InputError } from "@rewardlab/core";
import { buildBinding, findLibraries, startTensorflow } from "@rewardlab/tensorflow";
import type { Compiler } from "@rewardlab/core";
import type { Flavour } from "@rewardlab/tensorflow";
import { availableParallelism } from "node:os";
import { defineEngine } from "./define-engine.ts";
import { runningBackend, startBackend } from "./tensorflow/backend.ts";
import { compileCost, compileFunction } from "./tensorflow/compile.ts";
import type { CompileMode } from "./tensorflow/compile.ts";
import { hasNvidiaDriver } from "./tensorflow/nvidia.ts";
import { tryOnce } from "./tensorflow/try-apart.ts";

const compilerOf = (mode: CompileMode): Compiler => ({
  compiles: true,
  compile: (fn) => compileFunction(fn, mode),
  cost: compileCost,
});

/** libtensorflow, which `rewardlab engines install` fetches, under the JavaScript half of tfjs-node. */
export const tensorflow = defineEngine({
  name: "tensorflow",
  summary: "libtensorflow on the CPU, functions run as graphs",
  start: startOnCpu,
  advice: "`npx rewardlab engines install tensorflow` gets it",
  compiler: compilerOf("graph"),
});

/** Each shape takes seconds to compile, and steps are no faster than graphs with our own ops: for comparison, and never taken by `auto`. */
export const tensorflowXla = defineEngine({
  name: "tensorflow-xla",
  summary: "libtensorflow on the CPU, functions compiled by XLA: for comparison",
  start: startOnCpu,
  advice: "`npx rewardlab engines install tensorflow` gets it",
  compiler: compilerOf("xla"),
});

export const tensorflowGpu = defineEngine({
  name: "tensorflow-gpu",
  summary: "libtensorflow on an NVIDIA GPU, functions run as graphs",
  start: async () => {
    if (!hasNvidiaDriver()) throw new Error("there is no NVIDIA driver (no /dev/nvidiactl)"); // before all else: the rest would be of no use
    const { version, folder, devices } = await start("gpu");
    const gpu = devices.find(({ type }) => type === "GPU");
    if (gpu === undefined)
      throw new Error(
        `there is an NVIDIA driver, but libtensorflow ${version} (${folder}) found no GPU it can use: it is built for the CPU alone, or CUDA 12 and cuDNN 9 are missing or too old`,
      );
    return `libtensorflow ${version} on ${gpu.name} (${folder})`;
  },
  advice: "It needs an NVIDIA GPU with its driver, CUDA 12, cuDNN 9, and `npx rewardlab engines install tensorflow-gpu`",
  compiler: compilerOf("graph"),
});

async function startOnCpu(): Promise<string> {
  const { version, folder } = await start("cpu");
  return `libtensorflow ${version} on ${availableParallelism()} cores (${folder})`;
}

async function start(flavour: Flavour) {
  const started = await startTensorflowBackend(flavour);
  if (started === null) throw new Error(`libtensorflow${flavour === "gpu" ? " for a GPU" : ""} is not installed`);
  return {
    version: started.binding.version(),
    folder: started.libraries.folder,
    devices: started.binding.listDevices(),
  };
}

/** Makes libtensorflow the current tfjs backend; null where it isn't installed. */
export async function startTensorflowBackend(flavour: Flavour = "cpu"): Promise<ReturnType<typeof startTensorflow> | null> {
  const libraries = findLibraries(flavour);
  const own = process.env["REWARDLAB_TENSORFLOW"];
  if (libraries === null && own)
    throw new InputError(
      "RL_TENSORFLOW",
      `REWARDLAB_TENSORFLOW is ${own}, expected a folder with libtensorflow_cc.so.2 and libtensorflow_framework.so.2. Name one, or unset it and \`npx rewardlab engines install tensorflow\``,
    );
  if (libraries === null) return null;
  const binding = buildBinding();
  if (runningBackend() === undefined) await tryOnce(binding, libraries);
  const started = startTensorflow(binding, libraries);
  await startBackend(started.binding, started.libraries);
  return started;
}
