import { messageOf } from "@rewardlab/core";
import type { ErrorCode } from "@rewardlab/core";
import { librariesIn, startTensorflow } from "@rewardlab/tensorflow";
import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor2D } from "@tensorflow/tfjs-core";
import { startBackend } from "./backend.ts";
import { compileFunction } from "./compile.ts";
import type { TrialVerdict } from "./try-apart.ts";

/**
 * A process of its own that tries libraries: a matrix product and a gradient, as they are, as a graph and with XLA.
 * Arguments: the binding's file, the libraries' folder.
 */
function checkGradient(): void {
  const x = tf.tensor2d([1, 2, 3, 4], [2, 2]); // [2, 2]
  const step = (y: Tensor2D) => tf.grad((z) => tf.sum(tf.square(tf.matMul(z as Tensor2D, z as Tensor2D))) as Scalar)(y); // [2, 2]
  // d Σ (ZZ)² / dZ = 2 (ZZ)Zᵀ + 2 Zᵀ(ZZ): with ZZ = [7 10; 15 22] it is 2 [27 61; 59 133] + 2 [52 76; 74 108]
  const expected = [158, 274, 266, 482];
  for (const [how, run] of [
    ["as it is", step],
    ["as a graph", compileFunction(step, "graph")],
    ["with XLA", compileFunction(step, "xla")],
  ] as const) {
    const given = [...run(x).dataSync()];
    if (given.some((value, index) => Math.abs(value - expected[index]!) > 1e-3))
      throw new Error(`a gradient, ${how}, is ${given.join(", ")}, expected ${expected.join(", ")}`);
  }
}

try {
  const [, , file, folder] = process.argv as [string, string, string, string];
  const libraries = librariesIn(folder);
  if (libraries === null) throw new Error(`there is no libtensorflow in ${folder}`);
  const { binding } = startTensorflow(file, libraries);
  await startBackend(binding, libraries);
  checkGradient();
} catch (error) {
  const { code } = error as { code?: string };
  const verdict: TrialVerdict = { code: code?.startsWith("RL_") ? (code as ErrorCode) : null, message: messageOf(error) };
  process.exitCode = 1;
  await new Promise((resolve) => process.send!(verdict, undefined, undefined, resolve));
} finally {
  process.disconnect();
}
