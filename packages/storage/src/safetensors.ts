import { InputError } from "./errors.ts";
import { writePiecesAtomic } from "./files.ts";
import { widenBfloat16, widenFloat16 } from "./half-floats.ts";
import { openFile, pieces } from "./open-file.ts";
import type { OpenFile } from "./open-file.ts";

/**
 * The safetensors format (huggingface/safetensors 0.4, "Format"): 8 bytes little-endian header length, a JSON header
 * `{ name: { dtype, shape, data_offsets: [begin, end] }, __metadata__? }` padded with spaces to 8 bytes, then the data without gaps.
 *
 * Our own files are written with names sorted, so equal tensors give equal bytes, and have F32, I32 and BOOL: `encodeSafetensors`, `readSafetensors`.
 * Others' may have any type of the format and be larger than memory: `openSafetensors` gives their tensors one by one, F32, F16 and BF16 as float32.
 */
const arrays = { F32: Float32Array, I32: Int32Array, BOOL: Uint8Array } as const;
type Dtype = keyof typeof arrays;

/** Bits of a number of each type that safetensors 0.8 knows. */
const bits: Readonly<Record<string, number>> = Object.fromEntries(
  Object.entries({
    4: "F4",
    6: "F6_E2M3 F6_E3M2",
    8: "BOOL U8 I8 F8_E5M2 F8_E4M3 F8_E8M0 F8_E4M3FNUZ F8_E5M2FNUZ",
    16: "U16 I16 F16 BF16",
    32: "U32 I32 F32",
    64: "U64 I64 F64 C64",
  }).flatMap(([width, names]) => names.split(" ").map((name) => [name, Number(width)])),
);

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
  return Buffer.concat([headerBytes(header), ...chunks]);
}

/** Padded, so that the data begin at a multiple of 8 bytes. */
function headerBytes(header: Readonly<Record<string, unknown>>): Uint8Array {
  const json = Buffer.from(JSON.stringify(header));
  const text = Buffer.concat([json, Buffer.alloc(-json.length & 7, " ")]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text]);
}

/**
 * Writes float32 tensors of these shapes as others read them (`format: pt`), one after the other: `values` gives one at a time, and nothing else is held.
 * Names sorted, so equal tensors give equal bytes.
 */
export function writeSafetensors(
  path: string,
  shapes: ReadonlyMap<string, readonly number[]>,
  values: (name: string) => Float32Array,
): void {
  const names = [...shapes.keys()].sort();
  const header = Object.create(null) as Record<string, unknown>;
  header["__metadata__"] = { format: "pt" };
  let offset = 0;
  for (const name of names) {
    const shape = shapes.get(name)!;
    const end = offset + 4 * sizeOf(shape);
    header[name] = { dtype: "F32", shape, data_offsets: [offset, end] };
    offset = end;
  }
  writePiecesAtomic(path, parts());

  function* parts(): Iterable<Uint8Array> {
    yield headerBytes(header);
    for (const name of names) {
      const given = values(name);
      if (given.length !== sizeOf(shapes.get(name)!))
        throw new InputError(
          "RL_SAFETENSORS",
          `${path}: tensor ${name} of shape [${shapes.get(name)!.join(", ")}] is given ${given.length} numbers`,
        );
      yield new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
    }
  }
}

/** The tensors of a file. Everything the header claims is checked against the file before any is made. */
export function readSafetensors(path: string): Record<string, StoredTensor> {
  const { file, entries } = openChecked(path, Object.keys(arrays));
  try {
    const tensors = [...entries.values()].map(({ name, dtype, shape, position, length }) => {
      const bytes = new Uint8Array(length); // memory of its own: a typed array over it starts at its first byte
      file.read(position, bytes);
      return [name, { dtype: dtype as Dtype, shape, values: new arrays[dtype as Dtype](bytes.buffer) }] as const;
    });
    return Object.fromEntries(tensors);
  } finally {
    file.close();
  }
}

/** A tensor in a file, not read yet. */
export interface TensorOutline {
  readonly name: string;
  /** As the file's format calls it. */
  readonly dtype: string;
  /** Sizes of the axes; none for a scalar. */
  readonly shape: readonly number[];
}

/** A safetensors file whose tensors are read one by one; whoever has it holds none of them. */
export interface SafetensorsFile {
  readonly path: string;
  /** In the order of the file. */
  readonly tensors: ReadonlyMap<string, TensorOutline>;
  /**
   * A tensor's numbers as float32, row by row; into `into`'s memory where that is given, which must have as many. Throws `InputError` for a type other than F32,
   * F16 and BF16.
   */
  floats(name: string, into?: Float32Array): Float32Array;
  /** Of the whole file. */
  sha256(): string;
  close(): void;
}

/** Opens a file of any size and checks everything its header claims. To be closed. */
export function openSafetensors(path: string): SafetensorsFile {
  const { file, entries } = openChecked(path, Object.keys(bits));
  return {
    path,
    tensors: entries,
    floats(name, into) {
      const entry = entries.get(name);
      if (entry === undefined) throw new InputError("RL_SAFETENSORS", `${path}: there is no tensor ${name}`);
      const size = sizeOf(entry.shape);
      const target = into ?? new Float32Array(size);
      if (target.length !== size)
        throw new InputError(
          "RL_SAFETENSORS",
          `${path}: tensor ${name} has ${size} numbers, memory is given for ${target.length}`,
        );
      readFloats(file, entry, target);
      return target;
    },
    sha256: () => file.sha256(),
    close: () => file.close(),
  };
}

function readFloats(file: OpenFile, { name, dtype, position, length }: Entry, target: Float32Array): void {
  if (dtype === "F32") {
    file.read(position, new Uint8Array(target.buffer, target.byteOffset, length));
    return;
  }
  const widen = { F16: widenFloat16, BF16: widenBfloat16 }[dtype];
  if (widen === undefined)
    throw new InputError("RL_SAFETENSORS", `${file.path}: tensor ${name} is of type ${dtype}, expected F32, F16 or BF16`);
  for (const { bytes, offset } of pieces(file, position, length, 2))
    widen(new Uint16Array(bytes.buffer, 0, bytes.length / 2), target.subarray(offset / 2, (offset + bytes.length) / 2));
}

interface Entry extends TensorOutline {
  /** Of its first byte in the file. */
  readonly position: number;
  /** In bytes. */
  readonly length: number;
}

/** The file, open, and its tensors by name in the order of the file. */
function openChecked(path: string, dtypes: readonly string[]): { file: OpenFile; entries: ReadonlyMap<string, Entry> } {
  const file = openFile(path, "RL_SAFETENSORS", "a safetensors file");
  const fail = (problem: string): never => {
    throw new InputError("RL_SAFETENSORS", `${path}: ${problem}`);
  };
  try {
    const { size } = file;
    if (size < 8) fail(`has ${size} bytes, too short for a safetensors file`);
    const prefix = Buffer.alloc(8);
    file.read(0, prefix);
    const headerLength = Number(prefix.readBigUInt64LE());
    if (headerLength > MOST_HEADER_BYTES || 8 + headerLength > size)
      fail(`says its header has ${headerLength} bytes, the file has ${size}: cut short, or no safetensors file`);
    const header = Buffer.alloc(headerLength);
    file.read(8, header);
    return { file, entries: checkHeader(header.toString("utf8"), 8 + headerLength, size, dtypes, fail) };
  } catch (error) {
    file.close();
    throw error;
  }
}

/** The data are from `start` to `size` of the file. */
function checkHeader(
  text: string,
  start: number,
  size: number,
  dtypes: readonly string[],
  fail: (problem: string) => never,
): ReadonlyMap<string, Entry> {
  const dataBytes = size - start;
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
      if (typeof dtype !== "string" || !dtypes.includes(dtype))
        return fail(`tensor ${name} has type ${JSON.stringify(dtype)}, expected one of ${dtypes.join(", ")}`);
      if (!Array.isArray(shape) || !shape.every((axis) => Number.isSafeInteger(axis) && axis >= 0))
        return fail(`tensor ${name} has shape ${JSON.stringify(shape)}, expected sizes`);
      if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(Number.isSafeInteger))
        return fail(`tensor ${name} has data_offsets ${JSON.stringify(offsets)}, expected [begin, end]`);
      const [begin, end] = offsets as [number, number];
      const bytes = (sizeOf(shape as number[]) * bits[dtype]!) / 8;
      if (begin < 0 || end > dataBytes || end - begin !== bytes)
        return fail(
          `tensor ${name} of shape [${shape.join(", ")}] needs ${bytes} bytes and claims ${begin} to ${end} of ${dataBytes}: cut short, or a lying header`,
        );
      return { name, dtype, shape: shape as number[], position: start + begin, length: bytes };
    })
    .sort((a, b) => a.position - b.position || a.length - b.length);
  let position = start;
  for (const entry of entries) {
    if (entry.position !== position)
      fail(
        `tensor ${entry.name} begins at ${entry.position - start}, expected ${position - start}: tensors overlap or leave a gap`,
      );
    position += entry.length;
  }
  if (position !== size) fail(`has ${dataBytes} bytes of data, its header describes ${position - start}`);
  return new Map(entries.map((entry) => [entry.name, entry]));
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, axis) => product * axis, 1);
}
