import { test } from "uvu";
import * as assert from "uvu/assert";
import { readings } from "./answer.ts";
import type { Answer } from "./answer.ts";
import { Unreadable } from "./unreadable.ts";

/** An answer in short: `set(1 x)`, `5[m^1]`, `x = 5`. */
function short(answer: Answer): string {
  const all = (parts: readonly Answer[]) => parts.map(short).join(" ");
  switch (answer.kind) {
    case "scalar": {
      const { expression, unit, percentage, base, decimals } = answer;
      const value = expression.type === "number" ? Number(expression.top) / Number(expression.bottom) : expression.type === "name" ? expression.name : expression.type; // prettier-ignore
      return `${value}${unit === null ? "" : `[${unit.dimensions}]`}${percentage === null ? "" : "%"}${base === null ? "" : `_${base}`}${decimals ? " decimals" : ""}`;
    }
    case "infinity":
      return answer.negative ? "-inf" : "inf";
    case "sequence":
      return `${answer.open}${all(answer.parts)}${answer.close}`;
    case "set":
      return `${answer.bare ? "list" : "set"}{${all(answer.parts)}}`;
    case "union":
      return `union{${all(answer.parts)}}`;
    case "matrix":
      return `matrix{${answer.rows.map(all).join("; ")}}`;
    case "equation":
      return `${answer.name ?? (answer.left === null ? "none" : answer.left.type)} = ${short(answer.right)}`;
    case "inequality":
      return `${answer.name} ${answer.relation} ${short(answer.bound)}`;
  }
}
const all = (pairs: readonly (readonly [text: string, ...readings: string[]])[]) => {
  for (const [text, ...expected] of pairs) assert.equal(readings(text).map(short), expected, text);
};
const refused = (text: string, message: RegExp) =>
  assert.throws(
    () => readings(text),
    (error: unknown) => error instanceof Unreadable && message.test(error.message),
    text,
  );

test("answer: kinds", () => {
  all([["5", "5"], ["\\infty", "inf"], ["-\\infty", "-inf"], ["+ \\infty", "inf"], ["(1,2)", "(1 2)"], ["[0,1)", "[0 1)"], ["(0,1]", "(0 1]"], ["(x,2)", "(x 2)"]]); // prettier-ignore
  all([["\\{x\\}", "set{x}"], ["\\{\\}", "set{}"], ["\\{ \\}", "set{}"], ["x,y", "list{x y}"], ["{x,y}", "set{x y}"], ["{x}", "x"], ["[x]", "x"], ["(x)", "x"], ["x;y", "list{x y}"], ["x \\text{ and } y", "list{x y}"], ["x or y", "list{x y}"]]); // prettier-ignore
  all([["x:2:3", ":x 2 3"], ["\\{x\\} \\cup [0,1]", "union{set{x} [0 1]}"], ["\\pm x", "list{x negate}"], ["\\{\\pm x, 2\\}", "set{x negate 2}"], ["\\pm x, y", "list{x negate y}"]]); // prettier-ignore
  all([["\\begin{pmatrix}x & 2\\\\3 & 4\\\\\\end{pmatrix}", "matrix{x 2; 3 4}"], ["\\begin{array}{cc}x & 2\\end{array}", "matrix{x 2}"], ["\\begin{matrix}(x,2)\\end{matrix}", "matrix{(x 2)}"], ["\\begin{matrix}x,2\\end{matrix}", "matrix{list{x 2}}"]]); // prettier-ignore
  all([["x = 5", "x = 5"], ["5 = x", "number = x"], ["x+y = 5", "binary = 5"], ["\\binom12 = 5", "none = 5"], ["f(x) = 5", "f(x) = 5"], ["(p,q) = (1,2)", "(p,q) = (1 2)"], ["x \\in \\{5\\}", "set{5}"], ["\\text{Area} = 5", "Area = 5"], ["x_{12} = 5", "x_{12} = 5"], ["|AB| = 5", "|AB| = 5"], ["about = 5", "none = 5"]]); // prettier-ignore
  all([["x < 5", "x < 5"], ["5 < x", "x > 5"], ["5 \\ge x", "x \\le 5"], ["5 > x", "x < 5"], ["5 \\le x", "x \\ge 5"], ["5 \\ne x", "x \\ne 5"], ["1 < x \\le 2", "(1 2]"], ["2 > x \\ge 1", "[1 2)"], ["2 \\ge x > 1", "(1 2]"], ["1 \\le x < 2", "[1 2)"]]); // prettier-ignore
});

test("answer: numbers with what belongs to them", () => {
  all([["50%", "binary%"], ["5.0", "5 decimals"], [".5", "0.5 decimals"], ["5.", "5"], ["101_2", "5_2"], ["12_{10}", "12_10"], ["77_8", "63_8"], ["120_3", "15_3"]]); // prettier-ignore
  all([["15\\text{ cm}^2", "15[m^2]"], ["15 cm", "15[m^1]"], ["15 m", "15[m^1]"], ["15 m / s", "15[m^1 s^-1]"], ["15 m^2", "15[m^2]"], ["15cm", "15[m^1]"], ["15cm/s", "15[m^1 s^-1]"], ["x\\text{ cm}", "x[m^1]"], ["90^\\circ", "90[°^1]"], ["20^\\circ C", "20[°C^1]"], ["\\dollar 5", "5[$^1]"], ["-€5", "negate[€^1]"], ["5\\dollar", "5[$^1]"], ["5¢", "5[$^1]"]]); // prettier-ignore
  all([["15 x", "binary"], ["15 ab", "binary"], ["15 xyz", "binary"], ["15 pi", "binary"], ["15x", "binary"], ["15ab", "binary"], ["15 b", "binary"], ["5ms", "binary"], ["5min", "5[s^1]"], ["x m", "binary"], ["15 apples per day", "15[#apple^1 s^-1]"]]); // prettier-ignore
  all([
    ["minus 5", "negate"],
    ["negative 2.5", "negate decimals"],
    ["5 percent", "binary%"],
  ]);
  refused("5 percent points", /word/);
  refused("15 zillion", /the word "zillion"/);
  refused("15 ab zillion", /the word "ab" may change/);
  refused("\\sin 30^\\circ", /\\circ is not read/);
});

test("answer: commas between thousands, decimals or parts", () => {
  all([["1,000", "1000"], ["1,234.5", "1234.5 decimals"], ["12,345,678", "12345678"], ["-1,000", "negate"], ["1,000 cm", "1000[m^1]"], ["1,5", "list{1 5}", "1.5 decimals"], ["1,50", "list{1 50}", "1.5 decimals"], ["-1,5", "list{negate 5}", "negate decimals"]]); // prettier-ignore
  all([["(1,000)", "(1 0)", "1000"], ["\\{1,000\\}", "set{1 0}", "set{1000}"], ["1,000, 2", "list{1 0 2}"], ["1, 2", "list{1 2}"], ["0,111", "list{0 111}", "0.111 decimals"], ["1,00,000", "list{1 0 0}", "100000"]]); // prettier-ignore
});

test("answer: what isn't read", () => {
  refused("", /^it is empty$/);
  refused("x,", /^it is empty$/);
  refused("5th", /^an ordinal number$/);
  refused("\\pm 1 \\pm 2", /^several ± may go together or not$/);
  for (const chain of ["1 < 2 < 3", "1 < x > 2", "1 = x = 2", "1 < x < 2 < 3", "x = y = z = 1"])
    refused(chain, /^a chain of relations$/);
  for (const relation of ["x \\approx 5", "x \\sim 5", "x \\equiv 5"]) refused(relation, /is not compared$/);
  for (const bound of ["1 < 2", "x < y", "x+1 < 2"]) refused(bound, /^an inequality other than of a name and a bound$/);
  for (const number of ["12_2", "11_1", "11_{11}", "9_9", "1_0"]) refused(number, /^\d+ in base \d+$/);
  refused("\\begin{pmatrix}\\end{pmatrix}", /^a matrix without cells, or with too many$/);
});

test("answer: four deep and no deeper, 40 parts and no more, 1,000 characters and no more", () => {
  const sets = (depth: number): string => (depth === 0 ? "1" : `\\{${sets(depth - 1)},x\\}`);
  const deep = /^nested more than 4 deep$/;
  assert.is(readings(sets(4)).length, 1);
  refused(sets(5), deep);
  for (const around of [(text: string) => `x = ${text}`, (text: string) => `x \\in ${text}`, (text: string) => `x < ${text}`, (text: string) => `${text} > x`, (text: string) => `0 < x < ${text}`, (text: string) => `[${text}]`, (text: string) => `{${text}}`, (text: string) => `(${text},1)`, (text: string) => `${text} : 1`, (text: string) => `${text},y`, (text: string) => `${text} \\cup [0,1]`, (text: string) => `\\begin{pmatrix}${text}\\end{pmatrix}`]) {
    assert.is(readings(around(sets(3))).length, 1, around("…"));
    refused(around(sets(4)), deep);
  } // prettier-ignore
  assert.is(readings(`${"(".repeat(20)}5${")".repeat(20)}`).length, 1); // a scalar
  const parts = (count: number, between: string) => Array.from({ length: count }, () => "x").join(between);
  const many = /^41 parts, more than 40$/;
  for (const [open, between, close] of [["", ",", ""], ["(", ",", ")"], ["\\{", ",", "\\}"], ["", ":", ""], ["", "\\cup ", ""], ["\\begin{matrix}", "\\\\", "\\end{matrix}"]] as const) {
    assert.is(readings(`${open}${parts(40, between)}${close}`).length, 1, between);
    refused(`${open}${parts(41, between)}${close}`, many);
  } // prettier-ignore
  assert.is(readings(`\\begin{matrix}${parts(40, "&")}\\end{matrix}`).length, 1);
  refused(`\\begin{matrix}${parts(41, "&")}\\end{matrix}`, /too many$/);
  refused("y".repeat(1001), /^1001 characters, more than 1000$/);
  refused("y".repeat(1000), /^1000 characters, more than 500$/); // an expression's own limit
});

test.run();
