import { firstFar } from "../compare.ts";
import { broken } from "../law.ts";
import type { Law } from "../law.ts";
import { changed, show } from "../numbers.ts";
import type { Numbers } from "../numbers.ts";
import { counts, gradientOf, place, positions, resultOf, weightsFor } from "../tensor-part.ts";
import type { TensorSubject } from "../tensor-part.ts";

/**
 * The tape's gradient against central differences, (f(x + h) − f(x − h)) / 2h.
 *
 * Results are float32, right to 6e-8 of their size; with results up to about 3 and h = 1/128 the differences are off by 6e-8 · 3 / (2h) ≈ 1.2e-5 from
 * rounding, and by h²/6 · f‴ ≈ 1e-5 · f‴ from the step. A tolerance of 1e-3 (of the gradient's size where that is above 1) leaves room for f‴ up to
 * 100, while a missing factor, sign or term is off by the size of the gradient itself. Inputs lie on multiples of h, so x ± h are exact.
 *
 * Where f has a kink within h of x (a clip's bound), the two sides disagree however small the step; there any number between the two slopes is right.
 */
const h = 1 / 128;
const within = 1e-3;

export const gradientIsTheDerivative: Law<TensorSubject> = {
  name: "its gradient is the derivative of its value",
  check: (subject) => {
    const { create, numbers, differentiable, stopped, constants } = subject;
    const part = create();
    const weights = weightsFor(subject);
    for (const input of differentiable) {
      const gradient = gradientOf(part, numbers, input, weights);
      const unsound = gradient.findIndex((value) => !Number.isFinite(value));
      if (unsound !== -1)
        broken({
          what: `the gradient in ${input} is ${gradient[unsound]} at ${place(numbers, [0, 0], unsound)}`,
          input: show(numbers, Math.floor(unsound / numbers.mask!.length)),
          likely:
            "Both sides of a tf.where are differentiated: what is not taken must be finite too, so put a harmless number in before, not after, exp, log or a division",
        });
      const wrong = firstWrong(subject, input, gradient);
      if (stopped.includes(input) && wrong === undefined)
        broken({
          what: `it declares stopsGradient: ["${input}"], and its gradient there is the derivative`,
          likely: "Leave the declaration out, or stop the gradient with stopGradient(…)",
        });
      if (!stopped.includes(input) && wrong !== undefined) {
        const zero = gradient.every((value) => value === 0);
        broken({
          what: `the gradient in ${input} is not the derivative at ${place(numbers, [0, 0], wrong.index)}`,
          input: show(numbers, wrong.response),
          expected: `${wrong.low === wrong.high ? wrong.low : `${wrong.low} to ${wrong.high}`} (central differences, h = 1/128)`,
          came: `${gradient[wrong.index]} (the tape)`,
          likely: zero
            ? `The gradient in ${input} is 0 everywhere: it was stopped on the way (stopGradient, dataSync, tf.tensor of read numbers, tf.sign, a comparison). If that is meant, say so on the part: stopsGradient: ["${input}"]`
            : `A stopped gradient on part of the way, or a wrong custom gradient. If that is meant, say so on the part: stopsGradient: ["${input}"]`,
        });
      }
    }
    for (const [constant, input] of constants) {
      const same = { ...numbers, [constant]: numbers[input]! };
      const expected = gradientOf(part, same, input, weights);
      const came = gradientOf(part, same, input, weights, { also: constant });
      const index = firstFar(came, expected, () => true, within);
      if (index !== -1)
        broken({
          what: `where ${constant} is the very tensor ${input}, the gradient is another at ${place(numbers, [0, 0], index)}`,
          expected: `${expected[index]}, as with a copy: ${constant} is a constant`,
          came: String(came[index]),
          likely: `Use stopGradient(${constant}) (logRatio does): tfjs takes the gradient through every use of a tensor`,
        });
    }
  },
};

interface Wrong {
  readonly index: number;
  readonly response: number;
  readonly low: number;
  readonly high: number;
}

function firstWrong(subject: TensorSubject, input: string, gradient: readonly number[]): Wrong | undefined {
  const { numbers } = subject;
  const width = (numbers[input] as readonly (readonly number[])[])[0]!.length;
  const valuesAt = valueFunction(subject, input);
  for (const { response, token } of positions(numbers, input)) {
    const slope = (from: number, to: number) => {
      const [up, down] = [valuesAt(response, token, to), valuesAt(response, token, from)];
      // element by element: what doesn't depend on x cancels exactly, before anything is added up
      return up.reduce((sum, value, at) => sum + (value - down[at]!), 0) / (to - from);
    };
    const [left, right] = [slope(-h, 0), slope(0, h)];
    const [nearLeft, nearRight] = [slope(-h / 2, 0), slope(0, h / 2)];
    const central = (left + right) / 2;
    // For a smooth f both are of the order of h, and halve with it.
    const gap = Math.abs(nearRight - nearLeft);
    const kink = gap > within * Math.max(1, Math.abs(central)) && gap > 0.75 * Math.abs(right - left);
    const jump = Math.abs((nearLeft + nearRight) / 2 - central) > within * Math.max(1, Math.abs(central));
    const sides = [left, right, nearLeft, nearRight];
    const [low, high] = kink || jump ? [Math.min(...sides), Math.max(...sides)] : [central, central];
    const index = response * width + token!;
    const room = within * Math.max(1, Math.abs(central));
    if (!(gradient[index]! >= low - room && gradient[index]! <= high + room)) return { index, response, low, high };
  }
  return undefined;
}

/** w·f with one number of the input moved, element by element. */
function valueFunction(subject: TensorSubject, input: string) {
  const { create, numbers } = subject;
  const part = create();
  const weights = weightsFor(subject);
  const inside = counts(subject, numbers);
  const known = new Map<string, readonly number[]>();
  return (response: number, token: number | undefined, by: number): readonly number[] => {
    const key = by === 0 ? "0" : `${response} ${token} ${by}`;
    const values = known.get(key) ?? valuesOf(changed(numbers, input, response, (value) => value + by, token));
    known.set(key, values);
    return values;
  };

  function valuesOf(moved: Numbers): number[] {
    return resultOf(part, moved).values.map((value, index) => (inside(index) ? value * weights[index]! : 0));
  }
}
