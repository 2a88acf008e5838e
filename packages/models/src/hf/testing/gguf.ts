import { readFileSync } from "node:fs";

/** Made by tools/oracles/hf-gguf.py with gguf-py. Bytes and float32 numbers are in base64. */
export const ggufFixture = JSON.parse(readFileSync(new URL("../fixtures/gguf.json", import.meta.url), "utf8")) as {
  readonly blocks: readonly { readonly type: number; readonly name: string; readonly bytes: string; readonly values: string }[];
  readonly small: {
    /** A whole file. */
    readonly file: string;
    /** By Transformers' names; of the numbers every 37th. */
    readonly tensors: Readonly<Record<string, { readonly shape: number[]; readonly dtype: string; readonly some: string }>>;
  };
};

/** Float32 numbers from base64. */
export function numbersOf(text: string): Float32Array {
  return new Float32Array(new Uint8Array(Buffer.from(text, "base64")).buffer);
}

type Value = string | number | boolean | readonly string[] | readonly number[];
interface Tensor {
  readonly name: string;
  /** The slowest axis first. */
  readonly shape: readonly number[];
  readonly type: number;
  readonly bytes: Uint8Array;
}

/** A GGUF file: whole numbers of the metadata as u32, others as f32. */
export function ggufOf(metadata: Readonly<Record<string, Value>>, tensors: readonly Tensor[] = [], version = 3): Buffer {
  const u32 = (number: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(number);
    return bytes;
  };
  const u64 = (number: number) => Buffer.concat([u32(number % 2 ** 32), u32(Math.floor(number / 2 ** 32))]);
  const text = (value: string) => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);
  const number = (value: number) =>
    Number.isInteger(value) && value >= 0
      ? ([4, u32(value)] as const)
      : ([6, Buffer.from(Float32Array.of(value).buffer)] as const);
  const typed = (value: string | number | boolean) =>
    typeof value === "string"
      ? ([8, text(value)] as const)
      : typeof value === "boolean"
        ? ([7, Buffer.from([value ? 1 : 0])] as const)
        : number(value);
  const pairs = Object.entries(metadata).map(([key, value]) => {
    if (typeof value === "object") {
      const items = value.map(typed);
      const list = [u32(items[0]?.[0] ?? 8), u64(items.length), ...items.map(([, bytes]) => bytes)];
      return Buffer.concat([text(key), u32(9), ...list]);
    }
    const [type, bytes] = typed(value);
    return Buffer.concat([text(key), u32(type), bytes]);
  });
  let offset = 0;
  const outlines = tensors.map(({ name, shape, type, bytes }) => {
    const outline = [text(name), u32(shape.length), ...shape.toReversed().map(u64), u32(type), u64(offset)];
    offset += Math.ceil(bytes.length / 32) * 32;
    return Buffer.concat(outline);
  });
  const header = Buffer.concat([
    Buffer.from("GGUF"),
    u32(version),
    u64(tensors.length),
    u64(pairs.length),
    ...pairs,
    ...outlines,
  ]);
  const padded = (bytes: Uint8Array) => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 31)]);
  return Buffer.concat([padded(header), ...tensors.map(({ bytes }) => padded(bytes))]);
}
