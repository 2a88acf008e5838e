import { spawnSync } from "node:child_process";
import { openSync, closeSync, ftruncateSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "./errors.ts";
import { encodeSafetensors, openSafetensors, readSafetensors } from "./safetensors.ts";
import type { StoredTensor } from "./safetensors.ts";
import { temporaryFolder } from "./testing/temporary-folder.ts";

const test = suite("safetensors", { folder: "" });
test.before.each((context) => void (context.folder = temporaryFolder()));
test.after.each(({ folder }) => rmSync(folder, { recursive: true }));

const floats = (shape: readonly number[], ...values: number[]): StoredTensor => ({
  dtype: "F32",
  shape,
  values: Float32Array.from(values),
});
const integers = (shape: readonly number[], ...values: number[]): StoredTensor => ({
  dtype: "I32",
  shape,
  values: Int32Array.from(values),
});

/** A file with a header as given and so many bytes of data. */
function fileOf(folder: string, header: string | object, data = 0, claimed?: bigint): string {
  const json = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(claimed ?? BigInt(json.length));
  const path = join(folder, "model.safetensors");
  writeFileSync(path, Buffer.concat([length, json, Buffer.alloc(data)]));
  return path;
}

function refused(path: string, message: RegExp): void {
  try {
    readSafetensors(path);
  } catch (error) {
    assert.instance(error, InputError);
    assert.match((error as InputError).message, message);
    assert.ok((error as InputError).message.startsWith(path), "the file is named");
    return;
  }
  assert.unreachable("it was accepted");
}

test("round trip: types, shapes, a scalar, an empty one, every bit of a float", ({ folder }) => {
  const quietNaN = new Float32Array(Int32Array.of(0x7fc12345).buffer)[0]!;
  const made: Record<string, StoredTensor> = {
    "layer.0.é": floats([2, 3], 1.5, -0, Number.MIN_VALUE, 3.4e38, Infinity, quietNaN),
    ids: integers([2], 1, -2147483648),
    flags: { dtype: "BOOL", shape: [3], values: Uint8Array.of(1, 0, 1) },
    scalar: floats([], 7),
    empty: floats([0, 4]),
    ["__proto__"]: integers([1], 9),
  };
  const path = join(folder, "x");
  writeFileSync(path, encodeSafetensors(made));
  const read = readSafetensors(path);
  assert.equal(Object.keys(read).sort(), Object.keys(made).sort());
  for (const [name, { dtype, shape, values }] of Object.entries(made)) {
    const own = Object.entries(read).find(([other]) => other === name)![1];
    assert.equal([own.dtype, own.shape, own.values.constructor.name], [dtype, shape, values.constructor.name], name);
    assert.equal(Buffer.from(own.values.buffer), Buffer.from(values.buffer), name);
  }
});

test("equal tensors give equal bytes, in whatever order; the data begin at a multiple of 8 bytes", () => {
  const [a, b] = [floats([2], 1, 2), floats([], 3)];
  const bytes = encodeSafetensors({ a, b });
  assert.equal(bytes, encodeSafetensors({ b, a }));
  for (const name of ["a", "ab", "é", "ééé", "日本"])
    assert.is(Number(Buffer.from(encodeSafetensors({ [name]: a })).readBigUInt64LE()) % 8, 0, name);
});

test("a part of a larger array is written as that part", ({ folder }) => {
  const path = join(folder, "x");
  writeFileSync(path, encodeSafetensors({ a: { dtype: "F32", shape: [2], values: Float32Array.of(1, 2, 3, 4).subarray(1, 3) } }));
  assert.equal([...readSafetensors(path).a!.values], [2, 3]);
});

test("numbers that don't fill the shape, or are of another type, are refused when written", () => {
  const message = (tensor: StoredTensor) => {
    try {
      encodeSafetensors({ a: tensor });
    } catch (error) {
      assert.instance(error, InputError);
      return (error as InputError).message;
    }
    return assert.unreachable("it was written");
  };
  const given = "tensor a of type F32 and shape [2, 2] is given";
  assert.is(message(floats([2, 2], 1, 2, 3)), `${given} 3 numbers in a Float32Array, expected 4 in a Float32Array`);
  assert.is(
    message({ ...integers([2, 2], 1, 2, 3, 4), dtype: "F32" }),
    `${given} 4 numbers in a Int32Array, expected 4 in a Float32Array`,
  );
});

test("metadata is passed over", ({ folder }) => {
  const read = readSafetensors(
    fileOf(folder, { __metadata__: { format: "pt" }, a: { dtype: "I32", shape: [], data_offsets: [0, 4] } }, 4),
  );
  assert.equal(read, { a: integers([], 0) });
});

test("hostile: sizes", ({ folder }) => {
  writeFileSync(join(folder, "model.safetensors"), "short");
  refused(join(folder, "model.safetensors"), /has 5 bytes, too short/);
  refused(fileOf(folder, {}, 0, 1000n), /says its header has 1000 bytes, the file has 10: cut short/);
  refused(fileOf(folder, {}, 0, 2n ** 64n - 1n), /says its header has 18446744073709552000 bytes/);
  refused(join(folder, "none"), /can't be read .*ENOENT/);
  refused(folder, /is not a file/);
});

test("hostile: headers that are no header", ({ folder }) => {
  refused(fileOf(folder, "{not json"), /its header is not JSON/);
  for (const header of ["[]", "null", "3", '"x"']) refused(fileOf(folder, header), /its header is not a JSON object/);
  refused(fileOf(folder, '{"a":null}'), /tensor a has type undefined/);
  refused(fileOf(folder, '{"a":3}'), /tensor a has type undefined/);
});

test("hostile: entries", ({ folder }) => {
  const entry = (changed: object, data = 8) =>
    fileOf(folder, { a: { dtype: "F32", shape: [2], data_offsets: [0, 8], ...changed } }, data);
  refused(entry({ dtype: "F64" }), /tensor a has type "F64", expected one of F32, I32, BOOL/);
  refused(entry({ dtype: "constructor" }), /tensor a has type "constructor"/);
  refused(entry({ shape: [-2] }), /tensor a has shape \[-2\]/);
  refused(entry({ shape: [0.5] }), /tensor a has shape/);
  refused(entry({ shape: "2" }), /tensor a has shape "2"/);
  refused(entry({ shape: [2 ** 60] }), /tensor a has shape/);
  refused(entry({ shape: [2 ** 50, 2 ** 50] }), /needs .* bytes and claims 0 to 8 of 8/);
  refused(entry({ data_offsets: [0] }), /data_offsets \[0\]/);
  refused(entry({ data_offsets: [-8, 0] }), /claims -8 to 0/);
  refused(entry({ data_offsets: [8, 16] }), /claims 8 to 16 of 8: cut short/);
  refused(entry({ data_offsets: [8, 0] }), /claims 8 to 0/);
  refused(entry({}, 7), /needs 8 bytes and claims 0 to 8 of 7: cut short, or a lying header/);
});

test("hostile: overlap, gap, bytes that belong to nothing", ({ folder }) => {
  const two = (second: [number, number], data: number) =>
    fileOf(
      folder,
      { a: { dtype: "F32", shape: [1], data_offsets: [0, 4] }, b: { dtype: "F32", shape: [1], data_offsets: second } },
      data,
    );
  refused(two([0, 4], 4), /tensor b begins at 0, expected 4: tensors overlap or leave a gap/);
  refused(two([2, 6], 8), /tensor b begins at 2, expected 4/);
  refused(two([8, 12], 12), /tensor b begins at 8, expected 4/);
  refused(two([4, 8], 12), /has 12 bytes of data, its header describes 8/);
});

/** A file with these tensors' bytes, in this order. */
function stored(
  folder: string,
  tensors: Readonly<Record<string, readonly [dtype: string, shape: number[], bytes: Uint8Array]>>,
): string {
  const entries: Record<string, object> = {};
  let offset = 0;
  for (const [name, [dtype, shape, bytes]] of Object.entries(tensors)) {
    entries[name] = { dtype, shape, data_offsets: [offset, offset + bytes.length] };
    offset += bytes.length;
  }
  const json = Buffer.from(JSON.stringify(entries));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const path = join(folder, "others.safetensors");
  writeFileSync(path, Buffer.concat([length, json, ...Object.values(tensors).map(([, , bytes]) => bytes)]));
  return path;
}
const bytesOf = (numbers: Uint16Array | Float32Array) => new Uint8Array(numbers.buffer);

test("others' files: float32, float16 and bfloat16, one by one, into memory that is given", ({ folder }) => {
  const many = Uint16Array.from({ length: 1_300_001 }, (_, index) => (index * 40_503) & 0xffff); // more than a piece
  const file = openSafetensors(
    stored(folder, {
      a: ["F32", [2], bytesOf(Float32Array.of(1.5, -0))],
      odd: ["BOOL", [1], Uint8Array.of(1)], // what follows begins at an odd place
      b: ["F16", [2, 2], bytesOf(Uint16Array.of(0x3c00, 0xc200, 0x0001, 0x7bff))],
      c: ["BF16", [many.length], bytesOf(many)],
      n: ["I64", [1], new Uint8Array(8)],
    }),
  );
  assert.equal(
    [...file.tensors.values()].map(({ name, dtype }) => `${name} ${dtype}`),
    ["a F32", "odd BOOL", "b F16", "c BF16", "n I64"],
  );
  assert.equal([...file.floats("a")], [1.5, -0]);
  assert.equal([...file.floats("b")], [1, -3, 2 ** -24, 65_504]);
  const memory = new Float32Array(many.length + 2).fill(7);
  const given = memory.subarray(1, -1);
  assert.is(file.floats("c", given), given);
  const bits = new Uint32Array(memory.buffer);
  assert.ok(many.every((half, index) => bits[index + 1] === (half << 16) >>> 0));
  assert.equal([memory[0], memory.at(-1)], [7, 7]);
  const message = (work: () => unknown) => {
    try {
      work();
    } catch (error) {
      return (error as Error).message;
    }
    return "accepted";
  };
  assert.match(
    message(() => file.floats("n")),
    /tensor n is of type I64, expected F32, F16 or BF16/,
  );
  assert.match(
    message(() => file.floats("z")),
    /there is no tensor z/,
  );
  assert.match(
    message(() => file.floats("a", memory)),
    /tensor a has 2 numbers, memory is given for 1300003/,
  );
  file.close();
  refused(file.path, /tensor b has type "F16", expected one of F32, I32, BOOL/); // our own files have no such type
});

test("a file of more than 4 GiB: a tensor beyond them is read where it lies", ({ folder }) => {
  const big = 4.5 * 2 ** 30;
  const header = Buffer.from(
    JSON.stringify({
      big: { dtype: "F32", shape: [big / 4], data_offsets: [0, big] },
      last: { dtype: "F32", shape: [2], data_offsets: [big, big + 8] },
    }),
  );
  const path = join(folder, "big.safetensors");
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const descriptor = openSync(path, "w"); // nothing is written in between: it takes no room
  writeSync(descriptor, Buffer.concat([length, header]));
  writeSync(descriptor, bytesOf(Float32Array.of(3, 4)), 0, 8, 8 + header.length + big);
  ftruncateSync(descriptor, 8 + header.length + big + 8);
  closeSync(descriptor);
  const file = openSafetensors(path);
  assert.equal([...file.floats("last")], [3, 4]);
  file.close();
});

test("Python's safetensors reads what is written, and the other way round", ({ folder }) => {
  const python = (script: string) => spawnSync("python3", ["-c", script], { cwd: folder, encoding: "utf8" });
  if (python("import safetensors.numpy").status !== 0) return; // where it is installed
  const made = { b: floats([1, 2], 1.5, 2), é: integers([1], 3) };
  writeFileSync(join(folder, "ours"), encodeSafetensors(made));
  const script = `import json, safetensors.numpy as s; t = s.load_file("ours"); s.save_file(t, "theirs")\nprint(json.dumps({k: [str(v.dtype), v.tolist()] for k, v in t.items()}))`;
  assert.equal(JSON.parse(python(script).stdout), { b: ["float32", [[1.5, 2]]], é: ["int32", [3]] });
  assert.equal(readSafetensors(join(folder, "theirs")), made);
});

test.run();
