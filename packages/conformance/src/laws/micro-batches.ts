import { differentMetric, firstFar } from "../compare.ts";
import { broken } from "../law.ts";
import type { Law } from "../law.ts";
import { chosen, show } from "../numbers.ts";
import { counts, gradientOf, place, responseOf, resultOf, totalsOf, weightsFor } from "../tensor-part.ts";
import type { TensorSubject } from "../tensor-part.ts";

/** Three responses, the one without tokens alone, and two. */
const cuts = [[0, 1, 2], [3], [4, 5]];

/** A batch that doesn't fit into memory is cut into micro-batches, whose gradients are added up. That must change nothing. */
export const splitsIntoMicroBatches: Law<TensorSubject> = {
  name: "splitting into micro-batches changes nothing",
  check: (subject) => {
    const { create, numbers, microBatches, differentiable } = subject;
    if (microBatches === null) return; // it is only ever given the whole batch
    const part = create();
    const totals = totalsOf(numbers);
    const whole = resultOf(part, numbers);
    const results = cuts.map((rows) => resultOf(part, chosen(numbers, rows), totals));
    const values =
      microBatches === "add"
        ? [results.reduce((sum, result) => sum + result.values[0]!, 0)]
        : results.flatMap((result) => result.values);
    const index = firstFar(values, whole.values, counts(subject, numbers));
    const likely =
      microBatches === "add"
        ? "It divides by its own count of tokens or responses: divide by `totals`, which are those of the whole batch; the micro-batches' losses are added up"
        : "A response's result depends on the other responses of the batch. A ratio, surrogate or KL is computed row by row; what compares responses is an advantage step";
    if (index !== -1)
      broken({
        what: `cut into responses 0–2, 3 and 4–5, ${microBatches === "add" ? "the sum" : place(numbers, whole.shape, index)} is another`,
        input: show(numbers, responseOf(subject, numbers, index)),
        expected: `${whole.values[index]}, as in the whole batch`,
        came: String(values[index]),
        likely,
      });
    const weights = weightsFor(subject);
    for (const input of differentiable) {
      const expected = gradientOf(part, numbers, input, weights);
      const width = expected.length / numbers.mask!.length;
      const weightsOf = (rows: readonly number[]) =>
        microBatches === "add" ? weights : rows.flatMap((row) => weights.slice(row * width, (row + 1) * width));
      const came = cuts.flatMap((rows) => gradientOf(part, chosen(numbers, rows), input, weightsOf(rows), { totals }));
      const far = firstFar(came, expected);
      if (far !== -1)
        broken({
          what: `cut into micro-batches, the gradient in ${input} is another at ${place(numbers, [0, 0], far)}`,
          input: show(numbers, Math.floor(far / width)),
          expected: `${expected[far]}, as in the whole batch`,
          came: String(came[far]),
          likely,
        });
    }
    expectSameCounts(subject, whole.metrics);
  },
};

/** Metrics of the micro-batches, put together as the trainer does, are those of the whole. */
function expectSameCounts({ create, numbers }: TensorSubject, expected: Readonly<Record<string, number>>): void {
  const metrics: Readonly<Record<string, number>> = collected(create, numbers);
  const name = differentMetric(metrics, expected);
  if (name === undefined) return;
  broken({
    what: `cut into micro-batches, its metric ${name} is another`,
    input: show(numbers),
    expected: `${expected[name]}, as for the whole batch`,
    came: String(metrics[name]),
    likely:
      "Record a share as metrics.share(name, part, whole) and a count as metrics.sum(name, count): those add up, a fraction does not",
  });
}

function collected(create: TensorSubject["create"], numbers: TensorSubject["numbers"]): Record<string, number> {
  const part = create();
  const held = { ...part, metrics: { take: () => ({}) } };
  for (const rows of cuts) resultOf(held, chosen(numbers, rows), totalsOf(numbers));
  return part.metrics.take();
}
