import { encodeSafetensors, InputError, readSafetensors } from "@rewardlab/storage";
import type { StoredTensor } from "@rewardlab/storage";
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";

const stored = { float32: "F32", int32: "I32", bool: "BOOL" } as const;
const held = { F32: "float32", I32: "int32", BOOL: "bool" } as const;

/** Tensors as the bytes of a safetensors file. Equal tensors give equal bytes. */
export function encodeTensors(tensors: Readonly<Record<string, Tensor>>): Uint8Array {
  return encodeSafetensors(Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, plain(name, tensor)])));
}

function plain(name: string, tensor: Tensor): StoredTensor {
  const { dtype, shape } = tensor;
  if (dtype === "string" || dtype === "complex64")
    throw new InputError("RL_SAFETENSORS", `tensor ${name} is of ${dtype}, expected one of ${Object.keys(stored).join(", ")}`);
  return { dtype: stored[dtype], shape, values: tensor.dataSync() };
}

/** The tensors of a safetensors file, which are the caller's. Everything the file claims of itself is checked before any is made. */
export function readTensors(path: string): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(readSafetensors(path)).map(([name, { dtype, shape, values }]) => [
      name,
      tf.tensor(values, [...shape], held[dtype]), // shape of the file
    ]),
  );
}
