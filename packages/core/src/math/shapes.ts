import type { Tensor } from "@tensorflow/tfjs-core";
import { InputError } from "@rewardlab/storage";

/**
 * Asserts the shapes of a function's tensors: each entry is [tensor, axes], axes being letters of the repository's notation
 * (P prompts, G responses per prompt, B = P·G responses, T tokens, V vocabulary) or sizes. One letter has one size within a call.
 *
 *     checkShapes("whiten", { advantages: [advantages, "B T"], mask: [mask, "B T"] });
 */
export function checkShapes(where: string, tensors: Record<string, readonly [Tensor, string]>): void {
  const sizes = new Map<string, { size: number; from: string }>();
  for (const [name, [tensor, notation]] of Object.entries(tensors)) {
    const axes = notation.split(" ").filter(Boolean);
    if (tensor.rank !== axes.length) throw mismatch(where, name, tensor.shape, `[${axes.join(", ")}]`);
    axes.forEach((axis, index) => {
      const size = tensor.shape[index]!;
      const known = /^\d+$/.test(axis) ? { size: Number(axis), from: "its definition" } : sizes.get(axis);
      if (known === undefined) sizes.set(axis, { size, from: name });
      else if (known.size !== size)
        throw mismatch(where, name, tensor.shape, `${axis} = ${known.size} (from ${known.from}) in [${axes.join(", ")}]`);
    });
  }
}

function mismatch(where: string, name: string, given: readonly number[], expected: string): InputError {
  return new InputError("RL_SHAPE", `${where}: ${name} has shape [${given.join(", ")}], expected ${expected}`);
}
