/** What of an ONNX file its weights can be told from: the tensors in it, and which node reads which. Protocol buffers of onnx.proto, opset 14. */
export interface OnnxGraph {
  readonly tensors: ReadonlyMap<string, OnnxTensor>;
  readonly nodes: readonly OnnxNode[];
}
export interface OnnxTensor {
  readonly shape: readonly number[];
  /** null where it isn't of float32. */
  readonly values: Float32Array | null;
}
export interface OnnxNode {
  readonly kind: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

const FLOAT = 1;

/** Throws where the bytes are no model. */
export function readOnnx(bytes: Buffer): OnnxGraph {
  const graph = only(bytes, 7);
  if (graph === undefined) throw new Error("there is no graph in it: no ONNX model");
  const tensors = new Map<string, OnnxTensor>();
  const nodes: OnnxNode[] = [];
  for (const { field, value } of fields(graph)) {
    if (field === 5 && Buffer.isBuffer(value)) tensors.set(...tensorOf(value));
    if (field === 1 && Buffer.isBuffer(value)) nodes.push(nodeOf(value));
  }
  return { tensors, nodes };
}

function tensorOf(bytes: Buffer): [string, OnnxTensor] {
  const shape: number[] = [];
  let [kind, name] = [0, ""];
  let raw: Buffer | undefined;
  for (const { field, value } of fields(bytes)) {
    if (field === 1) shape.push(...(Buffer.isBuffer(value) ? varints(value) : [value]));
    else if (field === 2 && typeof value === "number") kind = value;
    else if (field === 8 && Buffer.isBuffer(value)) name = value.toString("utf8");
    else if ((field === 4 || field === 9) && Buffer.isBuffer(value)) raw = value; // float_data or raw_data: the same bytes
  }
  const size = shape.reduce((product, axis) => product * axis, 1);
  if (kind !== FLOAT || raw?.length !== 4 * size) return [name, { shape, values: null }];
  const values = new Float32Array(size);
  Buffer.from(values.buffer).set(raw);
  return [name, { shape, values }];
}

function nodeOf(bytes: Buffer): OnnxNode {
  const texts = (wanted: number) =>
    [...fields(bytes)].flatMap(({ field, value }) =>
      field === wanted && Buffer.isBuffer(value) ? [value.toString("utf8")] : [],
    );
  return { kind: texts(4)[0] ?? "", inputs: texts(1), outputs: texts(2) };
}

function only(bytes: Buffer, wanted: number): Buffer | undefined {
  for (const { field, value } of fields(bytes)) if (field === wanted && Buffer.isBuffer(value)) return value;
  return undefined;
}

/** A message's fields in order: numbers, or the bytes of what is longer. */
function* fields(bytes: Buffer): Generator<{ field: number; value: number | Buffer }> {
  for (let at = 0; at < bytes.length;) {
    const key = varint(bytes, at);
    at = key.next;
    const [field, wire] = [Math.floor(key.value / 8), key.value % 8];
    if (wire === 0) {
      const { value, next } = varint(bytes, at);
      at = next;
      yield { field, value };
      continue;
    }
    const length = wire === 2 ? varint(bytes, at) : { value: wire === 1 ? 8 : wire === 5 ? 4 : NaN, next: at };
    const end = length.next + length.value;
    if (!(end <= bytes.length)) throw new Error(`it breaks off, or is no ONNX model (wire type ${wire} at byte ${at})`);
    yield { field, value: bytes.subarray(length.next, end) };
    at = end;
  }
}

function varints(bytes: Buffer): number[] {
  const all: number[] = [];
  for (let at = 0; at < bytes.length;) {
    const { value, next } = varint(bytes, at);
    all.push(value);
    at = next;
  }
  return all;
}

/** Of up to 53 bits; what is larger loses digits, and no weight's name or size is. */
function varint(bytes: Buffer, from: number): { value: number; next: number } {
  let value = 0;
  for (let at = from, scale = 1; at < bytes.length; at++, scale *= 128) {
    value += (bytes[at]! & 127) * scale;
    if (bytes[at]! < 128) return { value, next: at + 1 };
  }
  throw new Error("it breaks off in a number, or is no ONNX model");
}
