import { createRequire } from "node:module";
import type * as Mathjs from "mathjs";
import { closest } from "fastest-levenshtein";
import { closureOf, constantValue, functions, isBinary, isFunction } from "./meaning.ts";
import type { Formula, FormulaFunction } from "./meaning.ts";
import { lostSize } from "./size.ts";
import { lossOf } from "@rewardlab/storage";

/**
 * Formulas of an experiment file: of the score, e.g. `accuracy * (1 + 0.5 * consistency) + 0.5 * format`, and of the policy loss,
 * e.g. `-min(ratio * A, clamp(ratio, 0.8, 1.2) * A)`. They are one language with different names and functions (`FormulaLanguage`).
 *
 * The text is untrusted. Three gates stand between it and a number: every character must belong to a token of the small language below
 * (so each refusal has a column), mathjs parses it (only its parser is used, never its evaluation), and the tree it gives is walked
 * node by node into our own `Formula`, where what is not listed is refused. What runs is closures over that `Formula` (math/tensor-formula.ts: tensor operations).
 *
 *     numbers 0.5, 1e-3 · names · + - * / ^ and unary - + · ( ) · < <= > >= == != (1 where true, else 0) · the functions below
 *
 * Arithmetic is that of IEEE doubles: 1 / 0 is Infinity and log(-1) is NaN; whoever evaluates decides what a number that is not finite means.
 */

/** What may be called, and how messages speak of it. */
export interface FormulaLanguage {
  readonly functions: readonly FormulaFunction[];
  /** What a formula is arithmetic on. */
  readonly over: string;
  readonly example: string;
  /** What its numbers are rounded to where they are used. */
  readonly precision: "double" | "single";
}
const arithmetic: readonly FormulaFunction[] = ["min", "max", "abs", "exp", "log", "sqrt", "sign", "clamp", "where"];
const scoreFormulas: FormulaLanguage = {
  functions: arithmetic,
  over: "the rules' scores",
  example: "accuracy + 0.5 * format",
  precision: "double",
};
export const lossFormulas: FormulaLanguage = {
  functions: [...arithmetic, "stopGradient"],
  over: "a token's numbers",
  example: "-min(ratio * A, clamp(ratio, 0.8, 1.2) * A)",
  precision: "single",
};

/** A formula that has been read: what it means, and what it needs. */
export interface ReadFormula {
  readonly source: string;
  readonly formula: Formula;
  /** The names that the formula reads, each once, in order of appearance. */
  readonly names: readonly string[];
}

/** A formula that has been read, ready to be computed. */
export interface CompiledFormula extends ReadFormula {
  evaluate(values: Readonly<Record<string, number>>): number;
}

/** What is wrong with a formula, and where. */
export class FormulaError extends Error {
  override readonly name = "FormulaError";
  /** Column in the formula's text, from 1. */
  readonly column: number;
  /** It is arithmetic, and only a number in it can't be held: nobody means it as a text. */
  readonly lost: boolean;
  constructor(message: string, column: number, lost = false) {
    super(message);
    this.column = column;
    this.lost = lost;
  }
}

/** Reads `source`, which may use `names`. Throws a FormulaError for anything else. */
export function readFormula(source: string, names: readonly string[], language: FormulaLanguage): ReadFormula {
  const tokens = tokensOf(source, language);
  checkNames(tokens, names, language);
  const formula = formulaOf(parsed(source), tokens.values());
  const lost = lostSize(formula, language.precision);
  if (lost !== null) {
    const operands = tokens.filter(({ type }) => type === "number" || type === "name");
    throw new FormulaError(lost.message, operands[lost.operand]!.column, true);
  }
  const used = [...new Set(tokens.filter((token) => token.type === "name").map((token) => token.text))];
  return { source, formula, names: used };
}

/** Reads the formula of a score over the rules' `names`. */
export function compileFormula(source: string, names: readonly string[]): CompiledFormula {
  const read = readFormula(source, names, scoreFormulas);
  const { formula, names: used } = read;
  const compute = closureOf(formula);
  return {
    ...read,
    evaluate(values) {
      const missing = used.find((name) => !Object.hasOwn(values, name));
      if (missing !== undefined) throw new TypeError(`formula ${source}: no value for ${missing}`);
      return compute(values);
    },
  };
}

// ---------------------------------------------------------------- first gate: tokens

interface FormulaToken {
  readonly type: "number" | "name" | "function" | "symbol";
  readonly text: string;
  readonly column: number;
}

const longest = 1000; // characters
const deepest = 50; // nested parentheses; mathjs' parser recurses

const number = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const identifier = /[A-Za-z_\u0370-\u03FF][A-Za-z0-9_\u0370-\u03FF]*/y;
const symbol = /<=|>=|==|!=|[-+*/^(),<>]/y;

function tokensOf(source: string, language: FormulaLanguage): FormulaToken[] {
  if (source.length > longest) throw new FormulaError(`formula of ${source.length} characters, expected at most ${longest}`, 1);
  const tokens: FormulaToken[] = [];
  let depth = 0;
  for (let at = 0; at < source.length;) {
    const column = at + 1;
    const take = (pattern: RegExp) => {
      pattern.lastIndex = at;
      return pattern.exec(source)?.[0];
    };
    const space = take(/[ \t\n]+/y);
    if (space !== undefined) {
      at += space.length;
      continue;
    }
    const name = take(identifier);
    const digits = name === undefined ? take(number) : undefined;
    const text = name ?? digits ?? take(symbol);
    if (text === undefined) throw new FormulaError(refusal(source, at, language), column);
    const lost = digits === undefined ? null : lossOf(digits, Number(digits));
    if (lost !== null) throw new FormulaError(lost, column, true);
    at += text.length;
    if (text === "(" && ++depth > deepest) throw new FormulaError(`parentheses nested more than ${deepest} deep`, column);
    if (text === ")" && --depth < 0) throw new FormulaError(`unexpected ")": no parenthesis is open here`, column);
    const called = name !== undefined && /^[ \t\n]*\(/.test(source.slice(at));
    const type = name !== undefined ? (called ? "function" : "name") : digits !== undefined ? "number" : "symbol";
    const before = tokens.at(-1);
    if (before !== undefined && endsOperand(before) && (type !== "symbol" || text === "("))
      throw new FormulaError(`expected an operator before ${text}; a product is written with *`, column);
    tokens.push({ type, text, column });
  }
  if (tokens.length === 0) throw new FormulaError(`empty formula, expected e.g. ${language.example}`, 1);
  if (depth > 0) throw new FormulaError(`unexpected end: ${depth} "(" not closed`, source.length + 1);
  return tokens;
}

function endsOperand(token: FormulaToken): boolean {
  return token.type === "number" || token.type === "name" || token.text === ")";
}

function refusal(source: string, at: number, { over }: FormulaLanguage): string {
  const character = String.fromCodePoint(source.codePointAt(at)!);
  const instead = `a formula is arithmetic on ${over}`;
  if (character === '"' || character === "'" || character === "`") return `strings are not allowed: ${instead}`;
  if (character === "[" || character === "]") return `arrays and indices are not allowed: ${instead}`;
  if (character === "{" || character === "}") return `objects are not allowed: ${instead}`;
  if (character === ".") return `properties are not allowed: ${instead}`;
  if (character === "=") return `assignments and definitions are not allowed; equality is written ==`;
  if (character === ";") return `one formula is one expression; ";" is not allowed`;
  return `unexpected ${JSON.stringify(character)}; allowed are numbers, names, + - * / ^ ( ) , < <= > >= == !=`;
}

function checkNames(tokens: readonly FormulaToken[], names: readonly string[], { functions: known }: FormulaLanguage): void {
  for (const { type, text, column } of tokens) {
    if (type === "function" && !(known as readonly string[]).includes(text)) {
      if (names.includes(text))
        throw new FormulaError(`${text} is a name, not a function; a product is written ${text} * (…)`, column);
      throw unknown("function", text, known, column);
    }
    if (type !== "name") continue;
    if (!names.includes(text)) throw unknown("name", text, names, column);
    if (reserved.has(text))
      throw new FormulaError(`${text} is a reserved word of the formula language: give the rule another name`, column);
  }
}

function unknown(what: string, given: string, known: readonly string[], column: number): FormulaError {
  if (known.length === 0) return new FormulaError(`unknown ${what} ${given}; there is none to use`, column);
  const list = known.map((name) =>
    /^[A-Za-z_\u0370-\u03FF][A-Za-z0-9_\u0370-\u03FF]*$/.test(name) ? name : `${name} (not a name that a formula can use)`,
  );
  return new FormulaError(
    `unknown ${what} ${given}, did you mean ${closest(given, [...known])}? Known: ${list.join(", ")}`,
    column,
  );
}

/** Words that mathjs' parser does not read as names. */
const reserved = new Set("mod to in and or xor not true false null undefined NaN Infinity end".split(" "));

// ---------------------------------------------------------------- second gate: mathjs' parser

let parse: typeof Mathjs.parse | undefined;

function parsed(source: string): Mathjs.MathNode {
  // Loaded at first use, and as the one-file bundle: 0.2 s, where mathjs/number with its 600 modules takes 0.35 to 0.5 s.
  parse ??= (createRequire(import.meta.url)("mathjs/lib/browser/math.js") as typeof Mathjs).parse;
  try {
    // A line break ends a statement for mathjs outside parentheses; in a YAML block it is only layout.
    return parse(source.replaceAll(/[\t\n]/g, " "));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const { char = 1 } = error as { char?: number };
    throw new FormulaError(error.message.replace(/ \(char \d+\)$/, ""), Math.min(char, source.length + 1));
  }
}

// ---------------------------------------------------------------- third gate: the nodes that are let through

/** mathjs' nodes carry no positions. Functions and comparisons are met in the order in which `tokens` has them, so `tokens` tells the column. */
function formulaOf(node: Mathjs.MathNode, tokens: IterableIterator<FormulaToken>): Formula {
  switch (node.type) {
    case "ParenthesisNode":
      return formulaOf((node as Mathjs.ParenthesisNode).content, tokens);
    case "ConstantNode": {
      const { value } = node as Mathjs.ConstantNode;
      if (typeof value !== "number") throw refusedNode(node, tokens);
      return { type: "number", value };
    }
    case "SymbolNode":
      return { type: "name", name: (node as Mathjs.SymbolNode).name };
    case "OperatorNode": {
      const { op, args } = node as Mathjs.OperatorNode;
      const [left, right] = args as Mathjs.MathNode[];
      if (right === undefined && op === "+") return formulaOf(left!, tokens);
      if (right === undefined && op === "-") return { type: "negate", operand: formulaOf(left!, tokens) };
      if (right === undefined || args.length !== 2 || !isBinary(op)) throw refusedNode(node, tokens);
      return { type: "binary", operator: op, left: formulaOf(left!, tokens), right: formulaOf(right, tokens) };
    }
    case "FunctionNode": {
      const { fn, args } = node as Mathjs.FunctionNode;
      const name = (fn as { name?: unknown }).name;
      const column = columnOfNext((token) => token.type === "function", tokens);
      if (typeof name !== "string" || !isFunction(name)) throw refusedNode(node, tokens);
      const { fewest, most } = functions[name];
      if (args.length < fewest || args.length > most) {
        throw new FormulaError(`${name} given ${args.length} arguments, expected ${functions[name].usage}`, column);
      }
      const operands = args.map((argument) => formulaOf(argument, tokens));
      if (name === "clamp") checkBounds(operands, column);
      return { type: "call", function: name, arguments: operands };
    }
    default:
      throw refusedNode(node, tokens);
  }
}

/** Bounds the wrong way round would give the same number whatever is clamped. */
function checkBounds([, low, high]: readonly Formula[], column: number): void {
  const [from, to] = [constantValue(low!), constantValue(high!)];
  if (from !== undefined && to !== undefined && !(from <= to))
    throw new FormulaError(`clamp(x, ${from}, ${to}): expected the low bound before the high one, clamp(x, low, high)`, column);
}

function refusedNode(node: Mathjs.MathNode, tokens: IterableIterator<FormulaToken>): FormulaError {
  const isChain = node.type === "RelationalNode";
  const column = isChain ? columnOfNext((token) => token.type === "symbol" && /^[<>=!]/.test(token.text), tokens) : 1;
  const instead = isChain ? "; a chain of comparisons is written as a product, (a < b) * (b < c)" : "";
  return new FormulaError(`${node.toString()} is not allowed in a formula${instead}`, column);
}

function columnOfNext(matches: (token: FormulaToken) => boolean, tokens: IterableIterator<FormulaToken>): number {
  for (let next = tokens.next(); next.done !== true; next = tokens.next()) if (matches(next.value)) return next.value.column;
  return 1;
}
