import { firstFar, near } from "../compare.ts";
import { broken } from "../law.ts";
import type { Law } from "../law.ts";
import { changeable, changed, maskOf, show } from "../numbers.ts";
import type { Numbers, Row } from "../numbers.ts";
import { counts, place, positions, responseOf, resultOf } from "../tensor-part.ts";
import type { TensorSubject } from "../tensor-part.ts";

interface Change {
  readonly input: string;
  readonly response: number;
  readonly token?: number;
}

/** Other numbers, of the same sign mostly, and of the other. */
const finiteChanges = [(value: number) => 1.5 * value + 0.25, (value: number) => -value - 0.5];

/** What one response holds stays with it, or in its group: a NaN score of one prompt must not spoil the others. */
export const staysInItsScope: Law<TensorSubject> = {
  name: "what a response holds changes no other's result",
  check: (subject) => {
    const { create, numbers, scope } = subject;
    const part = create();
    const before = resultOf(part, numbers);
    for (const change of changesIn(subject))
      for (const [what, to] of [
        ["another number", finiteChanges[0]!],
        ["NaN", () => NaN],
      ] as const) {
        const given = changed(numbers, change.input, change.response, to, change.token);
        const came = resultOf(part, given);
        const others = counts(subject, numbers);
        const index = firstFar(came.values, before.values, (at) => others(at) && !reaches(subject, change, at));
        if (index === -1) continue;
        const from =
          change.token === undefined ? `response ${change.response}` : `response ${change.response}, token ${change.token}`;
        broken({
          what: `with ${what} in ${change.input} of ${from}, the result of ${place(numbers, before.shape, index)} is another`,
          input: show(given),
          expected: `${before.values[index]}, as before: ${reasons[scope]}`,
          came: String(came.values[index]),
          likely:
            what === "NaN"
              ? "A sum over all responses in which the others count as NaN·0. Choose with tf.where, never by a product with 0 and 1"
              : subject.microBatches === null
                ? "It compares responses across groups. If it is meant to compare the whole batch, say so on the part: comparesBatch: true; within a group, on the definition: comparesGroup: true"
                : "It mixes rows: a sum without its axis",
        });
      }
  },
};

const reasons = {
  token: "each token's estimate is its own",
  response: "each response's result is its own",
  group: "it compares within groups",
  batch: "",
};

/** NaN stays NaN, or is counted: a number that isn't one must not turn into a harmless 0 in silence. */
export const hidesNoNaN: Law<TensorSubject> = {
  name: "hides no NaN",
  check: (subject) => {
    const { create, numbers } = subject;
    const part = create();
    const before = resultOf(part, numbers);
    for (const change of changesIn(subject)) {
      const own = (at: number) => counts(subject, numbers)(at) && isOwn(subject, numbers, change, at);
      const finite = finiteChanges.map((to) => resultOf(part, changed(numbers, change.input, change.response, to, change.token)));
      if (!finite.some(({ values }) => values.some((value, at) => own(at) && !near(value, before.values[at]!, 1e-4)))) continue; // nothing depends on it
      const given = changed(numbers, change.input, change.response, () => NaN, change.token);
      const came = resultOf(part, given);
      if (came.values.some((value, at) => own(at) && !Number.isFinite(value))) continue;
      if ([before, ...finite].some(({ metrics }) => counted(came.metrics, metrics))) continue;
      const index = came.values.findIndex((_, at) => own(at));
      broken({
        what: `with NaN in ${change.input} of response ${change.response} its result is ${came.values[index]}, and no metric tells`,
        input: show(given, change.response),
        expected: "NaN, or a metric that counts it",
        came: String(came.values[index]),
        likely:
          'A comparison with NaN is false, and tf.sign, tf.relu and a filter turn it into a number. Keep it with tf.where(tf.isNaN(x), x, …), or count it: metrics.sum("nonFinite…", …)',
      });
    }
  },
};

/** A metric that is itself not finite, or higher than with a number in the place of NaN. */
function counted(metrics: Readonly<Record<string, number>>, finite: Readonly<Record<string, number>>): boolean {
  return Object.entries(metrics).some(([name, value]) => !Number.isFinite(value) || value > (finite[name] ?? 0) + 1e-9);
}

function changesIn({ numbers, scope }: TensorSubject): Change[] {
  return changeable(numbers).flatMap((input) =>
    scope === "token" || scope === "batch"
      ? positions(numbers, input).map((at) => ({ input, ...at }))
      : maskOf(numbers).flatMap((own, response) =>
          own.includes(1) || !Array.isArray(numbers[input]![0]) ? [{ input, response }] : [],
        ),
  );
}

/** Whether an element of the result may depend on what was changed. */
function reaches({ scope, gives, numbers }: TensorSubject, { response, token }: Change, index: number): boolean {
  const its = responseOf({ gives }, numbers, index)!;
  if (scope === "batch") return true;
  if (scope === "group") return (numbers.groupIds as Row)[its] === (numbers.groupIds as Row)[response];
  return its === response && (scope === "response" || index % maskOf(numbers)[0]!.length === token);
}

/** An element of the changed response; of a loss, the loss. */
function isOwn({ gives }: TensorSubject, numbers: Numbers, { response }: Change, index: number): boolean {
  return gives === "loss" || responseOf({ gives }, numbers, index) === response;
}
