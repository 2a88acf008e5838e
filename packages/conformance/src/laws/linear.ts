import { firstFar } from "../compare.ts";
import { broken } from "../law.ts";
import type { Law } from "../law.ts";
import { show } from "../numbers.ts";
import type { Numbers, Table } from "../numbers.ts";
import { resultOf } from "../tensor-part.ts";
import type { TensorSubject } from "../tensor-part.ts";

/** An aggregate is a weighted sum: only so can micro-batches add up, and a KL term be aggregated beside the loss. */
export const isLinear: Law<TensorSubject> = {
  name: "linear in the token losses",
  check: ({ create, numbers }) => {
    const part = create();
    const loss = (tokenLoss: (value: number, row: number, token: number) => number): readonly number[] =>
      resultOf(part, mapped(numbers, tokenLoss)).values;
    const other = (row: number, token: number) => ((row * 5 + token * 3) % 7) / 4 - 1;
    const [own, others] = [loss((x) => x), loss((_, row, token) => other(row, token))];
    const came = loss((x, row, token) => 2 * x - 3 * other(row, token));
    const expected = [2 * own[0]! - 3 * others[0]!];
    if (firstFar(came, expected) === -1) return;
    broken({
      what: "the loss of 2x − 3y is not 2·loss(x) − 3·loss(y)",
      input: show(numbers),
      expected: String(expected[0]),
      came: String(came[0]),
      likely:
        "Token losses are weighted by the mask and `totals` alone. A loss that bends them (a clip, a square) is a surrogate",
    });
  },
};

function mapped(numbers: Numbers, change: (value: number, row: number, token: number) => number): Numbers {
  const tokenLoss = (numbers.tokenLoss as Table).map((own, row) => own.map((value, token) => change(value, row, token)));
  return { ...numbers, tokenLoss };
}
