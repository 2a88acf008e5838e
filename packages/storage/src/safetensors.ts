import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { InputError, messageOf } from "./errors.ts";

/**
 * The safetensors format (huggingface/safetensors 0.4, "Format"): 8 bytes little-endian header length, a JSON header
 * `{ name: { dtype, shape, data_offsets: [begin, end] }, __metadata__? }` padded with spaces to 8 bytes, then the data without gaps.
 * Written with names sorted, so equal tensors give equal bytes. Written and read: F32, I32 and BOOL.
 */
const widths = { F32: 4, I32: 4, BOOL: 1 } as const;
type Dtype = keyof typeof widths;
const arrays = { F32: Float32Array, I32: Int32Array, BOOL: Uint8Array } as const;

/** A tensor as plain numbers, row by row: no engine is needed to read or write one. */
export interface StoredTensor {
  readonly dtype: Dtype;
  /** Sizes of the axes; none for a scalar. */
  readonly shape: readonly number[];
  /** As many as the shape's product; of a BOOL, 0 and 1. */
  readonly values: Float32Array | Int32Array | Uint8Array;
}

const MOST_HEADER_BYTES = 100_000_000;

/** The bytes of a file that holds these tensors. */
export function encodeSafetensors(tensors: Readonly<Record<string, StoredTensor>>): Uint8Array {
  const header = Object.create(null) as Record<string, unknown>; // without a prototype, __proto__ is a name like any other
  const chunks: Uint8Array[] = [];
  let offset = 0;
  for (const name of Object.keys(tensors).sort()) {
    const { dtype, shape, values } = tensors[name]!;
    if (!(values instanceof arrays[dtype]) || values.length !== sizeOf(shape))
      throw new InputError(
        "RL_SAFETENSORS",
        `tensor ${name} of type ${dtype} and shape [${shape.join(", ")}] is given ${values.length} numbers in a ${values.constructor.name}, expected ${sizeOf(shape)} in a ${arrays[dtype].name}`,
      );
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    header[name] = { dtype, shape, data_offsets: [offset, offset + bytes.length] };
    chunks.push(bytes);
    offset += bytes.length;
  }
  const json = Buffer.from(JSON.stringify(header));
  const text = Buffer.concat([json, Buffer.alloc(-json.length & 7, " ")]); // so that the data begin at a multiple of 8 bytes
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, ...chunks]);
}

/** The tensors of a file. Everything the header claims is checked against the file before any is made. */
export function readSafetensors(path: string): Record<string, StoredTensor> {
  const fail = (problem: string): never => {
    throw new InputError("RL_SAFETENSORS", `${path}: ${problem}`);
  };
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    return fail(`can't be read (${messageOf(error)}), expected a safetensors file`);
  }
  try {
    if (!fstatSync(file).isFile()) fail("is not a file");
    const size = fstatSync(file).size;
    if (size < 8) fail(`has ${size} bytes, too short for a safetensors file`);
    const headerLength = Number(readBytes(file, 0, 8).readBigUInt64LE());
    if (headerLength > MOST_HEADER_BYTES || 8 + headerLength > size)
      fail(`says its header has ${headerLength} bytes, the file has ${size}: cut short, or no safetensors file`);
    const start = 8 + headerLength;
    const entries = checkHeader(readBytes(file, 8, headerLength).toString("utf8"), size - start, fail);
    const tensors = entries.map(({ name, dtype, shape, begin, end }) => {
      const { buffer } = readBytes(file, start + begin, end - begin);
      return [name, { dtype, shape, values: new arrays[dtype](buffer as ArrayBuffer) }] as const;
    });
    return Object.fromEntries(tensors);
  } finally {
    closeSync(file);
  }
}

interface Entry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: number[];
  readonly begin: number;
  readonly end: number;
}

function checkHeader(text: string, dataBytes: number, fail: (problem: string) => never): Entry[] {
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch {
    return fail("its header is not JSON");
  }
  if (typeof header !== "object" || header === null || Array.isArray(header)) return fail("its header is not a JSON object");
  const entries = Object.entries(header as Record<string, { dtype?: unknown; shape?: unknown; data_offsets?: unknown } | null>)
    .filter(([name]) => name !== "__metadata__")
    .map(([name, entry]) => {
      const { dtype, shape, data_offsets: offsets } = entry ?? {};
      if (typeof dtype !== "string" || !Object.hasOwn(widths, dtype))
        return fail(`tensor ${name} has type ${JSON.stringify(dtype)}, expected one of ${Object.keys(widths).join(", ")}`);
      if (!Array.isArray(shape) || !shape.every((axis) => Number.isSafeInteger(axis) && axis >= 0))
        return fail(`tensor ${name} has shape ${JSON.stringify(shape)}, expected sizes`);
      if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(Number.isSafeInteger))
        return fail(`tensor ${name} has data_offsets ${JSON.stringify(offsets)}, expected [begin, end]`);
      const [begin, end] = offsets as [number, number];
      const bytes = sizeOf(shape as number[]) * widths[dtype as Dtype];
      if (begin < 0 || end > dataBytes || end - begin !== bytes)
        return fail(
          `tensor ${name} of shape [${shape.join(", ")}] needs ${bytes} bytes and claims ${begin} to ${end} of ${dataBytes}: cut short, or a lying header`,
        );
      return { name, dtype: dtype as Dtype, shape: shape as number[], begin, end };
    })
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  let position = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== position) fail(`tensor ${name} begins at ${begin}, expected ${position}: tensors overlap or leave a gap`);
    position = end;
  }
  if (position !== dataBytes) fail(`has ${dataBytes} bytes of data, its header describes ${position}`);
  return entries;
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, axis) => product * axis, 1);
}

function readBytes(file: number, position: number, length: number): Buffer {
  const bytes = Buffer.from(new ArrayBuffer(length)); // memory of its own: a typed array over it starts at its first byte
  for (let done = 0; done < length;) {
    const read = readSync(file, bytes, done, length - done, position + done);
    if (read === 0) break;
    done += read;
  }
  return bytes;
}
