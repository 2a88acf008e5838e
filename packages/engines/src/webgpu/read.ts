import * as tf from "@tensorflow/tfjs-core";
import type { DataId } from "@tensorflow/tfjs-core";
import { RunError } from "@rewardlab/core";
import type { GpuBuffer, WebgpuBackend } from "./dawn.ts";

const MAP_READ = 1; // GPUMapMode.READ and GPUBufferUsage.MAP_READ
const COPY_DST = 8;

/**
 * Lets `dataSync` and `arraySync` work, which in WebGPU there are none of, and a run reads its loss and its norms by them.
 *
 * A buffer is mapped by a promise, and Dawn's binding settles its promises in a callback that it gives to `setImmediate`. So while a read lasts,
 * `setImmediate` is one that keeps the callback, which is called until the buffer is mapped. `data` goes the same way: then nothing of the
 * backend's is ever under way beside a read. What Dawn refused since the last read (a shader, a buffer too large) is the read's error.
 */
export async function readSynchronously(backend: WebgpuBackend): Promise<void> {
  const original = backend.readSync.bind(backend);
  let refusal: string | null = null;
  backend.device.addEventListener("uncapturederror", ({ error }) => (refusal ??= error.message.trim().replace(/\s*\n\s*/g, " ")));
  await new Promise(setImmediate); // what starting it left to do

  backend.readSync = (dataId: DataId) => {
    const data = backend.tensorMap.get(dataId);
    const { values, dtype, resource } = data;
    if (values != null || dtype === "string" || dtype === "complex64" || resource === undefined) return original(dataId);
    const bytes = bytesOf(backend, resource);
    if (refusal !== null) throw new RunError("RL_ENGINE", `engine webgpu: Dawn refused an op: ${refusal}`);
    if (bytes === null)
      throw new RunError("RL_ENGINE", "engine webgpu: a tensor could not be read: the GPU's driver or Dawn lost it");
    return (data.values = tf.util.convertBackendValuesAndArrayBuffer(bytes, dtype));
  };
  backend.read = async (dataId: DataId) => backend.readSync(dataId);
}

/** Null where the buffer can't be mapped. */
function bytesOf(backend: WebgpuBackend, resource: GpuBuffer): ArrayBuffer | null {
  const staging = backend.bufferManager.acquireBuffer(resource.size, COPY_DST | MAP_READ);
  backend.ensureCommandEncoderReady();
  backend.endComputePassEncoder();
  backend.commandEncoder.copyBufferToBuffer(resource, 0, staging, 0, resource.size);
  backend.submitQueue();
  waitForMapping(staging);
  if (staging.mapState !== "mapped") return null;
  const bytes = staging.getMappedRange().slice(0);
  staging.unmap();
  backend.bufferManager.releaseBuffer(staging);
  return bytes;
}

/** Dawn's callback that is still to be called. One that is left from a read is the next one's first: Dawn gives no other until it was called. */
let callback: (() => void) | undefined;

function waitForMapping(buffer: GpuBuffer): void {
  const { setImmediate } = globalThis;
  globalThis.setImmediate = ((given: () => void) => void (callback = given)) as unknown as typeof setImmediate;
  try {
    buffer.mapAsync(MAP_READ).catch(() => {}); // mapState tells
    for (let calls = 0; buffer.mapState === "pending" && callback !== undefined; calls++) {
      if (calls > AT_ONCE) Atomics.wait(clock, 0, 0, 0.1); // ms
      const call = callback;
      callback = undefined;
      call();
    }
  } finally {
    globalThis.setImmediate = setImmediate;
  }
}
const clock = new Int32Array(new SharedArrayBuffer(4));
/** Small reads are there by then; for others the processor is left to whoever needs it. */
const AT_ONCE = 100;
