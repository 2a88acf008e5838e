import * as tf from "@tensorflow/tfjs-core";
import { strictEqual } from "node:assert";
import { rmSync } from "node:fs";
import { temporaryFolder } from "./experiment.ts";

interface InFolder {
  folder: string;
  tensors: number;
}
/** What is needed of a suite of uvu's, which this package doesn't bring. */
interface Suite {
  readonly before: { each(hook: (context: InFolder) => void): void };
  readonly after: { each(hook: (context: InFolder) => void): void };
}

/** The suite with an empty folder for each of its tests, which goes afterwards; a test that leaves a tensor behind fails. */
export function inFolder<S extends Suite>(test: S): S {
  test.before.each((context) => {
    context.folder = temporaryFolder();
    context.tensors = tf.memory().numTensors;
  });
  test.after.each(({ folder, tensors }) => {
    rmSync(folder, { recursive: true });
    strictEqual(tf.memory().numTensors, tensors, "tensors leaked");
  });
  return test;
}
