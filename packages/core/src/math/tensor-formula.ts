import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { constantValue, operandsOf } from "../formula/meaning.ts";
import type { BinaryOperator, Formula, FormulaFunction } from "../formula/meaning.ts";
import { withGradient } from "./kernel.ts";
import { stopGradient } from "./stop-gradient.ts";

/**
 * A formula as tensor operations, differentiable in the tensors it reads; element by element, and all of one shape.
 *
 * The chain rule, with one addition: what flows back from a is dy · ∂y/∂a, and 0 where dy is 0, whatever ∂y/∂a is there. (0 · ∞ is NaN;
 * so the branch that `where` left out, the side that `min` did not take and what lies outside a mask can't spoil a gradient.)
 *
 *     min(a, b), max(a, b)      at a = b all of it goes to a, the one written first; of more than two, to the first of the equals
 *     clamp(x, low, high)       passes from low to high, both included; else 0 (and to the bound, where that is no constant)
 *     abs(x), sign(x)           sign(x), which is 0 at 0; and 0 everywhere
 *     a < b, a == b, …          0
 *     where(c, a, b)            to a where c is not 0, else to b; none to c
 *     stopGradient(x)           0
 *     x ^ n                     n · x^(n − 1), a number for negative x too where n is a whole number; 0 for n = 0
 *     x ^ y                     y · x^(y − 1) to x, and x^y · ln x to y, which is 0 where x^y is 0
 *     sqrt(x), log(x)           ½ / sqrt(x) and 1 / x: at 0 both are ∞, as the slopes are
 *
 * Numbers are folded in double precision and rounded to float32 where they meet a tensor.
 */
export type TensorFormula = (values: Readonly<Record<string, Tensor>>) => Tensor;

/** A formula as a function of tensors of one shape, which gives a new one of that shape; differentiable where its operations are. */
export function tensorFormula(formula: Formula): TensorFormula {
  const constant = constantValue(formula);
  if (constant !== undefined) return (values) => tf.fill(shapeOf(values), Math.fround(constant));
  const operands = operandsOf(formula).map(tensorFormula);
  const operation = operationOf(formula);
  return (values) => tf.tidy(() => operation(values, ...operands.map((operand) => operand(values))));
}

/** Of the names that a formula reads, those to which a gradient can flow. */
export function differentiableNames(formula: Formula): ReadonlySet<string> {
  if (formula.type === "name") return new Set([formula.name]);
  if (formula.type === "call" && formula.function === "stopGradient") return new Set();
  return new Set(differentiatedOperands(formula).flatMap((operand) => [...differentiableNames(operand)]));
}

/** Those to which it would flow, and a stopGradient keeps it or some of it back. */
export function stoppedNames(formula: Formula): ReadonlySet<string> {
  const operands = differentiatedOperands(formula);
  const within = operands.flatMap((operand) => [...stoppedNames(operand)]);
  if (formula.type !== "call" || formula.function !== "stopGradient") return new Set(within);
  return new Set([...within, ...operands.flatMap((operand) => [...differentiableNames(operand)])]);
}

/** What the derivative goes through: not the sides of a comparison, nor a condition. */
function differentiatedOperands(formula: Formula): readonly Formula[] {
  if (formula.type === "binary" && isComparison(formula.operator)) return [];
  if (formula.type === "call" && formula.function === "sign") return [];
  return operandsOf(formula).slice(formula.type === "call" && formula.function === "where" ? 1 : 0);
}

function shapeOf(values: Readonly<Record<string, Tensor>>): number[] {
  const [first] = Object.values(values);
  if (first === undefined) throw new TypeError("a tensor formula needs at least one tensor, for the shape of what it gives");
  return first.shape;
}

// ---------------------------------------------------------------- what each node computes; all tensors have the shape of the values

type Operation = (values: Readonly<Record<string, Tensor>>, ...operands: Tensor[]) => Tensor;

function operationOf(formula: Formula): Operation {
  switch (formula.type) {
    case "number":
      throw new TypeError("a number is folded before it becomes an operation");
    case "name":
      return (values) => values[formula.name]!.clone();
    case "negate":
      return (_values, x) => tf.neg(x!);
    case "binary": {
      const exponent = formula.operator === "^" ? constantValue(formula.right) : undefined;
      if (exponent !== undefined) return (_values, x) => power(x!, exponent);
      const operation = binary[formula.operator];
      return (_values, a, b) => operation(a!, b!);
    }
    case "call": {
      const [low, high] = formula.function === "clamp" ? formula.arguments.slice(1).map(constantValue) : [];
      if (low !== undefined && high !== undefined) return (_values, x) => tf.clipByValue(x!, Math.fround(low), Math.fround(high));
      const operation = functions[formula.function];
      return (_values, ...operands) => operation(...operands);
    }
  }
}

const binary: Readonly<Record<BinaryOperator, (a: Tensor, b: Tensor) => Tensor>> = {
  "+": (a, b) => tf.add(a, b),
  "-": (a, b) => tf.sub(a, b),
  "*": differentiable(
    tf.mul,
    (_y, _a, b) => b!,
    (_y, a) => a!,
  ),
  "/": differentiable(
    tf.div,
    (_y, _a, b) => tf.reciprocal(b!),
    (y, _a, b) => tf.neg(tf.div(y, b!)),
  ),
  "^": differentiable(
    tf.pow,
    (_y, a, b) => tf.mul(b!, tf.pow(a!, tf.sub(b!, 1))),
    (y, a) => only(tf.mul(y, tf.log(a!)), tf.notEqual(y, 0)),
  ),
  "<": comparison(tf.less),
  "<=": comparison(tf.lessEqual),
  ">": comparison(tf.greater),
  ">=": comparison(tf.greaterEqual),
  "==": comparison(tf.equal),
  "!=": comparison(tf.notEqual),
};

const functions: Readonly<Record<FormulaFunction, (...operands: Tensor[]) => Tensor>> = {
  min: (...operands) => operands.reduce((a, b) => extreme(a, b, tf.minimum, tf.lessEqual)),
  max: (...operands) => operands.reduce((a, b) => extreme(a, b, tf.maximum, tf.greaterEqual)),
  abs: differentiable(tf.abs, (_y, x) => tf.sign(x!)),
  exp: differentiable(tf.exp, (y) => y),
  log: differentiable(tf.log, (_y, x) => tf.reciprocal(x!)),
  sqrt: differentiable(tf.sqrt, (y) => tf.div(0.5, y)),
  sign: (x) => tf.sign(stopGradient(x!)),
  clamp: (x, low, high) => functions.min(functions.max(x!, low!), high!),
  where: (condition, a, b) => chosen(tf.notEqual(stopGradient(condition!), 0), a!, b!),
  stopGradient: (x) => stopGradient(x!),
};

function power(x: Tensor, exponent: number): Tensor {
  if (exponent === 0) return tf.onesLike(x);
  if (exponent === 1) return x;
  if (exponent === 2) return square(x);
  const slope: Partial = (_y, base) => tf.mul(tf.pow(base!, exponent - 1), exponent);
  return differentiable((base: Tensor) => tf.pow(base, exponent), slope)(x);
}
const square = differentiable(tf.square, (_y, x) => tf.mul(x!, 2));

function extreme(a: Tensor, b: Tensor, pick: typeof tf.minimum, takesFirst: typeof tf.lessEqual): Tensor {
  return withGradient(
    [a, b],
    () => ({ value: pick(a, b), saved: [takesFirst(a, b)] }),
    (dy, [first]) => [only(dy, first!), only(dy, tf.logicalNot(first!))],
  );
}

/** a where the condition holds, else b. tf.where's own gradient multiplies by the condition, and ∞ · 0 is NaN. */
function chosen(condition: Tensor, a: Tensor, b: Tensor): Tensor {
  return withGradient(
    [a, b],
    () => ({ value: tf.where(condition, a, b), saved: [condition] }),
    (dy, [first]) => [only(dy, first!), only(dy, tf.logicalNot(first!))],
  );
}

/** Comparisons have no gradient in tfjs either, and would be an error on the tape. */
function comparison(compare: typeof tf.less): (a: Tensor, b: Tensor) => Tensor {
  return (a, b) => tf.cast(compare(stopGradient(a), stopGradient(b)), "float32");
}

function isComparison(operator: BinaryOperator): boolean {
  return /[<>=]/.test(operator);
}

/** ∂y/∂input, from y and the inputs. */
type Partial = (y: Tensor, ...inputs: Tensor[]) => Tensor;

/** y = f(inputs), and back to each input dy · ∂y/∂input, or 0 where dy is 0. */
function differentiable(f: (...inputs: [Tensor, Tensor]) => Tensor, ...partials: readonly Partial[]) {
  return (...inputs: Tensor[]): Tensor =>
    withGradient(
      inputs,
      () => {
        const y = f(...(inputs as [Tensor, Tensor]));
        return { value: y, saved: [y, ...inputs] };
      },
      (dy, [y, ...saved]) => partials.map((partial) => only(tf.mul(dy, partial(y!, ...saved)), tf.notEqual(dy, 0))),
    );
}

/** `values` where the condition holds, else 0. */
function only(values: Tensor, condition: Tensor): Tensor {
  return tf.where(condition, values, tf.zerosLike(values));
}
