import { createRequire } from "node:module";
import type * as Mathjs from "mathjs";
import { expressionText } from "./expression-text.ts";
import type { ExpressionText } from "./expression-text.ts";
import { functions } from "./functions.ts";
import type { MathFunction } from "./functions.ts";
import { Unreadable } from "./unreadable.ts";

/**
 * A scalar answer as a tree: LaTeX or plain text → expression text (expression-text.ts) → mathjs' parser → this.
 *
 * The answer is untrusted and mathjs never sees any of it: the expression text holds nothing but operators, parentheses, our own functions, and
 * places n0, n1, … v0, v1, … that stand for its numbers and names. Only mathjs' parser is used, and of the tree that it gives only what is
 * listed here is let through. Numbers are exact: 0.1 is 1/10.
 */
export type Expression =
  | { readonly type: "number"; readonly top: bigint; readonly bottom: bigint }
  | { readonly type: "name"; readonly name: string }
  | { readonly type: "negate"; readonly operand: Expression }
  | { readonly type: "binary"; readonly operator: Operator; readonly left: Expression; readonly right: Expression }
  | { readonly type: "call"; readonly function: MathFunction; readonly arguments: readonly Expression[] };
export type Operator = "+" | "-" | "*" | "/" | "^";

/** Reads a scalar. Throws Unreadable. */
export function readExpression(latex: string): Expression {
  const text = expressionText(latex);
  return treeOf(parsed(text.text), text);
}

/** The names in an expression, each once. */
export function namesIn(expression: Expression): Set<string> {
  switch (expression.type) {
    case "number":
      return new Set();
    case "name":
      return new Set([expression.name]);
    case "negate":
      return namesIn(expression.operand);
    case "binary":
      return new Set([...namesIn(expression.left), ...namesIn(expression.right)]);
    case "call":
      return new Set(expression.arguments.flatMap((argument) => [...namesIn(argument)]));
  }
}

let parse: typeof Mathjs.parse | undefined;

function parsed(text: string): Mathjs.MathNode {
  // Loaded at first use and as the one-file bundle, as core's formulas do: a start of the command line that grades nothing doesn't wait for it.
  parse ??= (createRequire(import.meta.url)("mathjs/lib/browser/math.js") as typeof Mathjs).parse;
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw new Unreadable("it is not a whole expression");
    throw error;
  }
}

function treeOf(node: Mathjs.MathNode, text: ExpressionText): Expression {
  switch (node.type) {
    case "ParenthesisNode":
      return treeOf((node as Mathjs.ParenthesisNode).content, text);
    case "SymbolNode":
      return leafOf((node as Mathjs.SymbolNode).name, text);
    case "OperatorNode": {
      const { op, args } = node as Mathjs.OperatorNode;
      const [left, right] = args.map((argument) => treeOf(argument, text));
      if (right === undefined && op === "+") return left!;
      if (right === undefined && op === "-") return { type: "negate", operand: left! };
      if (right === undefined && op === "!") return { type: "call", function: "factorial", arguments: [left!] };
      if (right !== undefined && isOperator(op)) return { type: "binary", operator: op, left: left!, right };
      throw new Unreadable(`${op} is not read`);
    }
    case "FunctionNode": {
      const { fn, args } = node as Mathjs.FunctionNode;
      const name = String((fn as { name?: unknown }).name);
      if (!Object.hasOwn(functions, name)) throw new Unreadable("an unknown function");
      const called = name as MathFunction;
      if (args.length !== functions[called].length) throw new Unreadable(`${name} of ${args.length} arguments`);
      return { type: "call", function: called, arguments: args.map((argument) => treeOf(argument, text)) };
    }
    default:
      throw new Unreadable(`${node.type} is not read`);
  }
}

function leafOf(place: string, { numbers, names }: ExpressionText): Expression {
  const index = Number(place.slice(1));
  if (/^n\d+$/.test(place)) return numberOf(numbers[index]!);
  if (/^v\d+$/.test(place)) return { type: "name", name: names[index]! };
  throw new Unreadable("an unknown name");
}

const largestExponent = 400;

/** 12, 0.5, .5, 5. and 1E-3 as exact fractions. */
function numberOf(written: string): Expression {
  const [digits, exponent = "0"] = written.split(/e/i) as [string, string?];
  const [whole, decimals = ""] = digits.split(".");
  const scale = Number(exponent) - decimals.length;
  if (Math.abs(scale) > largestExponent) throw new Unreadable(`an exponent of ${exponent}`);
  const value = BigInt(`${whole}${decimals}`);
  return scale < 0
    ? { type: "number", top: value, bottom: 10n ** BigInt(-scale) }
    : { type: "number", top: value * 10n ** BigInt(scale), bottom: 1n };
}

function isOperator(operator: string): operator is Operator {
  return ["+", "-", "*", "/", "^"].includes(operator);
}
