import * as tf from "@tensorflow/tfjs-core";
import { broken } from "../law.ts";
import type { Law } from "../law.ts";
import { tensorsOf } from "../numbers.ts";
import { gradientTensor, totalsOf, weightsFor } from "../tensor-part.ts";
import type { TensorSubject } from "../tensor-part.ts";

/** A tensor that nobody disposes stays until the process ends; a run calls each component thousands of times. */
export const leaksNothing: Law<TensorSubject> = {
  name: "leaks no tensor",
  check: (subject) => {
    const part = subject.create();
    const tensors = tensorsOf(subject.numbers);
    const totals = totalsOf(subject.numbers);
    try {
      expectNoLeak("a call", () => {
        part.apply(tensors, totals).dispose();
        part.metrics.take();
      });
      for (const input of subject.differentiable)
        expectNoLeak(`a call whose gradient in ${input} is taken`, () => {
          gradientTensor(part, tensors, input, weightsFor(subject), totals).dispose();
          part.metrics.take();
        });
    } finally {
      tf.dispose(tensors);
    }
  },
};

/** Calls and counts what is there more, or less, than before. */
export function expectNoLeak(what: string, body: () => void): void {
  const before = tf.memory().numTensors;
  body();
  judge(what, tf.memory().numTensors - before);
}

/** The same for what takes time. */
export async function expectNoLeakAsync(what: string, body: () => Promise<void>): Promise<void> {
  const before = tf.memory().numTensors;
  await body();
  judge(what, tf.memory().numTensors - before);
}

function judge(what: string, more: number): void {
  const tensors = `${Math.abs(more)} tensor${Math.abs(more) === 1 ? "" : "s"}`;
  if (more > 0)
    broken({
      what: `${what} leaves ${tensors} behind`,
      expected: "as many tensors as before, once the result is disposed",
      likely: "Put the body into tf.tidy(() => …), which frees what is made on the way; keep no tensor in the part (tf.keep)",
    });
  if (more < 0)
    broken({ what: `${what} disposed ${tensors} too many`, likely: "Dispose only what you made; tf.tidy does that for you" });
}
