import * as tf from "@tensorflow/tfjs-core";
import { messageOf } from "@rewardlab/core";
import { locate } from "../locate.ts";
import { quietTfjs } from "../quiet.ts";
import type { Adapter, Dawn, WebgpuBackend } from "./dawn.ts";
import { registerWebgpuKernels } from "./kernels.ts";
import { keepShadersApart } from "./programs.ts";
import { readSynchronously } from "./read.ts";

/** The adapter's name once it runs. Dawn's instance is kept with it: what JavaScript forgets, Dawn frees. */
let running: { readonly gpu: object; readonly detail: string } | undefined;

/** Makes tfjs's WebGPU backend on Dawn the current one and says which adapter it has. Can be called again. */
export async function startWebgpuBackend(): Promise<string> {
  running ??= await start();
  await tf.setBackend("webgpu");
  return running.detail;
}

async function start(): Promise<NonNullable<typeof running>> {
  await import("@tensorflow/tfjs"); // the gradients: tfjs-core's Node build registers none
  const [dawnAt, backendAt] = ["webgpu", "@tensorflow/tfjs-backend-webgpu"].map(locatePackage) as [string, string];
  const dawn = await loadDawn(dawnAt);
  Object.assign(globalThis, dawn.globals);
  const gpu = dawn.create([]);
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) throw new Error(`Dawn found no adapter: ${driverAdvice()}`);
  offerGpu(gpu);
  quietTfjs(); // it may come with a copy of tfjs-core of its own, which warns that there is one
  await import(backendAt);
  if (!(await tf.setBackend("webgpu"))) throw new Error("tfjs could not start its WebGPU backend; its own message is above");
  tf.env().set("WEBGPU_MATMUL_PROGRAM_TYPE", TILES); // one of the others adds with atomics: other bits at every run
  const backend = tf.backend() as WebgpuBackend;
  await readSynchronously(backend);
  keepShadersApart(backend);
  registerWebgpuKernels();
  return { gpu, detail: `tfjs ${tf.version_core} on Dawn, ${nameOf(adapter)}` };
}

function locatePackage(name: string): string {
  try {
    return locate(name);
  } catch (error) {
    throw new Error(
      `${messageOf(error)}: \`npm install ${PACKAGES}\` in the folder you start from, or in another that NODE_PATH names`,
      {
        cause: error,
      },
    );
  }
}
const TILES = 3; // tfjs's MatMulPackedProgram
const PACKAGES = "webgpu@0.6 @tensorflow/tfjs-backend-webgpu@4.22";

async function loadDawn(url: string): Promise<Dawn> {
  try {
    return (await import(url)) as Dawn;
  } catch (error) {
    throw new Error(`npm's webgpu does not load on ${process.platform}-${process.arch}: ${messageOf(error)}`, { cause: error });
  }
}

function driverAdvice(): string {
  if (process.platform === "linux") return "it needs the Vulkan loader (Debian's libvulkan1) and a GPU's Vulkan driver";
  return process.platform === "darwin" ? "it needs a GPU with Metal" : "it needs a GPU with a Direct3D 12 driver";
}

/** Where tfjs looks for it. Node has a navigator from version 21 on. */
function offerGpu(gpu: object): void {
  if (!("navigator" in globalThis)) Object.defineProperty(globalThis, "navigator", { value: {}, configurable: true });
  Object.defineProperty((globalThis as unknown as { navigator: object }).navigator, "gpu", { value: gpu, configurable: true });
}

function nameOf({ info: { description, device, vendor, architecture } }: Adapter): string {
  return description || device || [vendor, architecture].filter(Boolean).join(" ") || "an adapter without a name";
}
