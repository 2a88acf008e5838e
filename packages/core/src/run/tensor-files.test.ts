import "@tensorflow/tfjs";
import { InputError } from "@rewardlab/storage";
import * as tf from "@tensorflow/tfjs-core";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { encodeTensors, readTensors } from "./tensor-files.ts";
import { inFolder } from "../testing/in-folder.ts";
import { suite } from "uvu";

const test = inFolder(suite("tensor files", { folder: "", tensors: 0 }));

test("tensor files: types, shapes, a scalar, an empty one, every bit of a float", ({ folder }) => {
  const made = {
    "layer.0.é": tf.tensor2d([1.5, -0, Number.MIN_VALUE, 3.4e38, Infinity, NaN], [2, 3]),
    ids: tf.tensor1d([1, -2147483648], "int32"),
    flags: tf.tensor1d([true, false, true], "bool"),
    scalar: tf.scalar(7),
    empty: tf.zeros([0, 4]),
  };
  const path = join(folder, "x");
  writeFileSync(path, encodeTensors(made));
  const read = readTensors(path);
  assert.equal(Object.keys(read).sort(), Object.keys(made).sort());
  for (const [name, tensor] of Object.entries(made)) {
    assert.equal([read[name]!.dtype, read[name]!.shape], [tensor.dtype, tensor.shape], name);
    assert.equal(
      Buffer.from(read[name]!.dataSync().buffer as ArrayBuffer),
      Buffer.from(tensor.dataSync().slice().buffer as ArrayBuffer),
      name,
    );
  }
  tf.dispose([made, read]);
});

test("tensor files: what the format has no type for is refused", () => {
  const words = tf.tensor1d(["a"], "string");
  try {
    encodeTensors({ words });
    assert.unreachable("it was written");
  } catch (error) {
    assert.instance(error, InputError);
    assert.is((error as Error).message, "tensor words is of string, expected one of float32, int32, bool");
  }
  words.dispose();
});

test.run();
