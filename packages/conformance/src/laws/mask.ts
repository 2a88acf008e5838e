import { differentMetric, firstFar } from "../compare.ts";
import { broken } from "../law.ts";
import type { Law } from "../law.ts";
import { padded, show, widened } from "../numbers.ts";
import type { Numbers } from "../numbers.ts";
import { counts, gradientOf, place, responseOf, resultOf, totalsOf, weightsFor } from "../tensor-part.ts";
import type { TensorSubject } from "../tensor-part.ts";

const remedy =
  "A product with the mask (∞·0 is NaN, in the gradient too), or a mask that comes after exp or log. Start with keepMasked(values, mask), and mask again what you made of it";

/** Positions outside the mask change neither value, gradient nor metrics, not even with NaN or ±∞ there: models write anything into the padding. */
export const ignoresPadding: Law<TensorSubject> = {
  name: "ignores what lies outside the mask",
  check: (subject) => {
    const { create, numbers, differentiable } = subject;
    const part = create();
    const inside = counts(subject, numbers);
    const weights = weightsFor(subject);
    const expected = resultOf(part, padded(numbers, 0));
    const gradients = differentiable.map((input) => gradientOf(part, padded(numbers, 0), input, weights));
    for (const padding of [NaN, Infinity, -Infinity, 1e30]) {
      const given = padded(numbers, padding);
      const result = resultOf(part, given);
      const fail = (what: string, index: number, want: number, came: number, response?: number) =>
        broken({
          what: `with ${padding} outside the mask ${what} ${place(given, result.shape, index)} is another`,
          input: show(given, response),
          expected: `${want}, as with 0 there`,
          came: String(came),
          likely: remedy,
        });
      const index = firstFar(result.values, expected.values, inside);
      if (index !== -1)
        fail("the result of", index, expected.values[index]!, result.values[index]!, responseOf(subject, numbers, index));
      differentiable.forEach((input, at) => {
        const gradient = gradientOf(part, given, input, weights);
        const where = counts({ gives: "tokens" }, numbers);
        const far = gradient.findIndex((value, here) =>
          where(here) ? firstFar([value], [gradients[at]![here]!]) !== -1 : value !== 0,
        );
        if (far === -1) return;
        const tokens = { gives: "tokens" } as const;
        const response = responseOf(tokens, numbers, far)!;
        broken({
          what: `with ${padding} outside the mask the gradient in ${input} is another at ${place(given, [0, 0], far)}`,
          input: show(given, response),
          expected: where(far) ? `${gradients[at]![far]}, as with 0 there` : "0, since the position is outside the mask",
          came: String(gradient[far]),
          likely: remedy,
        });
      });
      expectSameMetrics(given, result.metrics, expected.metrics, `with ${padding} outside the mask`);
      const unsound = subject.finiteOutside ? result.values.findIndex((value) => !Number.isFinite(value)) : -1;
      if (unsound !== -1) fail("the result of", unsound, 1, result.values[unsound]!, responseOf(subject, numbers, unsound));
    }
  },
};

/** More padding, because T is rounded up: a divisor that is the width of the table would change with it. */
export const ignoresWidth: Law<TensorSubject> = {
  name: "does not depend on how wide the padding is",
  check: (subject) => {
    const { create, numbers, gives } = subject;
    const part = create();
    const wide = widened(numbers, 3, NaN);
    const expected = resultOf(part, padded(numbers, 0));
    const came = resultOf(part, wide, totalsOf(numbers));
    const values = gives === "tokens" ? narrowed(came.values, numbers, 3) : came.values;
    const index = firstFar(values, expected.values, counts(subject, numbers));
    if (index !== -1)
      broken({
        what: `with three more columns outside the mask the result of ${place(numbers, expected.shape, index)} is another`,
        input: show(wide, responseOf(subject, numbers, index)),
        expected: `${expected.values[index]}, as without them`,
        came: String(values[index]),
        likely:
          "A mean over the whole table, or a division by its width. Count tokens by the mask (tf.sum(mask, 1)), or take the length as an option",
      });
    expectSameMetrics(wide, came.metrics, expected.metrics, "with three more columns outside the mask");
  },
};

function narrowed(values: readonly number[], numbers: Numbers, more: number): number[] {
  const width = (numbers.mask as readonly (readonly number[])[])[0]!.length;
  return values.filter((_, index) => index % (width + more) < width);
}

function expectSameMetrics(
  numbers: Numbers,
  came: Readonly<Record<string, number>>,
  expected: Readonly<Record<string, number>>,
  when: string,
): void {
  const name = differentMetric(came, expected);
  if (name === undefined) return;
  broken({
    what: `${when} its metric ${name} is another`,
    input: show(numbers),
    expected: String(expected[name]),
    came: String(came[name]),
    likely: "Count response tokens only: countTrue(tf.logicalAnd(condition, tf.greater(mask, 0))) of tf.sum(mask)",
  });
}
