import { readExpression } from "./expression.ts";
import type { Expression } from "./expression.ts";
import { Unreadable } from "./unreadable.ts";

/** What an answer can be, beyond a number or an expression. */
export type Answer =
  | Scalar
  | { readonly kind: "infinity"; readonly negative: boolean }
  /** (1, 2), [0, 1): in order, and which brackets count. */
  | { readonly kind: "sequence"; readonly open: string; readonly close: string; readonly parts: readonly Answer[] }
  /** \{1, 2\}, and 1, 2 without brackets: without order. `bare`: without brackets. */
  | { readonly kind: "set"; readonly bare: boolean; readonly parts: readonly Answer[] }
  | { readonly kind: "union"; readonly parts: readonly Answer[] }
  | { readonly kind: "matrix"; readonly rows: readonly (readonly Answer[])[] }
  /** x = 3. `name`: what stands on the left, where that is a name, f(x), or names in brackets; else null. */
  | { readonly kind: "equation"; readonly name: string | null; readonly right: Answer }
  /** x < 3, always with the name on the left. */
  | { readonly kind: "inequality"; readonly name: string; readonly relation: string; readonly bound: Answer };

export interface Scalar {
  readonly kind: "scalar";
  readonly expression: Expression;
  /** Without its percent sign; null where it has none. */
  readonly percentage: Expression | null;
  /** cm, °, … as it is written, or null. */
  readonly unit: string | null;
  /** Written with a decimal point. */
  readonly decimals: boolean;
}

/** What `text` (as `cleaned` gives it) may mean. More than one where a comma has two meanings, as in (1,000). Throws Unreadable. */
export function readings(text: string): Answer[] {
  if (text.length > longest) throw new Unreadable(`${text.length} characters, more than ${longest}`);
  const joined = text.replace(grouped, (number) => number.replaceAll(",", ""));
  if (/^[^\d,([{]*\d{1,3}(?:,\d{3})+(?:\.\d+)?[^\d,)\]}]*$/.test(text)) return [read(joined, 0)];
  if (/^[-+]? ?\d{1,3}(?: \d{3})+(?:\.\d+)?$/.test(text)) return [read(text.replace(/(?<=\d) (?=\d)/g, ""), 0)];
  if (/^[-+]? ?\d+,\d+$/.test(text)) return [text, text.replace(",", ".")].map((each) => read(each, 0));
  return [...new Set([text, joined])].map((each) => read(each, 0));
}

const longest = 1_000; // characters
const grouped = /(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])/g;
const mostParts = 40;
const deepest = 4; // sets of tuples of …

function read(given: string, depth: number): Answer {
  if (depth > deepest) throw new Unreadable(`nested more than ${deepest} deep`);
  const text = given.trim();
  if (text === "") throw new Unreadable("it is empty");
  if (/\\(?:pm|mp)(?![A-Za-z])/.test(text)) throw new Unreadable("± stands for two numbers");
  const inside = (each: string) => read(each, depth + 1);

  const list = split(text.replace(joiningWords, ",").replace(/,\s*(?:,\s*)+/g, ","), isComma);
  if (list.parts.length > 1) return { kind: "set", bare: true, parts: several(list.parts).map(inside) };
  const related = split(text, isRelation);
  if (related.parts.length > 1) return relationOf(related, depth);
  const union = split(text, isUnion);
  if (union.parts.length > 1) return { kind: "union", parts: several(union.parts).map(inside) };

  const bracketed = inBrackets(text);
  if (bracketed !== null) {
    const { open, close, content } = bracketed;
    const parts = content.trim() === "" ? [] : several(split(content, isComma).parts);
    if (open === "\\{" && close === "\\}") return { kind: "set", bare: false, parts: parts.map(inside) };
    if (open === "{" && close === "}")
      return parts.length > 1 ? { kind: "set", bare: false, parts: parts.map(inside) } : inside(content);
    if (parts.length > 1) return { kind: "sequence", open, close, parts: parts.map(inside) };
    if (open === "[" && close === "]") return inside(content);
  }
  const matrix = /^\\begin\s*\{([pb]?matrix|array)\}(?:\s*\{[^{}]*\})?([^]*)\\end\s*\{\1\}$/.exec(text);
  if (matrix !== null) return { kind: "matrix", rows: rowsOf(matrix[2]!, inside) };
  const infinity = /^([-+]?)\s*\\infty$/.exec(text);
  if (infinity !== null) return { kind: "infinity", negative: infinity[1] === "-" };
  return scalarOf(text);
}

const joiningWords = /\\text\{\s*,?\s*(?:and|or)\s*\}|(?<![A-Za-z\\])(?:and|or)(?![A-Za-z])/g;

function several(parts: readonly string[]): readonly string[] {
  if (parts.length > mostParts) throw new Unreadable(`${parts.length} parts, more than ${mostParts}`);
  return parts;
}

// ---------------------------------------------------------------- splitting outside brackets

interface Split {
  readonly parts: readonly string[];
  readonly separators: readonly string[];
}
const pieces = /\\[A-Za-z]+|\\.|[^]/gu;
const opening = new Set(["(", "[", "{", "\\{", "\\begin"]);
const closing = new Set([")", "]", "}", "\\}", "\\end"]);
const isComma = (piece: string) => piece === "," || piece === ";";
const isUnion = (piece: string) => piece === "\\cup";
const isRelation = (piece: string) =>
  ["=", "<", ">", "\\le", "\\ge", "\\ne", "\\in", "\\approx", "\\equiv", "\\sim", ":"].includes(piece);

function split(text: string, isSeparator: (piece: string) => boolean): Split {
  const parts = [""];
  const separators: string[] = [];
  let depth = 0;
  for (const [piece] of text.matchAll(pieces)) {
    if (opening.has(piece)) depth += 1;
    if (closing.has(piece)) depth -= 1;
    if (depth === 0 && isSeparator(piece)) {
      parts.push("");
      separators.push(piece);
    } else parts[parts.length - 1] += piece;
  }
  return { parts, separators };
}

/** The brackets around the whole, of which intervals have two kinds; null where there are none, or they close before the end. */
function inBrackets(text: string): { open: string; close: string; content: string } | null {
  const all = [...text.matchAll(pieces)].map(([piece]) => piece);
  const [open, close] = [all[0]!, all.at(-1)!];
  if (all.length < 2 || open === "\\begin" || !opening.has(open) || !closing.has(close)) return null;
  let depth = 0;
  for (const [index, piece] of all.entries()) {
    if (opening.has(piece)) depth += 1;
    if (closing.has(piece)) depth -= 1;
    if (depth === 0 && index < all.length - 1) return null;
  }
  return depth === 0 ? { open, close, content: all.slice(1, -1).join("") } : null;
}

function rowsOf(content: string, readCell: (text: string) => Answer): Answer[][] {
  const rows = split(content, (piece) => piece === "\\\\").parts.filter((row) => row.trim() !== "");
  const cells = several(rows).map((row) => split(row, (piece) => piece === "&").parts);
  if (cells.length === 0 || cells.flat().length > mostParts) throw new Unreadable("a matrix without cells, or with too many");
  return cells.map((row) => row.map(readCell));
}

// ---------------------------------------------------------------- relations

const simpleName = /^(?:[A-Za-z](?:_(?:\w|\{\w+\}))?(?:\([a-z]\))?|\\[a-z]+|\([A-Za-z](?:,[A-Za-z])+\))$/;
const flipped: Readonly<Record<string, string>> = { "<": ">", ">": "<", "\\le": "\\ge", "\\ge": "\\le", "\\ne": "\\ne" };

function relationOf({ parts, separators }: Split, depth: number): Answer {
  if (parts.length > 2) throw new Unreadable("a chain of relations");
  const [left, right] = parts.map((part) => part.trim()) as [string, string];
  const [relation] = separators as [string];
  const nameOf = (side: string) => (simpleName.test(side.replace(/\s/g, "")) ? side.replace(/\s/g, "") : null);
  if (relation === "=") return { kind: "equation", name: nameOf(left), right: read(right, depth + 1) };
  if (relation === "\\in" && nameOf(left) !== null) return read(right, depth + 1);
  if (!Object.hasOwn(flipped, relation)) throw new Unreadable(`${relation} is not compared`);
  const [leftName, rightName] = [nameOf(left), nameOf(right)];
  if ((leftName === null) === (rightName === null)) throw new Unreadable("an inequality other than of a name and a bound");
  return leftName !== null
    ? { kind: "inequality", name: leftName, relation, bound: read(right, depth + 1) }
    : { kind: "inequality", name: rightName!, relation: flipped[relation]!, bound: read(left, depth + 1) };
}

// ---------------------------------------------------------------- scalars

function scalarOf(text: string): Scalar {
  const { value, unit } = withoutUnit(text);
  const percent = /^([^%]*)%$/.exec(value);
  return {
    kind: "scalar",
    expression: readExpression(unrepeated(value)),
    percentage: percent === null ? null : readExpression(unrepeated(percent[1]!)),
    unit,
    decimals: /\d\.\d|(?<!\d)\.\d/.test(value),
  };
}

/** 15\text{ cm}^2, 10 apples, 90^\circ, €5. Bare words only behind a number and a space: 2 pi is none. */
function withoutUnit(text: string): { value: string; unit: string | null } {
  const symbol = /^([€£¥₹])\s*([^]+)$/u.exec(text) ?? /^([^]+?)\s*([€£¥₹])$/u.exec(text);
  if (symbol !== null)
    return /[€£¥₹]/u.test(symbol[1]!) ? { unit: symbol[1]!, value: symbol[2]! } : { unit: symbol[2]!, value: symbol[1]! };
  const behind =
    /^([^]+?)\s*(\^\\circ\s*[CF]?)$/.exec(text) ??
    /^([^]+?)\s*(\\text\{[^{}]*\}(?:\s*\^\s*\{?\s*-?\d+\s*\}?)?)$/.exec(text) ??
    /^([^]*[\d)}])\s+((?!pi\b)[A-Za-z]{2,}(?:\s+[A-Za-z]+|\s*\/\s*[A-Za-z]+)*(?:\s*\^\s*\{?\s*-?\d+\s*\}?)?)$/.exec(text);
  if (behind === null || angular.test(behind[1]!)) return { value: text, unit: null };
  return { value: behind[1]!, unit: behind[2]!.replace(/\\text\{([^{}]*)\}/, "$1").replace(/[\s{}]/g, "") };
}

/** A unit behind one of these is part of its argument: sin 30° is no number of degrees. */
const angular = /(?:sin|cos|tan|sec|csc|cot|tg)(?![A-Za-z])/;

/** 0.1(6) = (16 − 1)/90. */
function unrepeated(text: string): string {
  return text.replace(/\\repeating\{(\d*)\}\{(\d*)\}\{(\d+)\}/g, (_, whole: string, once: string, again: string) => {
    const top = BigInt(`${whole}${once}${again}`) - BigInt(`${whole}${once}` || "0");
    return `(${top}/${10n ** BigInt(once.length) * (10n ** BigInt(again.length) - 1n)})`;
  });
}
