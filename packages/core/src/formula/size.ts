import { constantValue, operandsOf } from "./meaning.ts";
import type { Formula } from "./meaning.ts";

/** What of a formula's numbers is lost, and in which of its numbers and names (from 0, in the order written) it shows. */
export interface LostSize {
  readonly message: string;
  readonly operand: number;
}

/**
 * Arithmetic on numbers alone that leaves the range of numbers is refused as such a number itself is (number-text.ts): 1e-200 * 1e-200 is not 0, nor is
 * accuracy * 1e-200 * 1e-200, and 1e200 * 1e200 is not ∞. A division by 0 is left to whoever evaluates.
 * single: what numbers come to is rounded to float32 where it meets a tensor.
 */
export function lostSize(formula: Formula, precision: "double" | "single"): LostSize | null {
  let read = 0;
  const check = (node: Formula, inConstant: boolean): LostSize | null => {
    const first = read;
    if (node.type === "number" || node.type === "name") read += 1;
    const constant = constantValue(node);
    for (const operand of operandsOf(node)) {
      const found = check(operand, constant !== undefined);
      if (found !== null) return found;
    }
    const message = lossIn(node) ?? (precision === "single" && !inConstant ? singleLoss(constant) : null);
    return message === null ? null : { message, operand: first };
  };
  return check(formula, false);
}

/** What a node makes of its numbers: of all, where it reads no name, else of those that multiply what it reads. */
function lossIn(node: Formula): string | null {
  if (node.type === "call" && node.function === "exp") {
    const power = constantValue(node.arguments[0]!);
    return power !== undefined && Number.isFinite(power) ? tooFar(`exp(${power})`, Math.exp(power), true) : null;
  }
  if (node.type !== "binary") return null;
  const { operator } = node;
  const scales = operator === "*" || operator === "/";
  const [left, right] = [node.left, node.right].map(scales ? factorOf : constantValue);
  if (left === undefined || right === undefined || !Number.isFinite(left) || !Number.isFinite(right)) return null;
  const text = `${left} ${operator} ${right}`;
  switch (operator) {
    case "*":
      return tooFar(text, left * right, left !== 0 && right !== 0);
    case "/":
      return right === 0 ? null : tooFar(text, left / right, left !== 0);
    case "^":
      return left === 0 ? null : tooFar(text, left ** right, true);
    case "+":
    case "-":
      return tooFar(text, operator === "+" ? left + right : left - right, false);
    default:
      return null;
  }
}

/** By which number a product multiplies what it reads: 6 of 2 * x * 3; 1 where it is none. Of a formula that reads nothing its value. */
function factorOf(formula: Formula): number {
  const constant = constantValue(formula);
  if (constant !== undefined) return constant;
  if (formula.type === "negate") return -factorOf(formula.operand);
  if (formula.type === "binary" && formula.operator === "*") return factorOf(formula.left) * factorOf(formula.right);
  if (formula.type === "binary" && formula.operator === "/") return factorOf(formula.left) / factorOf(formula.right);
  return 1;
}

/** `isSome`: in exact arithmetic it is not 0. */
function tooFar(text: string, value: number, isSome: boolean): string | null {
  if (value === 0 && isSome) return `${text} is too small for a number, and would become 0`;
  return Math.abs(value) === Infinity ? `${text} is too large for a number, at most 1.8e308` : null;
}

function singleLoss(value: number | undefined): string | null {
  if (value === undefined || value === 0 || !Number.isFinite(value)) return null;
  if (Math.fround(value) === 0) return `${value} is too small for a number of 32 bits, and would become 0`;
  return Number.isFinite(Math.fround(value)) ? null : `${value} is too large for a number of 32 bits, at most 3.4e38`;
}
