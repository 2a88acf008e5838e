import * as tf from "@tensorflow/tfjs-core";
import { rmSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { temporaryFolder } from "./experiment.ts";

/** Tests that each have an empty folder, which goes afterwards, and leave no tensor behind. */
export function suiteInFolder(name: string) {
  const test = suite(name, { folder: "", tensors: 0 });
  test.before.each((context) => {
    context.folder = temporaryFolder();
    context.tensors = tf.memory().numTensors;
  });
  test.after.each(({ folder, tensors }) => {
    rmSync(folder, { recursive: true });
    assert.is(tf.memory().numTensors, tensors, "tensors leaked");
  });
  return test;
}
