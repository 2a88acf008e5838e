import { near } from "../compare.ts";
import { broken } from "../law.ts";
import type { Law } from "../law.ts";
import { everywhere, show } from "../numbers.ts";
import type { Numbers, Table } from "../numbers.ts";
import { resultOf } from "../tensor-part.ts";
import type { TensorPart, TensorSubject } from "../tensor-part.ts";

/** An aggregate is a weighted sum: only so can micro-batches add up, and a KL term be aggregated beside the loss. */
export const isLinear: Law<TensorSubject> = {
  name: "linear in the token losses",
  check: ({ create, numbers }) => {
    // without any token as well, where linear means 0
    for (const given of [numbers, { ...numbers, mask: everywhere(0) }]) expectLinear(create(), given);
  },
};

function expectLinear(part: TensorPart, numbers: Numbers): void {
  const loss = (tokenLoss: (value: number, row: number, token: number) => number): number =>
    resultOf(part, mapped(numbers, tokenLoss)).values[0]!;
  const other = (row: number, token: number) => ((row * 5 + token * 3) % 7) / 4 - 1;
  const [own, others] = [loss((x) => x), loss((_, row, token) => other(row, token))];
  const came = loss((x, row, token) => 2 * x - 3 * other(row, token));
  const expected = 2 * own - 3 * others;
  if (near(came, expected)) return;
  broken({
    what: "the loss of 2x − 3y is not 2·loss(x) − 3·loss(y)",
    input: show(numbers),
    expected: String(expected),
    came: String(came),
    likely:
      "Token losses are weighted by the mask and `totals` alone. A loss that bends them (a clip, a square) is a surrogate; where there is no token, it is 0",
  });
}

function mapped(numbers: Numbers, change: (value: number, row: number, token: number) => number): Numbers {
  const tokenLoss = (numbers.tokenLoss as Table).map((own, row) => own.map((value, token) => change(value, row, token)));
  return { ...numbers, tokenLoss };
}
