import "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "../errors.ts";
import { temporaryFolder } from "../testing/experiment.ts";
import { encodeSafetensors, readSafetensors } from "./safetensors.ts";

const test = suite("safetensors", { folder: "", tensors: 0 });
test.before.each((context) => {
  context.folder = temporaryFolder();
  context.tensors = tf.memory().numTensors;
});
test.after.each(({ folder, tensors }) => {
  rmSync(folder, { recursive: true });
  assert.is(tf.memory().numTensors, tensors, "tensors leaked");
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
  const made = {
    "layer.0.é": tf.tensor2d([1.5, -0, Number.MIN_VALUE, 3.4e38, Infinity, NaN], [2, 3]),
    ids: tf.tensor1d([1, -2147483648], "int32"),
    flags: tf.tensor1d([true, false, true], "bool"),
    scalar: tf.scalar(7),
    empty: tf.zeros([0, 4]),
  };
  const path = join(folder, "x");
  writeFileSync(path, encodeSafetensors(made));
  const read = readSafetensors(path);
  assert.equal(Object.keys(read).sort(), Object.keys(made).sort());
  for (const [name, tensor] of Object.entries(made)) {
    assert.equal([read[name]!.dtype, read[name]!.shape], [tensor.dtype, tensor.shape], name);
    assert.equal(
      Buffer.from(read[name]!.dataSync().buffer as ArrayBuffer),
      Buffer.from(tensor.dataSync().slice().buffer as ArrayBuffer),
      name,
    );
  }
  tf.dispose([made, read] as never);
});

test("equal tensors give equal bytes, in whatever order; the data begin at a multiple of 8 bytes", () => {
  const [a, b] = [tf.tensor1d([1, 2]), tf.scalar(3)];
  const bytes = encodeSafetensors({ a, b });
  assert.equal(bytes, encodeSafetensors({ b, a }));
  for (const name of ["a", "ab", "é", "ééé", "日本"])
    assert.is(Number(Buffer.from(encodeSafetensors({ [name]: a })).readBigUInt64LE()) % 8, 0, name);
  tf.dispose([a, b]);
});

test("a tensor called __proto__ is a tensor", ({ folder }) => {
  const path = fileOf(folder, '{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 4);
  const read = readSafetensors(path);
  assert.equal(Object.keys(read), ["__proto__"]);
  tf.dispose(Object.values(read));
});

test("metadata is passed over", ({ folder }) => {
  const read = readSafetensors(
    fileOf(folder, { __metadata__: { format: "pt" }, a: { dtype: "I32", shape: [], data_offsets: [0, 4] } }, 4),
  );
  assert.equal(read.a!.shape, []);
  tf.dispose(Object.values(read));
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

test("Python's safetensors reads what is written, and the other way round", ({ folder }) => {
  const python = (script: string) => spawnSync("python3", ["-c", script], { cwd: folder, encoding: "utf8" });
  if (python("import safetensors.numpy").status !== 0) return; // where it is installed
  const made = { b: tf.tensor2d([[1.5, 2]]), é: tf.tensor1d([3], "int32") };
  writeFileSync(join(folder, "ours"), encodeSafetensors(made));
  const script = `import json, safetensors.numpy as s; t = s.load_file("ours"); s.save_file(t, "theirs")\nprint(json.dumps({k: [str(v.dtype), v.tolist()] for k, v in t.items()}))`;
  assert.equal(JSON.parse(python(script).stdout), { b: ["float32", [[1.5, 2]]], é: ["int32", [3]] });
  const read = readSafetensors(join(folder, "theirs"));
  assert.equal(read.b!.arraySync(), [[1.5, 2]]);
  tf.dispose([made, read] as never);
});

test.run();
