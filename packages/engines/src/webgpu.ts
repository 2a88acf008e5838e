import * as tf from "@tensorflow/tfjs-core";
import { defineEngine } from "./define-engine.ts";
import { locate } from "./locate.ts";

/** tfjs's WebGPU backend on Dawn (npm's `webgpu`), where somebody has both installed. */
export const webgpu = defineEngine({
  name: "webgpu",
  summary: "a GPU through WebGPU (Dawn), opt-in",
  start: async () => {
    await import("@tensorflow/tfjs");
    const dawn = (await import(locate("webgpu"))) as { create: (flags: string[]) => object; globals: object };
    const { href } = new URL(locate("@tensorflow/tfjs-backend-webgpu"));
    Object.assign(globalThis, dawn.globals);
    Object.defineProperty(globalThis, "navigator", { value: { gpu: dawn.create([]) }, configurable: true });
    await import(href);
    if (!(await tf.setBackend("webgpu"))) throw new Error("Dawn found no adapter");
    return `tfjs ${tf.version_core} on Dawn`;
  },
  advice: "`npm install webgpu @tensorflow/tfjs-backend-webgpu` adds it; it needs a Vulkan, Metal or Direct3D driver",
});
