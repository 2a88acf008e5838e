/**
 * The functions that answers may use, on real numbers; NaN where they have no real value. One takes as many arguments as `length` says. `log` without
 * a base is read with each of the usual two.
 */
export const functions = {
  sqrt: Math.sqrt,
  /** The real n-th root: of a negative number where n is odd. */
  root: (x: number, n: number) => (x < 0 && Number.isInteger(n) && n % 2 !== 0 ? -((-x) ** (1 / n)) : x ** (1 / n)),
  abs: Math.abs,
  exp: Math.exp,
  ln: Math.log,
  log: Math.log,
  logBase: (x: number, base: number) => Math.log(x) / Math.log(base),
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  sec: (x: number) => 1 / Math.cos(x),
  csc: (x: number) => 1 / Math.sin(x),
  cot: (x: number) => 1 / Math.tan(x),
  arcsin: Math.asin,
  arccos: Math.acos,
  arctan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  factorial,
} satisfies Readonly<Record<string, (x: number, y: number) => number>>;
export type MathFunction = keyof typeof functions;

/** Other ways to write them. */
export const functionNames: Readonly<Record<string, MathFunction>> = {
  ...(Object.fromEntries(Object.keys(functions).map((name) => [name, name])) as Record<MathFunction, MathFunction>),
  lg: "log",
  tg: "tan",
  ctg: "cot",
  asin: "arcsin",
  acos: "arccos",
  atan: "arctan",
};

/** sin^{-1} and its kin mean the inverse function, not 1/sin. */
export const inverses: Partial<Record<MathFunction, MathFunction>> = { sin: "arcsin", cos: "arccos", tan: "arctan" };

function factorial(n: number): number {
  if (!Number.isInteger(n) || n < 0 || n > 170) return NaN;
  let product = 1;
  for (let factor = 2; factor <= n; factor++) product *= factor;
  return product;
}
