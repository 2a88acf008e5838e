import { namesIn } from "./expression.ts";
import type { Expression } from "./expression.ts";
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
  const variables = [...names].filter((name) => name !== "e" && name !== "pi").sort();
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
  const variables = [...namesIn(expression)].filter((name) => name !== "e" && name !== "pi").sort();
  return pointsOf(variables).some((values) => !Number.isNaN(evaluate(expression, values, Math.E).value));
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

function pointsOf(variables: readonly string[]): ReadonlyMap<string, number>[] {
  const points = variables.length === 0 ? [[]] : samplePoints;
  return points.map(
    (point) => new Map(variables.map((name, index) => [name, point[index % point.length]! + Math.floor(index / point.length)])),
  );
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
  let [agreeing, doubtful] = [0, 0];
  for (const values of points) {
    const [one, other] = [evaluate(left, values, logBase), evaluate(right, values, logBase)];
    if (Number.isNaN(one.value) || Number.isNaN(other.value)) continue;
    const difference = Math.abs(one.value - other.value);
    const size = Math.max(Math.abs(one.value), Math.abs(other.value));
    const noise = rounding * Math.max(one.largest, other.largest);
    if (difference <= (tolerance ?? same) * size) agreeing += 1;
    else if (difference <= noise) doubtful += 1;
    else if (tolerance !== null || difference > apart * size) return "different";
    else doubtful += 1;
  }
  if (doubtful > 0) return { unknown: "they are too close to tell apart, and too far to be the same" };
  if (agreeing >= Math.min(4, points.length)) return "equal";
  return {
    unknown: agreeing === 0 ? "there is no point where both are defined" : "there are too few points where both are defined",
  };
}

/** In (0, 1), (1, 3), (3, 12), and with negative values: an inverse sine, a logarithm and a root each find some where they are defined. */
const samplePoints: readonly (readonly number[])[] = [
  [0.137, 0.731, 0.419, 0.883, 0.267],
  [0.853, 0.291, 0.617, 0.149, 0.523],
  [0.371, 0.947, 0.193, 0.659, 0.811],
  [0.619, 0.083, 0.769, 0.337, 0.971],
  [1.273, 2.719, 1.931, 2.137, 1.567],
  [2.609, 1.367, 2.251, 1.783, 2.903],
  [1.747, 2.063, 1.151, 2.481, 1.319],
  [2.213, 1.607, 2.837, 1.049, 2.377],
  [3.461, 7.193, 4.127, 9.613, 5.519],
  [8.237, 3.917, 6.343, 5.081, 11.273],
  [5.711, 10.429, 3.173, 7.867, 4.649],
  [11.083, 5.347, 8.969, 3.739, 6.911],
  [-0.457, 0.613, -1.289, 1.831, -0.743],
  [1.459, -2.347, 0.587, -0.929, 2.111],
  [-3.271, -0.691, 2.423, -4.157, 0.379],
  [-1.873, 3.529, -0.233, 0.811, -2.659],
];

function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}
