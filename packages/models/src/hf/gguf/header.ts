import { InputError } from "@rewardlab/core";
import { openFile } from "@rewardlab/storage";
import type { OpenFile } from "@rewardlab/storage";
import { blockFormats, otherFormats } from "./block-formats.ts";
import type { BlockFormat } from "./block-formats.ts";

/**
 * A GGUF file of version 2 or 3 (ggml's docs/gguf.md), little-endian: "GGUF", version, counts, key–value metadata, then each tensor's name, sizes (the fastest
 * axis first), type and offset; the data follow, each tensor at a multiple of `general.alignment`.
 */
export interface GgufHeader {
  readonly file: OpenFile;
  /** By key: numbers (64-bit ones as well, where they fit), booleans, texts and lists of them. */
  readonly metadata: ReadonlyMap<string, MetadataValue>;
  readonly tensors: readonly GgufTensor[];
}

export type MetadataValue = number | boolean | string | readonly MetadataValue[];

export interface GgufTensor {
  readonly name: string;
  /** The slowest axis first, as everywhere here. */
  readonly shape: readonly number[];
  readonly format: BlockFormat;
  /** Of its first byte in the file, and how many there are. */
  readonly position: number;
  readonly length: number;
}

/** Opens a file and checks all that its header claims: the data are all there, and of formats that are read. To be closed. */
export function openGguf(path: string): GgufHeader {
  const file = openFile(path, "RL_GGUF", "a GGUF file");
  try {
    return readHeader(file);
  } catch (error) {
    file.close();
    throw error;
  }
}

function readHeader(file: OpenFile): GgufHeader {
  const fail = (problem: string): never => {
    throw new InputError("RL_GGUF", `${file.path}: ${problem}`);
  };
  const cursor = cursorOf(file, fail);
  if (file.size < 24 || Buffer.from(cursor.take(4)).toString("latin1") !== "GGUF")
    fail('does not begin with "GGUF": no GGUF file');
  const version = cursor.number("u32");
  if (version !== 2 && version !== 3)
    fail(version > 0xffff ? "is big-endian, which isn't read" : `is of version ${version}, expected 2 or 3`);
  const [tensorCount, pairCount] = [cursor.number("u64"), cursor.number("u64")];

  const metadata = new Map<string, MetadataValue>();
  for (let index = 0; index < pairCount; index++) {
    const key = cursor.text();
    metadata.set(key, cursor.value(cursor.number("u32")));
  }

  const outlines: { name: string; shape: number[]; type: number; offset: number }[] = [];
  for (let index = 0; index < tensorCount; index++) {
    const name = cursor.text();
    const axes = cursor.number("u32");
    if (axes > 4) fail(`tensor ${name} has ${axes} axes, expected at most 4`);
    const sizes = Array.from({ length: axes }, () => cursor.number("u64"));
    outlines.push({ name, shape: sizes.toReversed(), type: cursor.number("u32"), offset: cursor.number("u64") });
  }

  const alignment = metadata.get("general.alignment") ?? 32;
  if (typeof alignment !== "number" || !(alignment > 0)) return fail(`its general.alignment is ${JSON.stringify(alignment)}`);
  const start = Math.ceil(cursor.position() / alignment) * alignment;
  const tensors = outlines.map(({ name, shape, type, offset }) => {
    const format = blockFormats.get(type);
    if (format === undefined)
      return fail(
        `tensor ${name} is stored as ${otherFormats.get(type) ?? `type ${type}`}, expected one of ${[...blockFormats.values()].map((known) => known.name).join(", ")}. Convert it: llama-quantize --allow-requantize ${file.path} OUT.gguf Q8_0`,
      );
    const numbers = shape.reduce((product, axis) => product * axis, 1);
    if ((shape.at(-1) ?? 1) % format.numbers !== 0)
      fail(
        `tensor ${name} of shape [${shape.join(", ")}] is stored as ${format.name}, whose rows are multiples of ${format.numbers}`,
      );
    const length = (numbers / format.numbers) * format.bytes;
    const position = start + offset;
    if (!(position + length <= file.size))
      fail(
        `tensor ${name} needs bytes ${position} to ${position + length}, the file has ${file.size}: cut short, or a lying header`,
      );
    return { name, shape, format, position, length };
  });
  return { file, metadata, tensors };
}

/** The types of metadata values, by their numbers. */
const scalars = ["u8", "i8", "u16", "i16", "u32", "i32", "f32", "bool"] as const;
const [TEXT, LIST, U64, I64, F64] = [8, 9, 10, 11, 12];
const widths = { u8: 1, i8: 1, u16: 2, i16: 2, u32: 4, i32: 4, f32: 4, bool: 1, u64: 8, i64: 8, f64: 8 } as const;
type Scalar = keyof typeof widths;

const WINDOW_BYTES = 2 ** 20;

/** Reads from the front, a window at a time: a header with a vocabulary has megabytes, the file gigabytes. */
function cursorOf(file: OpenFile, fail: (problem: string) => never) {
  let window = new Uint8Array(0);
  let view = new DataView(window.buffer);
  let begin = 0; // of the window, in the file
  let at = 0; // in the window

  const need = (length: number) => {
    if (at + length <= window.length) return;
    begin += at;
    at = 0;
    if (!(begin + length <= file.size)) fail(`its header goes on beyond its ${file.size} bytes: cut short, or no GGUF file`);
    window = new Uint8Array(Math.min(Math.max(length, WINDOW_BYTES), file.size - begin));
    view = new DataView(window.buffer);
    file.read(begin, window);
  };
  const take = (length: number): Uint8Array => {
    need(length);
    at += length;
    return window.subarray(at - length, at);
  };
  const wide = (value: bigint): number => {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : fail(`its header has the number ${value}, which can't be meant`);
  };
  const number = (type: Exclude<Scalar, "bool">): number => {
    need(widths[type]);
    const here = at;
    at += widths[type];
    switch (type) {
      case "u8":
        return view.getUint8(here);
      case "i8":
        return view.getInt8(here);
      case "u16":
        return view.getUint16(here, true);
      case "i16":
        return view.getInt16(here, true);
      case "u32":
        return view.getUint32(here, true);
      case "i32":
        return view.getInt32(here, true);
      case "f32":
        return view.getFloat32(here, true);
      case "f64":
        return view.getFloat64(here, true);
      case "u64":
        return wide(view.getBigUint64(here, true));
      case "i64":
        return wide(view.getBigInt64(here, true));
    }
  };
  const text = (): string => Buffer.from(take(number("u64"))).toString("utf8");
  const value = (type: number): MetadataValue => {
    if (type === TEXT) return text();
    if (type === U64 || type === I64 || type === F64) return number(type === U64 ? "u64" : type === I64 ? "i64" : "f64");
    if (type === LIST) {
      const [inner, length] = [number("u32"), number("u64")];
      const values: MetadataValue[] = [];
      for (let index = 0; index < length; index++) values.push(value(inner)); // ends where the file does, whatever length is claimed
      return values;
    }
    const scalar = scalars[type];
    if (scalar === undefined) return fail(`its metadata have a value of type ${type}, expected 0 to 12`);
    return scalar === "bool" ? number("u8") !== 0 : number(scalar);
  };
  return { take, number, text, value, position: () => begin + at };
}
