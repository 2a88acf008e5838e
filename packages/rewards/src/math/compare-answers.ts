import { readings } from "./answer.ts";
import type { Answer, Scalar } from "./answer.ts";
import { cleaned, isSameText } from "./cleaned.ts";
import { namesIn } from "./expression.ts";
import { compareScalars } from "./scalars.ts";
import type { Verdict } from "./scalars.ts";
import { Unreadable } from "./unreadable.ts";

/** Is the answer given the one expected? The same text is the same answer, also where it can't be read. */
export function compareAnswers(given: string, expected: string, tolerance: number): Verdict {
  if (given.length > longest || expected.length > longest) return { unknown: `an answer of more than ${longest} characters` };
  const [one, other] = [cleaned(given), cleaned(expected)];
  if (isSameText(one, other)) return "equal";
  try {
    const wanted = told("the item's answer", other, () => readings(other));
    const read = told("the answer given", one, () => readings(one));
    return best(read.flatMap((a) => wanted.map((b) => compare(a, b, tolerance))));
  } catch (error) {
    if (error instanceof Unreadable) return { unknown: error.message };
    throw error;
  }
}

const longest = 2_000;

function told<T>(which: string, text: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    const shown = text.length > 60 ? `${text.slice(0, 60)}…` : text;
    throw new Unreadable(`${which}, ${JSON.stringify(shown)}: ${error.message}`);
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
    if (parts !== "equal" || `${a.open}${a.close}` === `${b.open}${b.close}`) return parts;
    return a.parts.length === 2 ? "different" : unknown("brackets differ");
  }
  if (a.kind === "set" && b.kind === "set") return asSets(a.parts, b.parts, inside);
  if (a.kind === "union" && b.kind === "union")
    return asSets(a.parts, b.parts, inside) === "equal"
      ? "equal"
      : unknown("unions that are written differently may be the same");
  return compareKinds(a, b, inside);
}

type Inside = (x: Answer, y: Answer) => Verdict;

/** x = 3 is 3 where the other side has no name for it. */
function compareEquations(a: Answer, b: Answer, inside: Inside): Verdict {
  if (a.kind === "equation" && b.kind === "equation")
    return a.name !== null && a.name === b.name
      ? inside(a.right, b.right)
      : unknown("equations are compared by the name on the left");
  const [equation, other] = (a.kind === "equation" ? [a, b] : [b, a]) as [Answer & { kind: "equation" }, Answer];
  if (equation.name === null) return unknown("an equation and something else");
  return a === equation ? inside(equation.right, other) : inside(other, equation.right);
}

function compareMeasured(a: Scalar, b: Scalar, tolerance: number): Verdict {
  const decimals = a.decimals || b.decimals;
  const verdict = compareScalars({ left: a.expression, right: b.expression, decimals }, tolerance);
  if (a.unit !== null && b.unit !== null && a.unit !== b.unit) return unknown(`units ${a.unit} and ${b.unit}`);
  const [measured, plain] = a.unit === null ? [b, a] : [a, b];
  if (verdict === "different" && measured.unit !== null && plain.unit === null && namesIn(plain.expression).size > 0)
    return unknown(`the unit ${measured.unit}, and a name that may be one`);
  if (verdict !== "different" || (a.percentage === null) === (b.percentage === null)) return verdict;
  const [left, right] = [a.percentage ?? a.expression, b.percentage ?? b.expression];
  const without = compareScalars({ left, right, decimals }, tolerance);
  return without === "different" ? "different" : unknown("the same but for a percent sign");
}

/** Things of different kinds: a number is no pair, but {1, 2} and (1, 2) may be meant to be the same. */
function compareKinds(a: Answer, b: Answer, inside: Inside): Verdict {
  const [first, second] = [partsOf(a), partsOf(b)];
  if (first === null || second === null) return unknown(`${named(a)} and ${named(b)}`);
  if (first.length !== second.length) return "different";
  if ([a, b].every(({ kind }) => kind === "scalar" || kind === "infinity")) return "different";
  if (first.length === 1)
    return inside(first[0]!, second[0]!) === "different" ? "different" : unknown(`${named(a)} and ${named(b)}`);
  return asSets(first, second, inside) === "different" ? "different" : unknown(`${named(a)} and ${named(b)}`);
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

/** Equal where all are, different where one is, else unknown. */
function inOrder(a: readonly Answer[], b: readonly Answer[], inside: Inside): Verdict {
  if (a.length !== b.length) return "different";
  const verdicts = a.map((part, index) => inside(part, b[index]!));
  return verdicts.includes("different") ? "different" : (verdicts.find((verdict) => verdict !== "equal") ?? "equal");
}

/** Equal where each part of either has an equal one in the other; different where one is different from all of the other. */
function asSets(a: readonly Answer[], b: readonly Answer[], inside: Inside): Verdict {
  const table = a.map((x) => b.map((y) => inside(x, y)));
  const sides = [...table, ...b.map((_, column) => table.map((row) => row[column]!))].map((verdicts) =>
    verdicts.length === 0 ? "different" : best(verdicts),
  );
  return sides.includes("different") ? "different" : (sides.find((verdict) => verdict !== "equal") ?? "equal");
}

/** Equal where one is, different where all are, else unknown. */
function best(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes("equal")) return "equal";
  return verdicts.find((verdict) => typeof verdict === "object") ?? "different";
}
