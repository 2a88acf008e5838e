import { namesIn } from "./expression.ts";
import type { Expression } from "./expression.ts";
import { absolute } from "./integers.ts";
import { evaluate, ratioOf } from "./numeric.ts";
import { isSame, quotientOf, rationalOf } from "./quotient.ts";
import type { Quotient } from "./quotient.ts";

/** Whether two answers are the same. Unknown, with the reason, is neither. */
export type Verdict = "equal" | "different" | { readonly unknown: string };

export interface Scalars {
  readonly left: Expression;
  readonly right: Expression;
  /** Whether one of them is written with a decimal point, and so perhaps rounded. */
  readonly decimals: boolean;
}

const same = 1e-9; // relative; doubles lose 1e-16 an operation
const apart = 1e-6;
const rounding = 1e-12; // of the largest number on the way

/**
 * Are two expressions the same number, or the same function of their names?
 *
 *     exactly    as quotients of polynomials: equal ones are equal; rational numbers and rational functions that are not equal are different
 *     decimals   |a − b| ≤ tolerance · max(|a|, |b|), for numbers where one is written with a decimal point
 *     numbers    values at fixed points where both are defined: different where they are clearly apart at one, equal where they agree at four or
 *                more and are nowhere doubtful. That is evidence and no proof: two numbers that agree to 1e-9 are taken for equal
 */
export function compareScalars({ left, right, decimals }: Scalars, tolerance: number): Verdict {
  const quotients = [quotientOf(left), quotientOf(right)] as const;
  const [a, b] = quotients;
  const known = a !== null && b !== null ? exactly(a, b, decimals, tolerance) : null;
  if (known !== null) return known;
  const names = new Set([...namesIn(left), ...namesIn(right)]);
  if (names.has("i")) return { unknown: "complex numbers are only compared as polynomials" };
  const variables = variablesOf(names);
  const verdicts = [Math.E, 10].map((logBase) => numerically(left, right, variables, logBase, decimals ? tolerance : null));
  const [natural, common] = verdicts as [Verdict, Verdict];
  return natural === common
    ? natural
    : typeof natural === "object"
      ? natural
      : { unknown: "log without a base could be either of two" };
}

/** Whether an expression has a value that can be computed at one of the points at least, or is compared exactly. */
export function hasValue(expression: Expression): boolean {
  const quotient = quotientOf(expression);
  if (quotient !== null && !quotient.opaque) return true;
  return pointsOf(variablesOf(namesIn(expression))).some((values) => !Number.isNaN(evaluate(expression, values, Math.E).value));
}

/** Whether one is a multiple of the other, apart from what they are divided by: 2x − 4 and x/2 − 1. null where that can't be told. */
export function areProportional(left: Expression, right: Expression): boolean | null {
  const [a, b] = [quotientOf(left), quotientOf(right)];
  if (a === null || b === null || a.opaque || b.opaque) return null;
  const [one, other] = [a.top, b.top];
  if (one.size !== other.size || one.size === 0) return false;
  const [key] = [...one.keys()] as [string];
  const [first, second] = [one.get(key)!.coefficient, other.get(key)?.coefficient];
  return (
    second !== undefined &&
    [...one].every(([name, { coefficient }]) => coefficient * second === (other.get(name)?.coefficient ?? 0n) * first)
  );
}

function variablesOf(names: ReadonlySet<string>): readonly string[] {
  return [...names].filter((name) => name !== "e" && name !== "pi").sort();
}

const ranges = [[0, 1], [1, 3], [3, 12], [-4, 4]] as const; // prettier-ignore
const pointsEach = 4;
const golden = (Math.sqrt(5) - 1) / 2;

/**
 * Values for the names, at fixed points: four in each range, so that an inverse sine, a logarithm and a root each find some where they are defined.
 * n²·golden mod 1 is spread evenly (Weyl), and the difference of two names changes from point to point.
 */
function pointsOf(variables: readonly string[]): ReadonlyMap<string, number>[] {
  if (variables.length === 0) return [new Map()];
  const all = ranges.flatMap((range) => Array.from({ length: pointsEach }, () => range));
  return all.map(([low, high], point) => {
    const valueOf = (index: number) => low + (high - low) * (((index * all.length + point + 1) ** 2 * golden) % 1);
    return new Map(variables.map((name, index) => [name, valueOf(index)]));
  });
}

function exactly(a: Quotient, b: Quotient, decimals: boolean, tolerance: number): Verdict | null {
  const equal = isSame(a, b);
  if (equal === null) return null;
  if (equal) return "equal";
  const [first, second] = [rationalOf(a), rationalOf(b)];
  if (first !== null && second !== null) {
    if (!decimals) return "different";
    const [x, y] = [first[0] * second[1], second[0] * first[1]];
    const size = absolute(x) > absolute(y) ? absolute(x) : absolute(y);
    return ratioOf(absolute(x - y), size) <= tolerance ? "equal" : "different";
  }
  return a.opaque || b.opaque || decimals ? null : "different";
}

function numerically(
  left: Expression,
  right: Expression,
  variables: readonly string[],
  logBase: number,
  tolerance: number | null,
): Verdict {
  const points = pointsOf(variables);
  let agreeing = 0;
  let doubtful = false;
  for (const values of points) {
    const [one, other] = [evaluate(left, values, logBase), evaluate(right, values, logBase)];
    if (Number.isNaN(one.value) || Number.isNaN(other.value)) continue;
    const difference = Math.abs(one.value - other.value);
    const size = Math.max(Math.abs(one.value), Math.abs(other.value));
    const noise = rounding * Math.max(one.largest, other.largest);
    if (difference <= (tolerance ?? same) * size) agreeing += 1;
    else if (difference > noise && (tolerance !== null || difference > apart * size)) return "different";
    else doubtful = true;
  }
  if (doubtful) return { unknown: "they are too close to tell apart, and too far to be the same" };
  if (agreeing >= Math.min(4, points.length)) return "equal";
  return {
    unknown: agreeing === 0 ? "there is no point where both are defined" : "there are too few points where both are defined",
  };
}
