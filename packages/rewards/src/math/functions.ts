/** The functions that answers may use, on real numbers; NaN where they have no real value. `log` without a base is read with each of the usual two. */
export const functions = {
  sqrt: { arguments: 1, compute: (x: number) => Math.sqrt(x) },
  /** The real n-th root: of a negative number where n is odd. */
  root: {
    arguments: 2,
    compute: (x: number, n: number) => (x < 0 && n % 2 !== 0 && Number.isInteger(n) ? -((-x) ** (1 / n)) : x ** (1 / n)),
  },
  abs: { arguments: 1, compute: Math.abs },
  exp: { arguments: 1, compute: Math.exp },
  ln: { arguments: 1, compute: Math.log },
  log: { arguments: 1, compute: Math.log },
  logBase: { arguments: 2, compute: (x: number, base: number) => Math.log(x) / Math.log(base) },
  sin: { arguments: 1, compute: Math.sin },
  cos: { arguments: 1, compute: Math.cos },
  tan: { arguments: 1, compute: Math.tan },
  sec: { arguments: 1, compute: (x: number) => 1 / Math.cos(x) },
  csc: { arguments: 1, compute: (x: number) => 1 / Math.sin(x) },
  cot: { arguments: 1, compute: (x: number) => 1 / Math.tan(x) },
  arcsin: { arguments: 1, compute: Math.asin },
  arccos: { arguments: 1, compute: Math.acos },
  arctan: { arguments: 1, compute: Math.atan },
  sinh: { arguments: 1, compute: Math.sinh },
  cosh: { arguments: 1, compute: Math.cosh },
  tanh: { arguments: 1, compute: Math.tanh },
  factorial: { arguments: 1, compute: factorial },
} satisfies Readonly<Record<string, { readonly arguments: 1 | 2; readonly compute: (x: number, y: number) => number }>>;
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
