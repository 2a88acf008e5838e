import { readings } from "./answer.ts";
import type { Answer, Scalar } from "./answer.ts";
import { cleaned, isSameText, isWords } from "./cleaned.ts";
import type { Expression } from "./expression.ts";
import { withNumberWords } from "./number-words.ts";
import { compareIntervals } from "./intervals.ts";
import { areProportional, compareScalars, hasValue } from "./scalars.ts";
import type { Verdict } from "./scalars.ts";
import type { Unit } from "./units.ts";
import { Unreadable } from "./unreadable.ts";
import type { UnreadReason } from "./unreadable.ts";

/** What comes of a comparison. `unread`: the answer given can't be read, and the item's can. `unknown`: the item's can't, or it can't be told. */
export type Outcome = Verdict | { readonly unread: string; readonly reason: UnreadReason };

/** Is the answer given the one expected? The same text is the same answer, also where it can't be read. */
export function compareAnswers(given: string, expected: string, tolerance: number): Outcome {
  if (expected.length > longest) return { unknown: `the item's answer has more than ${longest} characters` };
  if (given.length > longest) return { unread: `the answer given has more than ${longest} characters`, reason: "size" };
  const [one, other] = [cleaned(given), cleaned(expected)];
  if (isSameText(one, other)) return "equal";
  const wanted = attempt("the item's answer", other);
  if ("unknown" in wanted)
    return isPlainText(other)
      ? isPlainText(one) && sameMeaning(one, other)
        ? "equal"
        : "different"
      : { unknown: wanted.unknown };
  const read = attempt("the answer given", one);
  if ("unknown" in read) return { unread: read.unknown, reason: read.reason };
  const verdict = bestOf(read, wanted, tolerance);
  if (typeof verdict === "string" || bestOf(wanted, wanted, tolerance) !== "equal") return verdict;
  const isRead = bestOf(read, read, tolerance) === "equal" && (read.some(isDefined) || !wanted.some(isDefined));
  return isRead ? verdict : { unread: `the answer given, ${shown(one)}: ${verdict.unknown}`, reason: "value" };
}

/** Whether it is words that say no number: Evelyn, no solution. They are compared as text. */
function isPlainText(text: string): boolean {
  const bare = text.replace(/\\text\{([^{}]*)\}/g, "$1").trim();
  return isWords(bare) && withNumberWords(bare) === bare && !denying.test(bare);
}
const denying = /\b(?:not(?! exist)|never|about|around|nearly|almost|approximately|roughly|over|under|than|least|most)\b/i;

function sameMeaning(a: string, b: string): boolean {
  const [one, other] = [a, b].map((text) => {
    const bare = text
      .replace(/\\text\{([^{}]*)\}/g, "$1")
      .toLowerCase()
      .replace(/[\s.]+/g, " ")
      .trim();
    return /^(?:dne|does not exist|undefined)$/.test(bare)
      ? "undefined"
      : /^no (?:real )?solutions?$/.test(bare)
        ? "no solution"
        : bare;
  });
  return one === other;
}

const longest = 2_000;

/** Whether every number in it has a value somewhere: ln(−1 − x²) has none, and neither has 9^9^9^9 in doubles. */
function isDefined(answer: Answer): boolean {
  switch (answer.kind) {
    case "scalar":
      return hasValue(answer.expression);
    case "infinity":
      return true;
    case "sequence":
    case "set":
    case "union":
      return answer.parts.every(isDefined);
    case "matrix":
      return answer.rows.flat().every(isDefined);
    case "equation":
      return isDefined(answer.right);
    case "inequality":
      return isDefined(answer.bound);
  }
}

type Unknown = Extract<Verdict, object>;

function attempt(which: string, text: string): readonly Answer[] | (Unknown & { readonly reason: UnreadReason }) {
  try {
    return readings(text);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { unknown: `${which}, ${shown(text)}: ${error.message}`, reason: error.reason };
  }
}

function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

function bestOf(read: readonly Answer[], wanted: readonly Answer[], tolerance: number): Verdict {
  return anyOf(read.flatMap((a) => wanted.map((b) => compared(a, b, tolerance))));
}

function compared(a: Answer, b: Answer, tolerance: number): Verdict {
  try {
    return compare(a, b, tolerance);
  } catch (error) {
    if (error instanceof Unreadable) return { unknown: error.message };
    throw error;
  }
}

const unknown = (reason: string): Verdict => ({ unknown: reason });

function compare(a: Answer, b: Answer, tolerance: number): Verdict {
  const inside = (x: Answer, y: Answer) => compare(x, y, tolerance);
  if (a.kind === "equation" || b.kind === "equation") return compareEquations(a, b, inside);
  if (a.kind === "inequality" && b.kind === "inequality") {
    if (a.name !== b.name) return unknown(`inequalities of ${a.name} and of ${b.name}`);
    return a.relation === b.relation ? inside(a.bound, b.bound) : "different";
  }
  if (a.kind === "scalar" && b.kind === "scalar") return compareMeasured(a, b, tolerance);
  if (a.kind === "infinity" && b.kind === "infinity") return a.negative === b.negative ? "equal" : "different";
  if (a.kind === "matrix" && b.kind === "matrix") {
    const shape = (rows: readonly (readonly Answer[])[]) => rows.map((row) => row.length).join(" ");
    return shape(a.rows) === shape(b.rows) ? inOrder(a.rows.flat(), b.rows.flat(), inside) : "different";
  }
  if (a.kind === "sequence" && b.kind === "sequence") {
    const parts = inOrder(a.parts, b.parts, inside);
    if (a.open === ":" && b.open === ":" && parts !== "equal") return compareRatios(a.parts, b.parts, tolerance);
    if (parts !== "equal" || `${a.open}${a.close}` === `${b.open}${b.close}`) return parts;
    return a.parts.length === 2 ? "different" : unknown("brackets differ");
  }
  if (a.kind === "set" && b.kind === "set") return byName(a.parts, b.parts, inside) ?? asSets(a.parts, b.parts, inside);
  if (a.kind === "union" || b.kind === "union") return compareIntervals(a, b) ?? compareUnions(a, b, inside);
  return compareKinds(a, b, inside);
}

type Inside = (x: Answer, y: Answer) => Verdict;

/** Of which one at least isn't of intervals between numbers. */
function compareUnions(a: Answer, b: Answer, inside: Inside): Verdict {
  if (a.kind !== "union" || b.kind !== "union") return unknown(`${named(a)} and ${named(b)}`);
  return asSets(a.parts, b.parts, inside) === "equal" ? "equal" : unknown("unions that are written differently may be the same");
}

/** x = 3 is 3 where the other side has no name for it. */
function compareEquations(a: Answer, b: Answer, inside: Inside): Verdict {
  if (a.kind === "equation" && b.kind === "equation") {
    if (a.name !== null && a.name === b.name) return inside(a.right, b.right);
    const isSame = isSameEquation(a, b);
    if (isSame === true) return "equal";
    const areNamed = a.name !== null && b.name !== null;
    if (areNamed) return inside(a.right, b.right) === "equal" ? unknown("the same under two names") : "different";
    return isSame === false ? "different" : unknown("equations that aren't read as polynomials");
  }
  const [equation, other] = (a.kind === "equation" ? [a, b] : [b, a]) as [Equation, Answer];
  const verdict = a === equation ? inside(equation.right, other) : inside(other, equation.right);
  return equation.name === null && verdict === "equal" ? unknown("an equation, and its right side alone") : verdict;
}

type Equation = Extract<Answer, { kind: "equation" }>;

/** Whether left − right of one is a multiple of that of the other, as rational functions; null where that can't be told. */
function isSameEquation(a: Equation, b: Equation): boolean | null {
  if (a.right.kind !== "scalar" || b.right.kind !== "scalar" || a.left === null || b.left === null) return null;
  return areProportional(
    { type: "binary", operator: "-", left: a.left, right: a.right.expression },
    { type: "binary", operator: "-", left: b.left, right: b.right.expression },
  );
}

/** 2:4 is 1:2; but 12:00 is a time, and no ratio. */
function compareRatios(a: readonly Answer[], b: readonly Answer[], tolerance: number): Verdict {
  if (a.length !== b.length) return "different";
  const all = [...a, ...b].map((part) => (part.kind === "scalar" && part.unit === null ? part.expression : null));
  if (all.some((part) => part === null || isZeroNumber(part))) return "different";
  const [first, ...rest] = b.map((part) => (part as Scalar).expression);
  const verdicts = rest.map((other, index): Verdict => {
    const product = (left: Expression, right: Expression): Expression => ({ type: "binary", operator: "*", left, right });
    const [top, bottom] = [(a[0] as Scalar).expression, (a[index + 1] as Scalar).expression];
    return compareScalars({ left: product(top, other), right: product(bottom, first!), decimals: false }, tolerance);
  });
  return allOf(verdicts);
}

function isZeroNumber(expression: Expression): boolean {
  return expression.type === "number" && expression.top === 0n;
}

/** Lists of equations with a name each, x = 5, y = 6: by name, or in their order where the other side has no names. null: other lists. */
function byName(a: readonly Answer[], b: readonly Answer[], inside: Inside): Verdict | null {
  const namesOf = (parts: readonly Answer[]) => {
    const found = parts.flatMap((part) => (part.kind === "equation" && part.name !== null ? [part.name] : []));
    return found.length === parts.length && new Set(found).size === found.length && found.length > 1 ? found : null;
  };
  const [one, other] = [namesOf(a), namesOf(b)];
  if (one === null && other === null) return null;
  if (one !== null && other !== null) {
    const areSame = one.length === other.length && one.every((name) => other.includes(name));
    if (areSame) return allOf(one.map((name, at) => inside(a[at]!, b[other.indexOf(name)]!)));
    return inOrder(a, b, inside);
  }
  const areSolutions = (one ?? other)!.every((name) => /_/.test(name)); // x_1 = 1, x_2 = 2 are the solutions of one x
  return areSolutions ? null : (one === null ? a : b).some((part) => part.kind === "equation") ? null : inOrder(a, b, inside);
}

function compareMeasured(a: Scalar, b: Scalar, tolerance: number): Verdict {
  if (a.base !== b.base) {
    const verdict = compareScalars({ left: a.expression, right: b.expression, decimals: false }, tolerance);
    return verdict === "equal" ? unknown("the same number in another base") : verdict;
  }
  const decimals = a.decimals || b.decimals;
  const both = a.unit !== null && b.unit !== null ? ([a.unit, b.unit] as const) : null;
  const isCounted = both?.some(({ dimensions }) => /^(?:unit|#)/.test(dimensions)) ?? false;
  if (both !== null && both[0].dimensions !== both[1].dimensions) {
    if (!isCounted) return "different";
    const plain = compareScalars({ left: a.expression, right: b.expression, decimals }, tolerance);
    return plain === "equal" ? unknown("the same number of different things") : plain;
  }
  const [left, right] =
    both === null ? [a.expression, b.expression] : [inUnit(a.expression, both[0]), inUnit(b.expression, both[1])];
  const verdict = compareScalars({ left, right, decimals }, tolerance);
  if (verdict !== "different" || (a.percentage === null) === (b.percentage === null)) return verdict;
  const without = compareScalars(
    { left: a.percentage ?? a.expression, right: b.percentage ?? b.expression, decimals },
    tolerance,
  );
  return without === "equal" ? unknown("the same but for a percent sign") : without;
}

function inUnit(expression: Expression, { top, bottom }: Unit): Expression {
  if (top === bottom) return expression;
  return { type: "binary", operator: "*", left: { type: "number", top, bottom }, right: expression };
}

/** Things of different kinds: a number is no pair, but a list may be meant as one, and a set of one number as the number. */
function compareKinds(a: Answer, b: Answer, inside: Inside): Verdict {
  if (a.kind === "inequality" || b.kind === "inequality") {
    const [one, other] = [asInterval(a), asInterval(b)];
    return one === null || other === null || [one, other].some(({ kind }) => kind === "inequality")
      ? "different"
      : inside(one, other);
  }
  const [first, second] = [partsOf(a), partsOf(b)];
  if (first === null || second === null) return "different";
  if (first.length !== second.length) return "different";
  if ([a, b].every(({ kind }) => kind === "scalar" || kind === "infinity")) return "different";
  const verdict = inOrder(first, second, inside);
  return verdict === "different" ? "different" : unknown(`${named(a)} and ${named(b)}`);
}

/** x > 3 as (3, ∞). x ≠ 3 stays as it is; what is no inequality too. */
function asInterval(answer: Answer): Answer | null {
  if (answer.kind !== "inequality") return answer.kind === "sequence" ? answer : null;
  const { relation, bound } = answer;
  if (relation === "\\ne") return answer;
  const isUp = relation === ">" || relation === "\\ge";
  const isClosed = relation === "\\ge" || relation === "\\le";
  const infinity: Answer = { kind: "infinity", negative: !isUp };
  return {
    kind: "sequence",
    open: isUp && isClosed ? "[" : "(",
    close: !isUp && isClosed ? "]" : ")",
    parts: isUp ? [bound, infinity] : [infinity, bound],
  };
}

function partsOf(answer: Answer): readonly Answer[] | null {
  switch (answer.kind) {
    case "scalar":
    case "infinity":
      return [answer];
    case "sequence":
    case "set":
      return answer.parts.length === 1 && answer.parts[0]!.kind === "set" ? null : answer.parts;
    default:
      return null;
  }
}

function named(answer: Answer): string {
  return {
    scalar: "a number",
    infinity: "infinity",
    sequence: "a tuple",
    set: "a set",
    union: "a union",
    matrix: "a matrix",
    equation: "an equation",
    inequality: "an inequality",
  }[answer.kind];
}

// ---------------------------------------------------------------- several at once

/** Each part with the other at its place. */
function inOrder(a: readonly Answer[], b: readonly Answer[], inside: Inside): Verdict {
  if (a.length !== b.length) return "different";
  const verdicts = a.map((part, index) => inside(part, b[index]!));
  return allOf(verdicts);
}

/** Equal where each part of either has an equal one in the other; different where one is different from all of the other. */
function asSets(a: readonly Answer[], b: readonly Answer[], inside: Inside): Verdict {
  const table = a.map((x) => b.map((y) => inside(x, y)));
  return allOf([...table, ...b.map((_, column) => table.map((row) => row[column]!))].map(anyOf));
}

/** Equal where all are, different where one is, else the first that is unknown. */
function allOf(verdicts: readonly Verdict[]): Verdict {
  return joined(verdicts, "different", "equal");
}

/** Equal where one is, different where all are, else the first that is unknown. */
function anyOf(verdicts: readonly Verdict[]): Verdict {
  return joined(verdicts, "equal", "different");
}

function joined(verdicts: readonly Verdict[], decisive: "equal" | "different", otherwise: "equal" | "different"): Verdict {
  const left = verdicts.filter((verdict) => verdict !== otherwise);
  return left.includes(decisive) ? decisive : left.length === 0 ? otherwise : left[0]!;
}
