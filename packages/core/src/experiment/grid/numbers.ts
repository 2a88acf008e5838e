import { compileFormula, FormulaError } from "../../formula/formula.ts";

/**
 * The numbers of an axis, written as one expression:
 *
 *     linspace(a, b, n)   n numbers from a to b, evenly spaced
 *     logspace(a, b, n)   n numbers from 10^a to 10^b, each the same factor from the last, as in NumPy and PyTorch
 *     geomspace(a, b, n)  the same with the ends themselves, as in NumPy
 *     a:b, a:step:b       from a on, in steps of 1 or of `step`, up to b
 *     arithmetic          one number
 *
 * The parts go through the gates of formulas (formula.ts): arithmetic on numbers, read by mathjs' parser and never evaluated by it.
 * What is computed is rounded to 12 digits, so that 0:0.1:0.3 ends with 0.3.
 */
export function numbersIn(source: string): number[] {
  const call = /^\s*(linspace|logspace|geomspace)\s*\(/.exec(source);
  if (call !== null) return spaced(source, call[1] as Spacing, call[0].length);
  const parts = splitAt(source, ":", 0, source.length);
  if (parts.length === 1) return [numberOf(source, parts[0]!)];
  if (parts.length > 3) throw new FormulaError("a range has two or three parts, a:b or a:step:b", parts[3]!.start + 1);
  const [from, ...more] = parts.map((part) => numberOf(source, part)) as [number, number, number?];
  const [step, to] = more.length === 1 ? [1, more[0]] : (more as [number, number]);
  return stepped(from, step, to, parts[1]!.start + 1);
}

/** The one number that a text is, e.g. 1e-3 / 2, to 12 digits; null where it is no arithmetic on numbers alone. Throws a FormulaError where it is, and no number holds it. */
export function arithmeticOf(text: string): number | null {
  try {
    return rounded(compileFormula(text, []).evaluate({}));
  } catch (error) {
    if (error instanceof FormulaError && !error.lost) return null;
    throw error;
  }
}

const MOST_VALUES = 10_000;

/** A part of the source, in characters. */
interface Part {
  readonly start: number;
  readonly end: number;
}

type Spacing = "linspace" | "logspace" | "geomspace";

function spaced(source: string, name: Spacing, inside: number): number[] {
  const close = closing(source, inside);
  if (/\S/.test(source.slice(close + 1)))
    throw new FormulaError(`${name}(…) stands alone: expected nothing after its parenthesis`, close + 2);
  const parts = splitAt(source, ",", inside, close);
  if (parts.length !== 3)
    throw new FormulaError(`${name} given ${parts.length} arguments, expected ${name}(from, to, how many)`, 1);
  const [from, to, count] = parts.map((part) => numberOf(source, part)) as [number, number, number];
  const at = parts[2]!.start + 1;
  if (!Number.isInteger(count) || count < 1)
    throw new FormulaError(`${name} of ${count} numbers, expected a whole number from 1 on`, at);
  checkCount(count, at);
  if (name === "geomspace" && !(from > 0 && to > 0))
    throw new FormulaError(
      `geomspace from ${from} to ${to}: expected ends above 0; logspace(-4, -2, 3) takes exponents`,
      parts[from > 0 ? 1 : 0]!.start + 1,
    );
  // Nobody means 10^0.0001: a slip that would cost a whole grid.
  if (name === "logspace" && from > 0 && from < 1 && to > 0 && to < 1)
    throw new FormulaError(
      `logspace takes exponents of 10, and these would be ${rounded(10 ** from)} to ${rounded(10 ** to)}; with the ends themselves it is geomspace(${source.slice(inside, close).trim()})`,
      parts[0]!.start + 1,
    );
  return Array.from({ length: count }, (_, index) => {
    const share = count === 1 ? 0 : index / (count - 1);
    if (name === "logspace") return rounded(10 ** (from + (to - from) * share));
    if (index === 0) return from;
    if (index === count - 1) return to;
    return rounded(name === "linspace" ? from + (to - from) * share : from * (to / from) ** share);
  });
}

function stepped(from: number, step: number, to: number, at: number): number[] {
  if (step === 0 || (to - from) / step < 0) throw new FormulaError(`steps of ${step} never lead from ${from} to ${to}`, at);
  const count = Math.floor((to - from) / step + 1e-9) + 1; // 0:0.1:0.3 is four numbers, though 0.3 / 0.1 is a little less than 3
  checkCount(count, at);
  return Array.from({ length: count }, (_, index) => rounded(from + index * step));
}

function checkCount(count: number, column: number): void {
  if (count > MOST_VALUES) throw new FormulaError(`${count} values, expected at most ${MOST_VALUES}`, column);
}

function numberOf(source: string, { start, end }: Part): number {
  const text = source.slice(start, end);
  if (text.trim() === "") throw new FormulaError("a number is missing here", Math.max(1, start));
  try {
    const value = rounded(compileFormula(text, []).evaluate({}));
    if (Number.isFinite(value)) return value;
    throw new FormulaError(`${text.trim()} is ${value}, expected a finite number`, 1);
  } catch (error) {
    if (error instanceof FormulaError) throw new FormulaError(error.message, error.column + start);
    throw error;
  }
}

/** Where the parenthesis opened before `inside` closes. */
function closing(source: string, inside: number): number {
  let depth = 1;
  for (let at = inside; at < source.length; at++) {
    if (source[at] === "(") depth++;
    if (source[at] === ")" && --depth === 0) return at;
  }
  throw new FormulaError(
    'unexpected end: a "(" is not closed; inside [ ] and { } YAML splits at commas, so write the expression in quotes there',
    source.length + 1,
  );
}

/** The parts between separators that stand in no parenthesis. */
function splitAt(source: string, separator: string, from: number, to: number): Part[] {
  const parts: Part[] = [];
  let [start, depth] = [from, 0];
  for (let at = from; at < to; at++) {
    if (source[at] === "(") depth++;
    if (source[at] === ")") depth--;
    if (source[at] !== separator || depth > 0) continue;
    parts.push({ start, end: at });
    start = at + 1;
  }
  return [...parts, { start, end: to }];
}

/** To 12 digits: what is computed is rounded alike everywhere, so that 0.1 * 3 is 0.3. */
function rounded(value: number): number {
  return Number(value.toPrecision(12));
}
