import { absolute } from "./integers.ts";

/**
 * Polynomials in several names with integer coefficients, exactly: what proves (x + 1)² = x² + 2x + 1. Whatever grows beyond the bounds below
 * throws TooLarge, so that no answer, however it is written, takes long.
 */
export interface Term {
  /** Names with their powers, in alphabetical order, none 0. */
  readonly powers: readonly (readonly [name: string, power: number])[];
  readonly coefficient: bigint;
}
/** By the powers written out; no coefficient is 0, so the zero polynomial is empty. */
export type Polynomial = ReadonlyMap<string, Term>;

export class TooLarge extends Error {
  override readonly name = "TooLarge";
}

const mostTerms = 200;
const mostProducts = 4_000;
const mostBits = 2_000; // of a coefficient
const mostBitsAlone = 20_000; // of a number by itself; 2000! has 19,053

/** A number as a polynomial. */
export function constant(value: bigint): Polynomial {
  return collected([{ powers: [], coefficient: value }]);
}

/** A name as a polynomial. */
export function variable(name: string): Polynomial {
  return collected([{ powers: [[name, 1]], coefficient: 1n }]);
}
export const one = constant(1n);

/** Whether all terms cancel. */
export function isZero(polynomial: Polynomial): boolean {
  return polynomial.size === 0;
}

/** The value of a polynomial without names; null where it has some. */
export function constantOf(polynomial: Polynomial): bigint | null {
  if (polynomial.size === 0) return 0n;
  return polynomial.size === 1 ? (polynomial.get("")?.coefficient ?? null) : null;
}

/** The sum. */
export function add(left: Polynomial, right: Polynomial): Polynomial {
  return collected([...left.values(), ...right.values()]);
}

/** The product. Throws `TooLarge` where it would have too many terms. */
export function multiply(left: Polynomial, right: Polynomial): Polynomial {
  if (left.size * right.size > mostProducts) throw new TooLarge();
  const terms: Term[] = [];
  for (const a of left.values())
    for (const b of right.values())
      terms.push({ powers: productOf(a.powers, b.powers), coefficient: a.coefficient * b.coefficient });
  return collected(terms);
}

/** A polynomial to a whole exponent of 0 or more, by repeated squares. Throws `TooLarge` as `multiply` does. */
export function power(base: Polynomial, exponent: number): Polynomial {
  let [made, square, left] = [one, base, exponent];
  for (;;) {
    if (left % 2 === 1) made = multiply(made, square);
    left = Math.floor(left / 2);
    if (left === 0) return made;
    square = multiply(square, square);
  }
}

/** i² → −1. */
export function withImaginary(polynomial: Polynomial, name: string): Polynomial {
  return collected(
    [...polynomial.values()].map(({ powers, coefficient }) => {
      const exponent = powers.find(([each]) => each === name)?.[1] ?? 0;
      const rest = powers.filter(([each]) => each !== name);
      const kept = exponent % 2 === 1 ? productOf(rest, [[name, 1]]) : rest;
      return { powers: kept, coefficient: exponent % 4 < 2 ? coefficient : -coefficient };
    }),
  );
}

/** As text: equal polynomials give equal texts. */
export function textOf(polynomial: Polynomial): string {
  return [...polynomial]
    .map(([key, { coefficient }]) => `${coefficient}*${key}`)
    .sort()
    .join("+");
}

function productOf(left: Term["powers"], right: Term["powers"]): Term["powers"] {
  const powers = new Map(left);
  for (const [name, exponent] of right) powers.set(name, (powers.get(name) ?? 0) + exponent);
  return [...powers].sort(([a], [b]) => (a < b ? -1 : 1));
}

function collected(terms: readonly Term[]): Polynomial {
  const sums = new Map<string, Term>();
  for (const { powers, coefficient } of terms) {
    const key = powers.map(([name, exponent]) => `${name}^${exponent}`).join("*");
    const sum = (sums.get(key)?.coefficient ?? 0n) + coefficient;
    if (sum === 0n) sums.delete(key);
    else sums.set(key, { powers, coefficient: sum });
    if (sums.size > mostTerms || bitsOf(sum) > (sums.size > 1 ? mostBits : mostBitsAlone)) throw new TooLarge();
  }
  return sums;
}

function bitsOf(value: bigint): number {
  return absolute(value).toString(16).length * 4;
}
