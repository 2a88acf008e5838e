import { test } from "uvu";
import * as assert from "uvu/assert";
import { compareAnswers } from "./compare-answers.ts";

/**
 * Pairs of an item's answer and an answer given. Many are inputs that Math-Verify's tests (5d148cf, 2025-07) list as forms a grader meets in
 * MATH, Numina and OpenThoughts; where it decides what can't be told, the expectation here is unknown.
 */
type Pair = readonly [expected: string, given: string];
const outcomeOf = ([expected, given]: Pair) => {
  const verdict = compareAnswers(given, expected, 1e-9);
  return typeof verdict === "string" ? verdict : Object.keys(verdict)[0]!;
};
function all(outcome: string, pairs: readonly Pair[]): void {
  for (const pair of pairs) assert.is(outcomeOf(pair), outcome, pair.join("  |  "));
}

test("answers: the marks around them don't matter", () => {
  for (const given of [
    "9",
    "$9$",
    "\\( 9 \\)",
    "\\[ 9 \\]",
    "$$\n9\n$$",
    "\\boxed{9}",
    "9.",
    "9,",
    " 9 ",
    "\\text{9}",
    "\\displaystyle 9",
    "9.0",
    "+9",
  ])
    all("equal", [["9", given]]);
  all("different", [["9", "\\boxed{8}"], ["\\boxed{9}", "$8$"]]); // prettier-ignore
});

test("answers: fractions and sizes of brackets", () => {
  for (const given of [
    "\\frac13",
    "\\frac{1}{3}",
    "\\cfrac{1}{3}",
    "\\dfrac13",
    "\\tfrac{1}{3}",
    "\\left( \\frac{1}{3} \\right)",
    "⅓",
    "0.\\overline{3}",
    "0.33333333333",
  ])
    all("equal", [["1/3", given]]);
  all("equal", [["-10/9", "-\\frac{10}{9}"], ["1/6", "0.1\\overline{6}"], ["\\frac32", "1½"], ["3/2", "1 1/2"], ["7/3", "2\\frac{1}{3}"]]); // prettier-ignore
});

test("answers: thousands, and commas that could be two things", () => {
  all("equal", [["7425000", "7,425,000"], ["1000", "1{,}000"], ["1000", "1\\,000"], ["1000", "1 000"], ["1000.99", "1,000.99"]]); // prettier-ignore
  all("equal", [["11111111100", "11,\\! 111,\\! 111,\\! 100"], ["1000.99", "\\$1,000.99"], ["1000.99", "$1,000.99$"], ["(1,200)", "(1, 200)"]]); // prettier-ignore
  all("equal", [["1000.99", "1000,99"], ["1000, 99", "1000,99"]]); // prettier-ignore
  all("different", [["1", "1,000"], ["1, 0", "1,000"]]); // prettier-ignore
});

test("answers: units, degrees and percent", () => {
  all("equal", [["15\\mbox{ cm}^2", "15"], ["125 miles", "125\\textnormal{ miles}"], ["5", "5 apples"], ["90^\\circ", "90"], ["90°", "90^{\\circ}"], ["5", "\\$5"]]); // prettier-ignore
  all("equal", [["28\\%", "28 percent"], ["28\\%", "0.28"], ["50\\%", "\\frac12"]]); // prettier-ignore
  all("different", [["15 cm", "16 cm"], ["28\\%", "27\\%"], ["28\\%", "27"]]); // prettier-ignore
  all("unknown", [["28\\%", "28"], ["5 apples", "5 pears"], ["\\sin 30^\\circ", "0.5"]]); // prettier-ignore
  all("equal", [["1\\text{ m}", "100\\text{ cm}"], ["1 h", "60 minutes"], ["1 mile", "1609.344 m"], ["1 inch", "2.54 cm"], ["1 lb", "16 ounces"], ["3 feet", "1 yard"], ["60 km/h", "60\\text{ km per hour}"], ["12 square feet", "12\\text{ ft}^2"], ["\\$1.50", "150 cents"]]); // prettier-ignore
  all("different", [["10 m", "10 cm"], ["€5", "\\$5"], ["5 m", "5 s"], ["5 cm", "5 cm^2"], ["5 apples", "6 pears"]]); // prettier-ignore
});

test("answers: tuples in order, intervals by their brackets", () => {
  all("equal", [["(3, \\frac{\\pi}{2})", "\\left( 3, \\frac{\\pi}{2} \\right)"], ["(1,\\frac92)", "(1,4.5)"], ["(0;1)", "(0, 1)"]]); // prettier-ignore
  all("equal", [["[0,1)", "\\left[0, 1\\right)"], ["(1, \\infty)", "(1, +\\infty)"], ["x \\in [-2,7]", "[-2,7]"]]); // prettier-ignore
  all("different", [["(1,2)", "(2,1)"], ["(1,2)", "(1,2,3)"], ["[0,9)", "[0,1)"], ["(0,9)", "[0,9)"], ["(1,\\infty)", "(-\\infty,1)"], ["5", "(5,6)"]]); // prettier-ignore
});

test("answers: sets and lists in any order", () => {
  all("equal", [["\\{1,2\\}", "\\{2,1\\}"], ["1, 2", "2,1"], ["1, 2", "\\{2, 1\\}"], ["-2,1", "1 \\text{ and } -2"], ["6 \\text{ and } 8", "6, 8"]]); // prettier-ignore
  all("equal", [["19, 46, and 82", "82, 46, 19"], ["(2,1),(1,2)", "(1, 2), (2, 1)"], ["{1,2,3}", "1, 2, 3"], ["\\emptyset", "\\{\\}"]]); // prettier-ignore
  all("different", [["\\{1,2\\}", "\\{1,3\\}"], ["1, 2", "1, 2, 3"], ["\\{\\}", "\\{1\\}"], ["5", "5, 6"]]); // prettier-ignore
  all("unknown", [["(1,2)", "\\{1,2\\}"], ["5", "\\{5\\}"]]); // prettier-ignore
  all("different", [["(2,1)", "\\{1,2\\}"], ["5", "\\{6\\}"]]); // prettier-ignore
});

test("answers: unions and matrices", () => {
  all("equal", [["[-1, -\\frac12) \\cup (0, 1)", "(0,1) \\cup [-1, -0.5)"]]);
  all("equal", [["[0,2]", "[0,1] \\cup [1,2]"], ["[0,2]", "[0,1) \\cup [1,2]"], ["(-\\infty,0) \\cup (0,\\infty)", "(0,\\infty) \\cup (-\\infty,0)"]]); // prettier-ignore
  all("different", [["[0,1] \\cup [3,4]", "[0,1] \\cup [3,5]"], ["[0,2]", "[0,1) \\cup (1,2]"], ["[0,2]", "[0,2] \\cup \\{3\\}"]]); // prettier-ignore
  all("unknown", [["[0,a] \\cup [b,c]", "[0,a] \\cup [b,d]"]]);
  const matrix = (name: string, last: string) => `\\begin{${name}}1 & 0 \\\\ 0 & ${last}\\end{${name}}`;
  all("equal", [[matrix("pmatrix", "\\frac12"), matrix("bmatrix", "0.5")]]);
  all("different", [[matrix("pmatrix", "1"), matrix("pmatrix", "2")], [matrix("pmatrix", "1"), "\\begin{pmatrix}1 & 0\\end{pmatrix}"]]); // prettier-ignore
});

test("answers: equations and inequalities", () => {
  all("equal", [["1/3", "k = \\frac13"], ["x=11", "11"], ["x = 1/2, x = 3", "\\frac12, 3"], ["(p,q)=(3,2)", "(3,2)"], ["f(x) = x^2", "x^2"], ["n=1, 2", "n=1,2"]]); // prettier-ignore
  all("equal", [["x \\geq 5", "5 \\leq x"], ["x >= 5", "x \\ge 5"], ["x < 3", "x \\lt 3"]]); // prettier-ignore
  all("different", [["x = 11", "x = 12"], ["x > 5", "x < 5"], ["x > 5", "x \\ge 5"], ["x > 5", "x > 6"]]); // prettier-ignore
  all("equal", [["-2 \\le x < 7", "[-2,7)"], ["7 > x \\ge -2", "x \\in [-2,7)"], ["x > 5", "(5,\\infty)"], ["|AB| = 1", "1"]]); // prettier-ignore
  all("different", [["-2 \\le x < 7", "[-2,7]"], ["x > 5", "[5,\\infty)"], ["x > 5", "5"], ["x \\ne 5", "5"]]); // prettier-ignore
  all("unknown", [["x=5", "y=5"], ["x = 1 = 1", "1"], ["2x+y=1", "1"], ["x<5", "y<5"]]); // prettier-ignore
  all("unread", [["1", "x = 1 = 1"], ["1", "The solution is not x = 1"]]); // prettier-ignore
  all("different", [["1", "2x+y=2"], ["x=5, y=6", "x=6, y=5"], ["x=5, y=6", "6, 5"]]); // prettier-ignore
  all("equal", [["x=5, y=6", "y=6, x=5"], ["x=5, y=6", "5, 6"], ["x_1=5, x_2=6", "6, 5"]]); // prettier-ignore
});

test("answers: words and letters", () => {
  all("equal", [["\\text{Evelyn}", "Evelyn"], ["\\text{Even}", "even"], ["\\text{C}", "(C)"], ["E", "\\text{E}"], ["\\text{13}", "13"]]); // prettier-ignore
  all("different", [["\\text{C}", "\\text{D}"], ["d", "\\text{E}"]]); // prettier-ignore
  all("equal", [["\\text{no solution}", "No solutions"], ["\\text{DNE}", "does not exist"]]); // prettier-ignore
  all("different", [["\\text{odd}", "\\text{even}"], ["\\text{odd}", "5"], ["Evelyn", "nEvely"], ["AB", "ab"]]); // prettier-ignore
  all("unread", [["5", "I don't know"], ["5", "\\text{odd}"]]); // prettier-ignore
});

test("answers: ± and what else isn't read: the same text, or unknown", () => {
  all("equal", [["1 \\pm \\sqrt{19}", "$1\\pm\\sqrt{19}$"], ["\\{1\\pm\\sqrt5,-2\\}", "\\{1 \\pm \\sqrt5, -2\\}"], ["\\mathbb{R}", "\\mathbb R".replace(" R", "{R}")], ["12:00", "12:00"]]); // prettier-ignore
  all("equal", [["1 \\pm \\sqrt{19}", "1-\\sqrt{19}, 1+\\sqrt{19}"], ["\\pm 2021", "{-2021, 2021}"], ["x = \\pm 3", "3, -3"]]); // prettier-ignore
  all("different", [["1 \\pm \\sqrt{19}", "1+\\sqrt{19}"], ["\\pm 2021", "2021"]]); // prettier-ignore
  all("equal", [["204_5", "204_{5}"], ["7:32", "14:64"], ["2x+4y-3=0", "y=-\\frac12x+\\frac34"]]); // prettier-ignore
  all("different", [["12:00", "1:00"], ["204_5", "204"], ["204_5", "204_6"], ["7:32", "32:7"], ["2x+4y-3=0", "y=\\frac12x+\\frac34"]]); // prettier-ignore
  all("unknown", [["204_5", "54"], ["\\binom{4}{2}", "6"], ["\\pm 1 \\pm 2", "3"]]); // prettier-ignore
  all("unread", [["6", "\\binom{4}{2}"], ["3", "\\pm 1 \\pm 2"]]); // prettier-ignore
});

test("answers: says which of the two can't be read, and why", () => {
  assert.equal(compareAnswers("\\binom{4}{2}", "6", 0), {
    unread: String.raw`the answer given, "\\binom{4}{2}": \binom is not read`,
    reason: "notation",
  });
  assert.equal(compareAnswers("6", "about six", 0), { unknown: 'the item\'s answer, "about six": "about" is a word' });
});

test("answers: what is said of the unknown", () => {
  const said = (expected: string, given: string) => {
    const found = compareAnswers(given, expected, 1e-9);
    return typeof found === "string" ? found : "unknown" in found ? found.unknown : `${found.reason}: ${found.unread}`;
  };
  for (const [expected, given, reason] of [
    ["\\{5\\}", "5", "a number and a set"],
    ["(1,2)", "\\{1,2\\}", "a set and a tuple"],
    ["\\{\\infty\\}", "\\infty", "infinity and a set"],
    ["[0,1]\\cup[a,b]", "5", "a number and a union"],
    ["[0,1]\\cup[2,3]", "x>5", "an inequality and a union"],
    ["[0,1]\\cup[2,3]", "\\begin{pmatrix}1\\end{pmatrix}", "a matrix and a union"],
    ["(1,2,3)", "[1,2,3]", "brackets differ"],
    ["x<5", "y<5", "inequalities of y and of x"],
    ["x=5", "y=5", "the same under two names"],
    ["2x+y=1", "1", "an equation, and its right side alone"],
    ["\\sin x+y=1", "y=1-\\cos x", "equations that aren't read as polynomials"],
    ["5 apples", "5 pears", "the same number of different things"],
    ["50\\%", "50", "the same but for a percent sign"],
    ["101_2", "5", "the same number in another base"],
    ["[0,a]\\cup[b,c]", "[0,a]\\cup[b,d]", "unions that are written differently may be the same"],
    ["5", "\\sqrt{-1}", 'value: the answer given, "\\\\sqrt{-1}": there is no point where both are defined'],
    ["5", "1/0", 'value: the answer given, "1/0": it divides by 0'],
    ["1/0", "5", "it divides by 0"],
    ["\\sqrt{-1}", "5", "there is no point where both are defined"],
    ["(\\sqrt{-1},2)", "(5,2)", "there is no point where both are defined"],
    ["(5,2)", "(\\sqrt{-1},2)", 'value: the answer given, "(\\\\sqrt{-1},2)": there is no point where both are defined'],
    ["x=5", "x=\\sqrt{-1}", 'value: the answer given, "x=\\\\sqrt{-1}": there is no point where both are defined'],
    ["x<5", "x<\\sqrt{-1}", 'value: the answer given, "x<\\\\sqrt{-1}": there is no point where both are defined'],
    [
      "\\begin{matrix}5\\end{matrix}",
      "\\begin{matrix}\\sqrt{-1}\\end{matrix}",
      'value: the answer given, "\\\\begin{matrix}\\\\sqrt{-1}\\\\end{matrix}": there is no point where both are defined',
    ],
    ["\\log 100", "2", "log without a base could be either of two"],
    [
      "7",
      `5 ${"q".repeat(70)}`,
      `word: the answer given, "5 ${"q".repeat(58)}…": the word "${"q".repeat(30)}" may change what stands before it`,
    ],
    [
      "7",
      `5 ${"q".repeat(59)}`,
      `word: the answer given, "5 ${"q".repeat(58)}…": the word "${"q".repeat(30)}" may change what stands before it`,
    ],
    [
      "7",
      `5 ${"q".repeat(58)}`,
      `word: the answer given, "5 ${"q".repeat(58)}": the word "${"q".repeat(30)}" may change what stands before it`,
    ],
    ["7", "7".repeat(2001), "size: the answer given has more than 2000 characters"],
    ["7".repeat(2001), "7", "the item's answer has more than 2000 characters"],
    ["7".repeat(2000), "7".repeat(2000), "equal"],
  ] as const)
    // prettier-ignore
    assert.is(said(expected, given), reason, `${expected}  |  ${given}`);
});

test("answers: code is text that can't be read", () => {
  for (const given of [
    'import("fs")',
    "constructor",
    "__proto__",
    "[].constructor",
    "process.exit(1)",
    "x=>1",
    "toString",
    "hasOwnProperty(1)",
    "n0",
    "v0",
    "1;import",
  ])
    all("unread", [["7", given]]);
});

test("answers: none takes long", () => {
  const started = performance.now();
  const long = [
    "9^".repeat(100),
    "(x+y+z+w)^{99}",
    "((((x+1)^9+y)^9+z)^9+w)^9",
    "(x+y+z)^{13}*".repeat(38) + "1",
    "2000!*".repeat(80) + "1",
    "2^{9999}/3^{6000}*".repeat(28) + "1",
    "(".repeat(900),
    "\\{".repeat(400) + "1" + "\\}".repeat(400),
    `\\{${"(x+y)^9/(z+w)^9,".repeat(39)}1\\}`,
    "1,".repeat(900),
    "9".repeat(1990),
    "\\frac".repeat(100),
    "2^".repeat(240) + "2",
    "5" + "!".repeat(400),
    "|".repeat(900),
    " ".repeat(1900),
    "\\boxed{".repeat(250) + "}".repeat(250),
    "x".repeat(10_000),
    "0.\\overline{3}".repeat(130),
    "five ".repeat(390),
    "a half and ".repeat(90) + "5",
    "1,".repeat(400) + "million",
    "cm^2 ".repeat(190),
    "1 ".repeat(490),
    "**".repeat(900),
    "0.(3)".repeat(190),
    "²₂".repeat(450),
    "\\text{a}".repeat(120),
    "[0,1]\\cup".repeat(90) + "[0,1]",
  ];
  for (const given of long) for (const expected of ["1", "\\{(x+y)^8/(z+w)^9, 1\\}", given + " "]) outcomeOf([expected, given]);
  const seconds = (performance.now() - started) / 1000;
  assert.ok(seconds < 10, `${seconds} s`); // 0.5 s on the machine this was written on
});

test.run();
