import * as tf from "@tensorflow/tfjs-core";
import type { Scalar } from "@tensorflow/tfjs-core";
import { firstFar } from "../compare.ts";
import { broken } from "../law.ts";
import type { Law } from "../law.ts";
import { show } from "../numbers.ts";
import { place, resultOf, totalsOf } from "../tensor-part.ts";
import type { TensorPart, TensorSubject } from "../tensor-part.ts";

/**
 * On engines that compile, a part runs once without values and is then replayed: it must not read a tensor's value, and the counts of the batch
 * come as scalars, since they change from step to step.
 */
export const canBeCompiled: Law<TensorSubject> = {
  name: "reads no value, and takes counts as scalars, so that it can be compiled",
  check: ({ create, numbers }) => {
    const part = create();
    const expected = resultOf(part, numbers);
    const watched: TensorPart = { ...part, apply: (...given) => withoutReading(() => part.apply(...given)) };
    const totals = totalsOf(numbers);
    const counts = [totals.tokens, totals.sequences, totals.nonEmptySequences].map((count) => tf.scalar(count as number)) as [
      Scalar,
      Scalar,
      Scalar,
    ]; // []
    try {
      const came = resultOf(watched, numbers, {
        ...totals,
        tokens: counts[0],
        sequences: counts[1],
        nonEmptySequences: counts[2],
      });
      const index = firstFar(came.values, expected.values);
      if (index === -1) return;
      broken({
        what: `with the batch's counts as scalars the result of ${place(numbers, expected.shape, index)} is another`,
        input: show(numbers),
        expected: String(expected.values[index]),
        came: String(came.values[index]),
        likely: "Arithmetic of JavaScript on a count. tf's functions take both: tf.maximum(totals.tokens, 1), not Math.max",
      });
    } catch (error) {
      if (!(error instanceof ReadValue)) throw error;
      broken({
        what: "it reads a tensor's value",
        input: show(numbers),
        likely:
          "dataSync, arraySync, data or array, or arithmetic of JavaScript on a tensor (Math.max(totals.tokens, 1): tf.maximum takes numbers and scalars). What decides by a value is tf.where",
      });
    } finally {
      tf.dispose(counts);
    }
  },
};

class ReadValue extends Error {}

function withoutReading<T>(body: () => T): T {
  const prototype = tf.Tensor.prototype as unknown as Record<"dataSync" | "data", () => unknown>;
  const { dataSync, data } = prototype;
  prototype.dataSync = prototype.data = () => {
    throw new ReadValue("a tensor's value was read");
  };
  try {
    return body();
  } finally {
    Object.assign(prototype, { dataSync, data });
  }
}
