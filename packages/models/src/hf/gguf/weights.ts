import { InputError } from "@rewardlab/core";
import { pieces } from "@rewardlab/storage";
import type { TensorOutline } from "@rewardlab/storage";
import { hashOf, noTensor } from "../weights.ts";
import type { Weights } from "../weights.ts";
import { openGguf } from "./header.ts";
import type { GgufHeader, GgufTensor } from "./header.ts";
import { nameAtTransformers, rowAtTransformers } from "./names.ts";
import { numberIn, textIn } from "./metadata.ts";

/** A GGUF file's tensors as Transformers has them: by its names, q and k in its order, all as float32. To be closed. */
export function openGgufWeights(path: string): Weights {
  const header = openGguf(path);
  const { file } = header;
  try {
    const stored = storedTensors(header);
    const tensors = new Map<string, TensorOutline>(
      [...stored].map(([name, { shape, format }]) => [name, { name, dtype: format.name, shape }]),
    );
    const headWidths = headWidthsOf(header);
    return {
      at: path,
      tensors,
      read(name, into) {
        const tensor = stored.get(name);
        if (tensor === undefined) throw noTensor(path, name, tensors);
        const size = tensor.shape.reduce((product, axis) => product * axis, 1);
        const target = into ?? new Float32Array(size);
        if (target.length !== size)
          throw new InputError("RL_GGUF", `${path}: tensor ${name} has ${size} numbers, memory is given for ${target.length}`);
        const headWidth = headWidths(name);
        if (headWidth === undefined) readRows(header, tensor, target);
        else readRows(header, tensor, target, (row) => rowAtTransformers(row, headWidth));
        return target;
      },
      sha256: () => hashOf(path, () => file.sha256()),
      close: () => file.close(),
    };
  } catch (error) {
    file.close();
    throw error;
  }
}

function storedTensors({ file, tensors }: GgufHeader): ReadonlyMap<string, GgufTensor> {
  const stored = new Map<string, GgufTensor>();
  const strange: string[] = [];
  for (const tensor of tensors) {
    const name = nameAtTransformers(tensor.name);
    if (name === undefined) strange.push(tensor.name);
    else if (name !== null) stored.set(name, tensor);
  }
  if (strange.length > 0)
    throw new InputError(
      "RL_GGUF",
      `${file.path}: has ${strange.length} tensors that no decoder of the Llama family has: ${strange.slice(0, 3).join(", ")}${strange.length > 3 ? " …" : ""}`,
    );
  return stored;
}

/** The width of a head of a tensor whose rows are in GGUF's order; undefined for the others. */
function headWidthsOf({ metadata, file }: GgufHeader): (name: string) => number | undefined {
  const architecture = textIn(metadata, "general.architecture", file.path);
  if (architecture !== "llama") return () => undefined;
  const heads = numberIn(metadata, "llama.attention.head_count", file.path);
  const width =
    numberIn(metadata, "llama.attention.key_length", file.path, 0) ||
    numberIn(metadata, "llama.embedding_length", file.path) / heads;
  return (name) => (/\.self_attn\.[qk]_proj\.(weight|bias)$/.test(name) ? width : undefined);
}

/** A tensor's numbers as they lie in the file. */
export function storedNumbers(header: GgufHeader, tensor: GgufTensor): Float32Array {
  const target = new Float32Array(tensor.shape.reduce((product, axis) => product * axis, 1));
  readRows(header, tensor, target);
  return target;
}

/** Reads whole rows, each to its place; without `place` in order, many at once. A row of one number is a bias's. */
function readRows({ file }: GgufHeader, tensor: GgufTensor, target: Float32Array, place?: (row: number) => number): void {
  const { format, position, length, shape } = tensor;
  if (place === undefined) {
    for (const { bytes, offset } of pieces(file, position, length, format.bytes))
      format.decode(bytes, target.subarray(...numbersOf(offset, bytes.length, format)));
    return;
  }
  const columns = shape.length > 1 ? shape.at(-1)! : 1;
  const rowBytes = (columns / format.numbers) * format.bytes;
  for (const { bytes, offset } of pieces(file, position, length, rowBytes))
    for (let at = 0; at < bytes.length; at += rowBytes) {
      const row = place((offset + at) / rowBytes);
      format.decode(bytes.subarray(at, at + rowBytes), target.subarray(row * columns, (row + 1) * columns));
    }
}

const numbersOf = (offset: number, length: number, { bytes, numbers }: GgufTensor["format"]): [number, number] => [
  (offset / bytes) * numbers,
  ((offset + length) / bytes) * numbers,
];
