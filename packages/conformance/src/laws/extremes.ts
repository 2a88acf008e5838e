import { broken } from "../law.ts";
import type { Law } from "../law.ts";
import { show } from "../numbers.ts";
import { counts, gradientOf, place, responseOf, resultOf, weightsFor } from "../tensor-part.ts";
import type { Extreme, TensorSubject } from "../tensor-part.ts";

/** Where formulas divide by 0 and overflow. A single NaN in a loss ends a run. */
export const finiteOnExtremes: Law<TensorSubject> = {
  name: "finite on extremes",
  check: (subject) => subject.extremes.forEach((extreme) => checkExtreme(subject, extreme)),
};

/** A metric that counts what is not finite, or is itself not. */
function countsNonFinite(metrics: Readonly<Record<string, number>>): boolean {
  return Object.entries(metrics).some(([name, value]) => !Number.isFinite(value) || (name.startsWith("nonFinite") && value > 0));
}

function checkExtreme(subject: TensorSubject, { name, numbers, beyond = false, likely }: Extreme): void {
  const part = subject.create();
  const result = resultOf(part, numbers);
  const inside = counts(subject, numbers);
  const allowed = beyond && subject.overflows;
  const index = result.values.findIndex((value, at) => (inside(at) || subject.finiteOutside) && !Number.isFinite(value));
  if (index !== -1 && !allowed)
    broken({
      what: `${name}: the result is ${result.values[index]} at ${place(numbers, result.shape, index)}`,
      input: show(numbers, responseOf(subject, numbers, index)),
      expected: "a finite number",
      came: String(result.values[index]),
      likely: `${likely}${beyond ? ". If it is meant, say `overflows: true` on the part" : ""}`,
    });
  if (index !== -1 && subject.countsOverflow && !countsNonFinite(result.metrics))
    broken({
      what: `${name}: the result is ${result.values[index]} at ${place(numbers, result.shape, index)}, as it declares, and no metric tells`,
      input: show(numbers, responseOf(subject, numbers, index)),
      expected: "a metric, e.g. nonFiniteRatios",
      likely: "Call recordRatio(metrics, d, ratio, mask), which counts it",
    });
  for (const input of subject.differentiable) {
    const gradient = gradientOf(part, numbers, input, weightsFor({ gives: subject.gives, numbers }));
    const tokens = counts({ gives: "tokens" }, numbers);
    const wrong = gradient.findIndex((value, at) => (tokens(at) ? !Number.isFinite(value) : value !== 0));
    if (wrong === -1 || (allowed && tokens(wrong))) continue;
    broken({
      what: `${name}: the gradient in ${input} is ${gradient[wrong]} at ${place(numbers, [0, 0], wrong)}`,
      input: show(numbers, responseOf({ gives: "tokens" }, numbers, wrong)),
      expected: tokens(wrong) ? "a finite number" : "0, since the position is outside the mask",
      came: String(gradient[wrong]),
      likely:
        "The value is finite and its gradient 0·∞: both sides of a tf.where are differentiated. Clamp or replace before exp, log or a division, not after",
    });
  }
}
