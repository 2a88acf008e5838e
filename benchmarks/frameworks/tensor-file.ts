import { readFileSync, writeFileSync } from "node:fs";

/** Tensors as plain numbers, for the files that both sides read (safetensors): whoever reads them has no engine yet. */
export interface PlainTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array;
}
export type PlainTensors = Readonly<Record<string, PlainTensor>>;

export function writeTensors(path: string, tensors: PlainTensors): void {
  const header: Record<string, unknown> = {};
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const [name, { shape, values }] of Object.entries(tensors)) {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    header[name] = {
      dtype: values instanceof Int32Array ? "I32" : "F32",
      shape,
      data_offsets: [offset, offset + bytes.length],
    };
    parts.push(bytes);
    offset += bytes.length;
  }
  const json = Buffer.from(JSON.stringify(header));
  const text = Buffer.concat([json, Buffer.alloc(-json.length & 7, " ")]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  writeFileSync(path, Buffer.concat([length, text, ...parts]));
}

export function readTensors(path: string): PlainTensors {
  const bytes = readFileSync(path);
  const start = 8 + Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.subarray(8, start).toString()) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  return Object.fromEntries(
    Object.entries(header)
      .filter(([name]) => name !== "__metadata__")
      .map(
        ([
          name,
          {
            dtype,
            shape,
            data_offsets: [from, to],
          },
        ]) => {
          const own = new Uint8Array(bytes.subarray(start + from, start + to)).buffer; // aligned
          return [name, { shape, values: dtype === "I32" ? new Int32Array(own) : new Float32Array(own) }];
        },
      ),
  );
}
