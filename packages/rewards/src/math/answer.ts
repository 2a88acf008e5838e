import { readExpression } from "./expression.ts";
import type { Expression } from "./expression.ts";
import { commaGrouped, ungrouped } from "./grouping.ts";
import { withNumberWords } from "./number-words.ts";
import { unrepeated } from "./repeating.ts";
import { gluedUnits, isUnit, unitLetters, unitOf } from "./units.ts";
import type { Unit } from "./units.ts";
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
  | { readonly kind: "equation"; readonly name: string | null; readonly left: Expression | null; readonly right: Answer }
  /** x < 3, always with the name on the left. */
  | { readonly kind: "inequality"; readonly name: string; readonly relation: string; readonly bound: Answer };

export interface Scalar {
  readonly kind: "scalar";
  readonly expression: Expression;
  /** Without its percent sign; null where it has none. */
  readonly percentage: Expression | null;
  readonly unit: Unit | null;
  /** 204_5 is written in base 5. */
  readonly base: string | null;
  /** Written with a decimal point. */
  readonly decimals: boolean;
}

/** What `cleaned` gives may mean. More than one where a comma has two meanings, as in (1,000). Throws Unreadable. */
export function readings(cleanedText: string): Answer[] {
  if (cleanedText.length > longest) throw new Unreadable(`${cleanedText.length} characters, more than ${longest}`, "size");
  if (ordinal.test(cleanedText)) throw new Unreadable("an ordinal number");
  const text = withNumberWords(ungrouped(cleanedText))
    .replace(/^\s*(?:minus|negative)\s+(?=[\d.])/i, "-")
    .replace(/(?<=\d)\s+(?:percent|per cent)(?![A-Za-z])(?!\s*point)/gi, "%")
    .trim();
  const joined = text.replace(grouped, (number) => number.replaceAll(",", ""));
  if (single.test(text)) return [read(joined, 0)];
  if (/^[-+]? ?\d+,\d+$/.test(text)) return [text, text.replace(",", ".")].map((each) => read(each, 0));
  return [...new Set([text, joined])].map((each) => read(each, 0));
}

const longest = 1_000; // characters
const ordinal = /\d(?:st|nd|rd|th)(?![A-Za-z])/;
const grouped = new RegExp(String.raw`(?<![\d.,])(?:${commaGrouped})(?![\d,])`, "g");
/** Nothing but thousands in their usual groups, a sign and a unit: no list. */
const single = /^[^\d,([{]*[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?[^\d,)\]}]*$/;
const mostParts = 40;
const deepest = 4; // sets of tuples of …

function read(given: string, depth: number): Answer {
  if (depth > deepest) throw new Unreadable(`nested more than ${deepest} deep`, "size");
  const text = given.trim();
  if (text === "") throw new Unreadable("it is empty");
  const inside = (each: string) => read(each, depth + 1);

  const list = split(text.replace(joiningWords, ",").replace(/,\s*(?:,\s*)+/g, ","), isComma);
  if (list.parts.length > 1) return { kind: "set", bare: true, parts: flat(several(list.parts).map(inside)) };
  const related = split(text, isRelation);
  if (related.parts.length > 1) return relationOf(related, depth);
  const ratio = split(text, (piece) => piece === ":");
  if (ratio.parts.length > 1) return { kind: "sequence", open: ":", close: "", parts: several(ratio.parts).map(inside) };
  const union = split(text, isUnion);
  if (union.parts.length > 1) return { kind: "union", parts: several(union.parts).map(inside) };

  const bracketed = inBrackets(text);
  if (bracketed !== null) {
    const { open, close, content } = bracketed;
    const parts = content.trim() === "" ? [] : several(split(content, isComma).parts);
    if (open === "\\{" && close === "\\}") return { kind: "set", bare: false, parts: flat(parts.map(inside)) };
    if (open === "{" && close === "}")
      return parts.length > 1 ? { kind: "set", bare: false, parts: flat(parts.map(inside)) } : inside(content);
    if (parts.length > 1) return { kind: "sequence", open, close, parts: parts.map(inside) };
    if (open === "[" && close === "]") return inside(content);
  }
  const matrix = /^\\begin\s*\{([pb]?matrix|array)\}(?:\s*\{[^{}]*\})?([^]*)\\end\s*\{\1\}$/.exec(text);
  if (matrix !== null) return { kind: "matrix", rows: rowsOf(matrix[2]!, inside) };
  const infinity = /^([-+]?)\s*\\infty$/.exec(text);
  if (infinity !== null) return { kind: "infinity", negative: infinity[1] === "-" };
  const signs = text.match(plusMinus)?.length ?? 0;
  if (signs > 1) throw new Unreadable("several ± may go together or not");
  if (signs === 1) return { kind: "set", bare: true, parts: ["+", "-"].map((sign) => scalarOf(text.replace(plusMinus, sign))) };
  return scalarOf(text);
}

const plusMinus = /\\(?:pm|mp)(?![A-Za-z])/g;

/** The two numbers of a ± belong to the list that it stands in. */
function flat(parts: readonly Answer[]): readonly Answer[] {
  return parts.flatMap((part) => (part.kind === "set" && part.bare ? part.parts : [part]));
}

const joiningWords = /\\text\{\s*,?\s*(?:and|or)\s*\}|(?<![A-Za-z\\])(?:and|or)(?![A-Za-z])/g;

function several(parts: readonly string[]): readonly string[] {
  if (parts.length > mostParts) throw new Unreadable(`${parts.length} parts, more than ${mostParts}`, "size");
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
  ["=", "<", ">", "\\le", "\\ge", "\\ne", "\\in", "\\approx", "\\equiv", "\\sim"].includes(piece);

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
  if (!opening.has(open)) return null;
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

/** x, x_1, f(x), (p,q), |AB|, AB, A:B, and one word, as Area, that doesn't deny. */
function nameOf(side: string): string | null {
  const word = /^(?:\\text\{\s*)?([A-Za-z]{3,20})(?:\s*\})?$/.exec(side)?.[1];
  if (word !== undefined)
    return /^(?:not|never|about|over|under|above|below|nearly|almost|[xyz]+|[abc]+)$/i.test(word) ? null : word;
  const name = side.replace(/\s/g, "");
  return names.test(name) ? name : null;
}
const names =
  /^(?:\|[A-Z]{2,3}\||[A-Z]{2,3}|[A-Za-z](?:_(?:\w|\{\w+\}))?(?:\([a-z]\))?|[A-Z](?:_\w|_\{\w+\})?:[A-Z](?:_\w|_\{\w+\})?|\\(?:alpha|beta|gamma|delta|epsilon|theta|lambda|mu|omega|phi|psi|rho|sigma|tau)|\([A-Za-z](?:,[A-Za-z])+\))$/;
const flipped: Readonly<Record<string, string>> = { "<": ">", ">": "<", "\\le": "\\ge", "\\ge": "\\le", "\\ne": "\\ne" };

function relationOf({ parts, separators }: Split, depth: number): Answer {
  const sides = parts.map((part) => part.trim());
  if (parts.length === 3) return betweenOf(sides, separators, depth);
  if (parts.length > 3) throw new Unreadable("a chain of relations");
  const [left, right] = sides as [string, string];
  const [relation] = separators as [string];
  if (relation === "=") return { kind: "equation", name: nameOf(left), left: sideOf(left), right: read(right, depth + 1) };
  if (relation === "\\in" && nameOf(left) !== null) return read(right, depth + 1);
  if (!Object.hasOwn(flipped, relation)) throw new Unreadable(`${relation} is not compared`);
  const [leftName, rightName] = [nameOf(left), nameOf(right)];
  if ((leftName === null) === (rightName === null)) throw new Unreadable("an inequality other than of a name and a bound");
  return leftName !== null
    ? { kind: "inequality", name: leftName, relation, bound: read(right, depth + 1) }
    : { kind: "inequality", name: rightName!, relation: flipped[relation]!, bound: read(left, depth + 1) };
}

/** The left side of an equation as an expression, where it is one. */
function sideOf(text: string): Expression | null {
  try {
    return readExpression(text);
  } catch (error) {
    if (error instanceof Unreadable) return null;
    throw error;
  }
}

/** −2 ≤ x < 7 is [−2, 7). */
function betweenOf(sides: readonly string[], relations: readonly string[], depth: number): Answer {
  const [first, middle, last] = sides as [string, string, string];
  const upward = relations.every((relation) => relation === "<" || relation === "\\le");
  if (nameOf(middle) === null || !(upward || relations.every((relation) => relation === ">" || relation === "\\ge")))
    throw new Unreadable("a chain of relations");
  const [low, high] = upward ? [first, last] : [last, first];
  const [lowRelation, highRelation] = (upward ? relations : relations.toReversed()) as [string, string];
  const isStrict = (relation: string) => relation === "<" || relation === ">";
  return {
    kind: "sequence",
    open: isStrict(lowRelation) ? "(" : "[",
    close: isStrict(highRelation) ? ")" : "]",
    parts: [low, high].map((side) => read(side, depth + 1)),
  };
}

// ---------------------------------------------------------------- scalars

function scalarOf(text: string): Scalar {
  const based = /^(\d+)_(?:(\d)|\{(\d+)\})$/.exec(text);
  if (based !== null) return inBase(based[1]!, (based[2] ?? based[3])!);
  const { value, unit } = withoutUnit(text);
  const percent = /^([^%]*)%$/.exec(value);
  return {
    kind: "scalar",
    expression: readExpression(unrepeated(value)),
    percentage: percent === null ? null : readExpression(unrepeated(percent[1]!)),
    unit,
    base: null,
    decimals: /\d\.\d|(?<!\d)\.\d/.test(value),
  };
}

function inBase(digits: string, base: string): Scalar {
  const radix = BigInt(base);
  if (radix < 2n || radix > 10n || [...digits].some((digit) => BigInt(digit) >= radix))
    throw new Unreadable(`${digits} in base ${base}`);
  const top = [...digits].reduce((value, digit) => value * radix + BigInt(digit), 0n);
  return { kind: "scalar", expression: { type: "number", top, bottom: 1n }, percentage: null, unit: null, base, decimals: false };
}

/** 15\text{ cm}^2, 10 apples, 90^\circ, €5. Bare words only behind a number and a space: 2 pi is none. */
function withoutUnit(text: string): { value: string; unit: Unit | null } {
  const symbol = /^([-+]?)\s*(\\dollar|[€£¥₹])\s*([^]+)$/u.exec(text);
  if (symbol !== null) return { value: `${symbol[1]!}${symbol[3]!}`, unit: unitOf(symbol[2]!.replace("\\dollar", "$")) };
  const behind =
    /^([^]+?)\s*(\\dollar|[€£¥₹¢])$/u.exec(text) ??
    /^([^]+?)\s*(\^\\circ\s*[CF]?)$/.exec(text) ??
    /^([^]+?)\s*(\\text\{[^{}]*\}(?:\s*(?:\^\s*\{?\s*-?\d+\s*\}?|\/|\\cdot|\\text\{[^{}]*\}))*)$/.exec(text) ??
    /^([^]*[\d)}])\s+((?!pi\b)[A-Za-z]{2,}\.?(?:\s+[A-Za-z]+|\s*\/\s*[A-Za-z]+)*(?:\s*\^\s*\{?\s*-?\d+\s*\}?)?)$/.exec(text) ??
    new RegExp(`^([-+]?[\\d.]+)\\s+([${unitLetters}](?:\\s*/\\s*[a-z]+)?(?:\\s*\\^\\s*\\{?\\s*-?\\d+\\s*\\}?)?)$`).exec(text) ??
    /^([-+]?[\d.]+)([A-Za-z]{2,}(?:\s*\/\s*[a-z]+|\s+per\s+[a-z]+)?(?:\s*\^\s*\{?\s*-?\d+\s*\}?)?)$/.exec(text);
  if (behind === null || angular.test(behind[1]!)) return { value: text, unit: null };
  const [, value, written] = behind as unknown as [string, string, string];
  const isWord = /^[A-Za-z]/.test(written);
  if (isWord && written.split(/[\s/]+/).every((word) => product.test(word)) && !isUnit(written))
    return { value: text, unit: null };
  const isGlued = isWord && !/\s/.test(text[value.length]!);
  if (isGlued && !gluedUnits.test(written.split(/[\s/^]/)[0]!)) return { value: text, unit: null };
  return { value, unit: unitOf(written.replace("\\dollar", "$")) };
}

const product = /^(?:[A-Za-z]{1,2}|[xyz]+|[abc]+)(?:\^.*)?$/;

/** A unit behind one of these is part of its argument: sin 30° is no number of degrees. */
const angular = /(?:sin|cos|tan|sec|csc|cot|tg)(?![A-Za-z])/;
