import { operandsOf } from "./meaning.ts";
import type { BinaryOperator, Formula } from "./meaning.ts";

/** The lowest and the highest value of something. */
export type Range = readonly [low: number, high: number];

/**
 * Between which numbers a formula lies where its names do, by interval arithmetic: never too narrow, and too wide where a name is read twice.
 * null where that can't be said: an unknown name, a division by what may be 0, a value that isn't finite.
 */
export function rangeOf(formula: Formula, names: ReadonlyMap<string, Range>): Range | null {
  const range = rangeOfNode(formula, names);
  return range !== null && range.every(Number.isFinite) ? range : null;
}

function rangeOfNode(formula: Formula, names: ReadonlyMap<string, Range>): Range | null {
  if (formula.type === "number") return [formula.value, formula.value];
  if (formula.type === "name") return names.get(formula.name) ?? null;
  const operands = operandsOf(formula).map((operand) => rangeOf(operand, names));
  if (formula.type === "binary" && comparisons.has(formula.operator)) return [0, 1];
  if (formula.type === "call" && formula.function === "sign") return [-1, 1];
  if (formula.type === "call" && formula.function === "where")
    return operands[1] && operands[2] ? hull([...operands[1], ...operands[2]]) : null;
  if (!operands.every((one) => one !== null)) return null;
  const [first, second, third] = operands as [Range, Range, Range];
  if (formula.type === "negate") return [-first[1], -first[0]];
  if (formula.type === "binary") return binary(formula.operator, first, second);
  switch (formula.function) {
    case "min":
      return [Math.min(...operands.map(([low]) => low)), Math.min(...operands.map(([, high]) => high))];
    case "max":
      return [Math.max(...operands.map(([low]) => low)), Math.max(...operands.map(([, high]) => high))];
    case "abs":
      return first[0] <= 0 && first[1] >= 0 ? [0, Math.max(-first[0], first[1])] : hull(first.map(Math.abs));
    case "exp":
    case "log":
    case "sqrt":
      return [Math[formula.function](first[0]), Math[formula.function](first[1])];
    case "clamp":
      return [Math.min(Math.max(first[0], second[0]), third[0]), Math.min(Math.max(first[1], second[1]), third[1])];
    case "stopGradient":
      return first;
    default:
      return null;
  }
}

function binary(operator: BinaryOperator, a: Range, b: Range): Range | null {
  if (operator === "+") return [a[0] + b[0], a[1] + b[1]];
  if (operator === "-") return [a[0] - b[1], a[1] - b[0]];
  if (operator === "*") return hull(a.flatMap((x) => b.map((y) => x * y)));
  if (operator === "/") return b[0] <= 0 && b[1] >= 0 ? null : hull(a.flatMap((x) => b.map((y) => x / y)));
  const [power] = b[0] === b[1] && Number.isInteger(b[0]) && b[0] >= 0 ? b : [null]; // "^"
  if (power === null) return null;
  const ends = hull(a.map((x) => x ** power));
  return power % 2 === 0 && power > 0 && a[0] < 0 && a[1] > 0 ? [0, ends[1]] : ends;
}

/** The names whose value can change that of the formula, as far as its form tells: not those that are multiplied by 0. */
export function effectiveNames(formula: Formula): ReadonlySet<string> {
  if (formula.type === "name") return new Set([formula.name]);
  const isZero = (one: Formula) => one.type === "number" && one.value === 0;
  const product = formula.type === "binary" && (formula.operator === "*" || formula.operator === "/");
  if (product && (isZero(formula.left) || (formula.operator === "*" && isZero(formula.right)))) return new Set();
  return new Set(operandsOf(formula).flatMap((operand) => [...effectiveNames(operand)]));
}

const comparisons: ReadonlySet<BinaryOperator> = new Set(["<", "<=", ">", ">=", "==", "!="] as const);
const hull = (values: readonly number[]): Range => [Math.min(...values), Math.max(...values)];
