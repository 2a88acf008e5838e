import { firstFar } from "../compare.ts";
import { broken } from "../law.ts";
import type { Law } from "../law.ts";
import { chosen, show } from "../numbers.ts";
import type { Row } from "../numbers.ts";
import { counts, place, responseOf, resultOf } from "../tensor-part.ts";
import type { TensorSubject } from "../tensor-part.ts";

/** Where each response goes: no two neighbours stay together, and none stays where it was. */
const order = [3, 5, 0, 4, 2, 1];

/** Which response stands in which row says nothing: updates shuffle them. */
export const ignoresOrder: Law<TensorSubject> = {
  name: "permuting the responses permutes the result",
  check: (subject) => {
    const { create, numbers, gives } = subject;
    const part = create();
    const whole = resultOf(part, numbers);
    const permuted = chosen(numbers, order);
    const came = resultOf(part, permuted);
    const width = whole.values.length / (gives === "loss" ? 1 : order.length);
    const expected =
      gives === "loss" ? whole.values : order.flatMap((from) => whole.values.slice(from * width, (from + 1) * width));
    const index = firstFar(came.values, expected, counts(subject, permuted));
    if (index === -1) return;
    const response = responseOf(subject, permuted, index);
    broken({
      what: `with the responses in another order the result of ${place(permuted, whole.shape, index)}${response === undefined ? "" : ` (response ${order[response]} before)`} is another`,
      input: show(permuted),
      expected: String(expected[index]),
      came: String(came.values[index]),
      likely:
        "It uses the row's number, its neighbours, or that a group's responses stand together. Groups are told by groupIds alone",
    });
  },
};

/** Group ids are names. */
export const ignoresGroupNames: Law<TensorSubject> = {
  name: "relabelling the groups changes nothing",
  check: (subject) => {
    const { create, numbers } = subject;
    const part = create();
    const names: Readonly<Record<number, number>> = { 0: 70, 1: -2, 2: 1 };
    const relabelled = { ...numbers, groupIds: (numbers.groupIds as Row).map((id) => names[id]!) };
    const [expected, came] = [resultOf(part, numbers), resultOf(part, relabelled)];
    const index = firstFar(came.values, expected.values, counts(subject, numbers));
    if (index === -1) return;
    broken({
      what: `with the groups numbered otherwise the result of ${place(numbers, expected.shape, index)} is another`,
      input: show(relabelled),
      expected: String(expected.values[index]),
      came: String(came.values[index]),
      likely: "Group ids are compared, never counted with: they need not begin at 0, follow one another or be sorted",
    });
  },
};
