import * as tf from "@tensorflow/tfjs-core";
import { broken } from "../law.ts";
import type { Law } from "../law.ts";
import { maskOf, show, tensorsOf } from "../numbers.ts";
import { totalsOf } from "../tensor-part.ts";
import type { TensorSubject } from "../tensor-part.ts";

/** Shape and ownership: core disposes what it gets from a component when it has read it. */
export const givesItsOwnTensor: Law<TensorSubject> = {
  name: "gives a new tensor of the right shape",
  check: ({ create, numbers, gives }) => {
    const part = create();
    const tensors = tensorsOf(numbers);
    const [first, second] = [part.apply(tensors, totalsOf(numbers)), part.apply(tensors, totalsOf(numbers))];
    try {
      if (!(first instanceof tf.Tensor))
        broken({
          what: `it gave ${String(first)}, not a tensor`,
          likely: "Return a tf.Tensor of your peer dependency @tensorflow/tfjs-core: there must be one copy of that package",
        });
      const [rows, columns] = [maskOf(numbers).length, maskOf(numbers)[0]!.length];
      const expected = { tokens: [rows, columns], responses: [rows], loss: [] }[gives];
      if (String(first.shape) !== String(expected) || first.dtype !== "float32")
        broken({
          what: `its result is ${first.dtype} [${first.shape.join(", ")}]`,
          input: show(numbers),
          expected: `float32 [${expected.join(", ")}]: ${{ tokens: "a number for each token", responses: "a number for each response", loss: "one number" }[gives]}`,
          likely:
            'A sum without its axis (or over the wrong one), or a missing tf.expandDims; a comparison gives bool: tf.cast(…, "float32")',
        });
      const given = Object.entries(tensors).find(([, tensor]) => tensor === first);
      if (given)
        broken({
          what: `its result is its own input, ${given[0]}`,
          likely: `Return ${given[0]}.clone(): the caller disposes the result`,
        });
      if (first === second)
        broken({ what: "two calls gave the same tensor", likely: "Make the result anew in each call: the caller disposes it" });
      first.dispose();
      const lost =
        Object.entries(tensors).find(([, tensor]) => tensor.isDisposed)?.[0] ??
        (second.isDisposed ? "the second call's result" : undefined);
      if (lost) broken({ what: `disposing the result disposed ${lost}`, likely: "Make the result anew in each call" });
    } finally {
      for (const result of [first, second]) if (result instanceof tf.Tensor) result.dispose();
      tf.dispose(tensors);
      part.metrics.take();
    }
  },
};

/** The tensors given are the caller's; so are their numbers, which on some backends a component could overwrite. */
export const leavesItsInputs: Law<TensorSubject> = {
  name: "leaves its inputs as they are",
  check: ({ create, numbers }) => {
    const part = create();
    const tensors = tensorsOf(numbers);
    const before = Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, [...tensor.dataSync()]]));
    try {
      tf.dispose(part.apply(tensors, totalsOf(numbers)));
      for (const [name, tensor] of Object.entries(tensors)) {
        if (tensor.isDisposed)
          broken({ what: `it disposed its input ${name}`, likely: "Dispose only what you made; tf.tidy does that for you" });
        const index = [...tensor.dataSync()].findIndex((value, at) => !Object.is(value, before[name]![at]));
        if (index !== -1)
          broken({
            what: `it changed its input ${name} at element ${index}`,
            expected: String(before[name]![index]),
            came: String(tensor.dataSync()[index]),
            likely: "dataSync() gives the tensor's own memory: copy it ([...values.dataSync()]) before you change it",
          });
      }
    } finally {
      tf.dispose(Object.values(tensors).filter((tensor) => !tensor.isDisposed));
      part.metrics.take();
    }
  },
};
