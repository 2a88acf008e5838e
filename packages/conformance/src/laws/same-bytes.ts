import { broken } from "../law.ts";
import type { Law } from "../law.ts";
import { chosen, isTable, maskOf, show } from "../numbers.ts";
import type { Numbers } from "../numbers.ts";
import { gradientOf, place, resultOf, weightsFor } from "../tensor-part.ts";
import type { TensorPart, TensorSubject } from "../tensor-part.ts";

/**
 * The same input gives the same bytes: in a second call with another one between, and in a part created anew. Otherwise a run that goes on from a
 * checkpoint would not be the run that was never stopped.
 */
export const sameBytes: Law<TensorSubject> = {
  name: "same input, same bytes",
  check: (subject) => {
    const { create, numbers, random, differentiable } = subject;
    const part = create();
    const observe = (one: TensorPart) => [
      resultOf(one, numbers),
      ...differentiable.map((input) => ({ values: gradientOf(one, numbers, input, weightsFor(subject)), shape: [0, 0] })),
    ];
    const first = observe(part);
    const compare = (again: typeof first, when: string, likely: string) =>
      first.forEach(({ values, shape }, at) => {
        const index = values.findIndex((value, here) => !Object.is(value, again[at]!.values[here]));
        if (index === -1) return;
        const what = at === 0 ? "" : `the gradient in ${differentiable[at - 1]}, `;
        broken({
          what: `${when} gives another number: ${what}${place(numbers, shape, index)}`,
          input: show(numbers),
          expected: String(values[index]),
          came: String(again[at]!.values[index]),
          likely,
        });
      });
    compare(
      observe(create()),
      "a part created anew",
      "It has state outside the part (a variable of the module), or draws by Math.random. Random numbers come from `inject: { random: Random }`, whose streams are saved",
    );
    if (random) return; // its streams go on from call to call, and are saved
    resultOf(part, otherNumbers(numbers));
    compare(
      observe(part),
      "a second call",
      "It keeps state between calls (a running mean, a cache) where no checkpoint sees it, or draws by Math.random. What has to live across iterations belongs in the injected State",
    );
  },
};

/** Other numbers in the same shapes. */
export function otherNumbers(numbers: Numbers): Numbers {
  const reversed = chosen(
    numbers,
    maskOf(numbers).map((_, index) => maskOf(numbers).length - 1 - index),
  );
  return Object.fromEntries(
    Object.entries(reversed).map(([name, values]) => [
      name,
      name === "mask" || name === "groupIds"
        ? values
        : isTable(values)
          ? values.map((own) => own.map((x) => 2 * x + 1))
          : values.map((x) => 2 * x + 1),
    ]),
  );
}
