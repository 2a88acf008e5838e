import type { Expression } from "./expression.ts";
import { absolute, greatestCommonDivisor } from "./integers.ts";
import {
  add,
  constant,
  constantOf,
  isZero,
  multiply,
  one,
  power,
  textOf,
  TooLarge,
  variable,
  withImaginary,
} from "./polynomial.ts";
import type { Polynomial } from "./polynomial.ts";
import { Unreadable } from "./unreadable.ts";

/**
 * An expression as an exact quotient of polynomials. What is no rational function (√, sin, a power that is no whole number) counts as a name of its
 * own, the same for the same argument: that proves 2 sin b cos a = 2 cos a sin b, and leaves √8 = 2√2 to numbers.
 */
export interface Quotient {
  readonly top: Polynomial;
  readonly bottom: Polynomial;
  /** Whether there are such opaque parts; without them, quotients that differ are different functions. */
  readonly opaque: boolean;
}

/** null where it is too large to be worked out. Throws Unreadable where it divides by 0. */
export function quotientOf(expression: Expression): Quotient | null {
  if (!workedOut.has(expression))
    workedOut.set(
      expression,
      orNull(() => quotient(expression)),
    );
  return workedOut.get(expression)!;
}
const workedOut = new WeakMap<Expression, Quotient | null>(); // a part of a set is compared with all parts of another

function orNull<T>(work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (error instanceof TooLarge) return null;
    throw error;
  }
}

/** Whether top₁·bottom₂ − top₂·bottom₁ is 0, with i² = −1. null where that is too large. */
export function isSame(a: Quotient, b: Quotient): boolean | null {
  return orNull(() => {
    const difference = add(multiply(a.top, b.bottom), multiply(constant(-1n), multiply(b.top, a.bottom)));
    return isZero(withImaginary(difference, "i"));
  });
}

/** Numerator and denominator of a rational number; null for anything else. */
export function rationalOf({ top, bottom }: Quotient): readonly [bigint, bigint] | null {
  const [above, below] = [constantOf(top), constantOf(bottom)];
  return above === null || below === null ? null : [above, below];
}

const highestPower = 20_000;
const largestFactorial = 2_050n;

function quotient(expression: Expression): Quotient {
  switch (expression.type) {
    case "number":
      return { top: constant(expression.top), bottom: constant(expression.bottom), opaque: false };
    case "name":
      // e and π are numbers, no variables: equal where their polynomials are, perhaps equal where they aren't
      return { top: variable(expression.name), bottom: one, opaque: expression.name === "e" || expression.name === "pi" };
    case "negate": {
      const { top, bottom, opaque } = quotient(expression.operand);
      return { top: multiply(constant(-1n), top), bottom, opaque };
    }
    case "binary":
      return expression.operator === "^"
        ? powerOf(expression)
        : combined(expression.operator, quotient(expression.left), quotient(expression.right));
    case "call": {
      const given = expression.arguments.map(quotient);
      const value = expression.function === "factorial" ? rationalOf(given[0]!) : null;
      if (value !== null && value[0] % value[1] === 0n) return factorialOf(value[0] / value[1]);
      return opaqueOf(`${expression.function}(${given.map(textOfQuotient).join(",")})`);
    }
  }
}

function combined(operator: "+" | "-" | "*" | "/", left: Quotient, right: Quotient): Quotient {
  const opaque = left.opaque || right.opaque;
  switch (operator) {
    case "+":
    case "-": {
      const sign = constant(operator === "+" ? 1n : -1n);
      const top = add(multiply(left.top, right.bottom), multiply(sign, multiply(right.top, left.bottom)));
      return reduced({ top, bottom: multiply(left.bottom, right.bottom), opaque });
    }
    case "*":
      return reduced({ top: multiply(left.top, right.top), bottom: multiply(left.bottom, right.bottom), opaque });
    case "/":
      if (isZero(right.top)) throw new Unreadable("it divides by 0");
      return reduced({ top: multiply(left.top, right.bottom), bottom: multiply(left.bottom, right.top), opaque });
  }
}

function powerOf({ left, right }: Expression & { type: "binary" }): Quotient {
  const base = quotient(left);
  const exponent = quotient(right);
  const value = rationalOf(exponent);
  if (value === null || value[0] % value[1] !== 0n) return opaqueOf(`pow(${textOfQuotient(base)},${textOfQuotient(exponent)})`);
  const whole = value[0] / value[1];
  const size = absolute(whole);
  if (size > BigInt(highestPower)) throw new TooLarge();
  if (isZero(base.top) && whole <= 0n) throw new Unreadable(whole === 0n ? "it has 0 to the power of 0" : "it divides by 0");
  const [above, below] = [power(base.top, Number(size)), power(base.bottom, Number(size))];
  return { top: whole < 0n ? below : above, bottom: whole < 0n ? above : below, opaque: base.opaque };
}

function factorialOf(n: bigint): Quotient {
  if (n < 0n) throw new Unreadable("a factorial of a negative number");
  if (n > largestFactorial) throw new TooLarge();
  let product = 1n;
  for (let factor = 2n; factor <= n; factor++) product *= factor;
  return { top: constant(product), bottom: one, opaque: false };
}

function opaqueOf(name: string): Quotient {
  if (name.length > 2_000) throw new TooLarge();
  return { top: variable(name), bottom: one, opaque: true };
}

function textOfQuotient({ top, bottom }: Quotient): string {
  return `${textOf(top)}/${textOf(bottom)}`;
}

/** Rational numbers of a usual size in lowest terms; others as they are, since only products across are compared. */
function reduced(given: Quotient): Quotient {
  const value = rationalOf(given);
  if (value === null || value.some((part) => absolute(part) > usual)) return given;
  const common = greatestCommonDivisor(value[0], value[1]);
  const divisor = value[1] < 0n ? -common : common;
  return { top: constant(value[0] / divisor), bottom: constant(value[1] / divisor), opaque: given.opaque };
}

const usual = 2n ** 256n;
