import { test } from "uvu";
import * as assert from "uvu/assert";
import { compareAnswers } from "./compare-answers.ts";

/** Pairs of an item's answer and an answer given, by what comes of comparing them. */
type Pairs = readonly (readonly [expected: string, given: string])[];
function all(outcome: "equal" | "different" | "unknown" | "unread", pairs: Pairs): void {
  for (const [expected, given] of pairs) {
    const found = compareAnswers(given, expected, 1e-9);
    assert.is(typeof found === "string" ? found : Object.keys(found)[0], outcome, `${expected}  |  ${given}`);
  }
}

test("verdicts: inequalities, and the intervals they are", () => {
  all("equal", [["x<3", "3>x"], ["x \\le 3", "3 \\ge x"], ["x \\ne 3", "3 \\ne x"], ["x<3", "(-\\infty,3)"], ["x \\le 3", "(-\\infty,3]"]]); // prettier-ignore
  all("equal", [["x>3", "(3,\\infty)"], ["x \\ge 3", "[3,\\infty)"], ["-2<x<7", "(-2,7)"], ["-2\\le x\\le 7", "[-2,7]"]]); // prettier-ignore
  all("equal", [["-2< x\\le 7", "(-2,7]"], ["7>x>-2", "(-2,7)"], ["7\\ge x>-2", "(-2,7]"], ["7> x\\ge-2", "[-2,7)"], ["x \\in [0,1]", "[0,1]"]]); // prettier-ignore
  all("equal", [["x \\in \\{1,2\\}", "\\{2,1\\}"]]); // prettier-ignore
  all("different", [["x \\ne 3", "x \\ne 4"], ["x<3", "x \\ne 3"], ["x<3", "(-\\infty,3]"], ["x \\le 3", "(-\\infty,3)"], ["x>3", "[3,\\infty)"]]); // prettier-ignore
  all("different", [["x \\ge 3", "(3,\\infty)"], ["x<3", "(3,\\infty)"], ["x \\ge 3", "[4,\\infty)"], ["x \\ne 3", "(3,4)"], ["x<3", "3"]]); // prettier-ignore
  all("different", [["x<3", "\\{3\\}"], ["7> x\\ge-2", "(-2,7]"]]); // prettier-ignore
  all("unknown", [["x<3", "y<3"]]); // prettier-ignore
  all("unread", [["5", "1<x>2"], ["5", "1<2<3"], ["5", "x<y<3<4"], ["5", "x<y"], ["5", "1<2"], ["5", "x \\approx 5"], ["5", "x \\equiv 5"]]); // prettier-ignore
});

test("verdicts: equations", () => {
  all("equal", [["x=5", "5"], ["5", "x=5"], ["5=x", "x=5"], ["f(x)=x^2", "x^2"], ["(p,q)=(3,2)", "(3,2)"], ["\\text{Area}=5", "5"]]); // prettier-ignore
  all("equal", [["A:B=2:3", "2:3"], ["A:B = 2", "2"], ["|AB|=5", "5"], ["AB=5", "5"], ["x_1=5", "5"], ["x_{12}=5", "5"], ["\\theta=5", "5"]]); // prettier-ignore
  all("equal", [["2x+y=1", "4x+2y=2"], ["2x+y=1", "y=1-2x"], ["y=1-2x", "2x+y=1"]]); // prettier-ignore
  all("different", [["x=5", "6"], ["x=5", "y=6"], ["2x+y=1", "2"], ["2x+y=1", "4x+2y=3"], ["y=1-2x", "2x+y=2"]]); // prettier-ignore
  all("unknown", [["x=5", "y=5"], ["2x+y=1", "1"], ["\\sin x+y=1", "y=1-\\cos x"], ["xyz=5", "5"], ["|x|=5", "5"], ["x+y=(1,2)", "2x+2y=(2,4)"]]); // prettier-ignore
  all("unknown", [["x+y=(1,2)", "(1,2)"], ["x=1=1", "1"], ["1=1=1=1", "1"]]); // prettier-ignore
  all("unread", [["5", "about = 5"], ["5", "not = 5"]]); // prettier-ignore
});

test("verdicts: lists of equations, by name or in order", () => {
  all("equal", [["x=5,y=6", "y=6,x=5"], ["x=5,y=6", "5,6"], ["x=5,y=6", "6, x=5"], ["x=5,x=6", "6,5"], ["x_1=5,x_2=6", "6,5"], ["x_1=5,x_2=6", "x_2=6,x_1=5"]]); // prettier-ignore
  all("equal", [["x=5 \\text{ and } y=6", "y=6 \\text{ and } x=5"], ["x=5,y=6", "x=5,y=6,"], ["a=1,b=2,c=3", "c=3,a=1,b=2"]]); // prettier-ignore
  all("different", [["x=5,y=6", "6,5"], ["x=5,y=6", "x=6,y=5"], ["x=5,y=6", "a=5,b=7"], ["x=5,y=6", "5"], ["x=5,y=6", "5,6,7"]]); // prettier-ignore
  all("different", [["a=1,b=2,c=3", "c=1,a=2,b=3"]]); // prettier-ignore
  all("unknown", [["x=5,y=6", "a=5,b=6"], ["x=5, y=6", "(5,6)"]]); // prettier-ignore
});

test("verdicts: ratios", () => {
  all("equal", [["7:32", "14:64"], ["1:2:3", "2:4:6"], ["12:00", "12:00"], ["\\sqrt2:1", "2:\\sqrt2"], ["1:2", "1:2"]]); // prettier-ignore
  all("different", [["1:2:3", "2:4:7"], ["1:2:3", "1:2"], ["1:2", "0:0"], ["1:0", "2:0"], ["7:32", "32:7"], ["7:32", "(7,32)"]]); // prettier-ignore
  all("different", [["7:32", "(14,64)"], ["1 cm:2", "2:4"]]); // prettier-ignore
});

test("verdicts: things of different kinds, and matrices", () => {
  all("equal", [["\\infty", "+\\infty"], ["\\infty", "\\text{infinity}"]]); // prettier-ignore
  all("equal", [["\\begin{pmatrix}1\\\\2\\end{pmatrix}", "\\begin{bmatrix}1\\\\2\\end{bmatrix}"]]); // prettier-ignore
  all("equal", [["\\begin{array}{cc}1&2\\end{array}", "\\begin{matrix}1&2\\end{matrix}"]]); // prettier-ignore
  all("equal", [["\\begin{pmatrix}1&2\\\\\\end{pmatrix}", "\\begin{pmatrix}1&2\\end{pmatrix}"], ["[0,a]\\cup[b,c]", "[b,c]\\cup[0,a]"]]); // prettier-ignore
  all("different", [["(1,2)", "\\{2,1\\}"], ["(1,2)", "[1,2]"], ["(1,2)", "(1,3)"], ["(1,2,3)", "[1,2,4]"], ["(1,2)", "1"], ["(1,2)", "(1,2,3)"]]); // prettier-ignore
  all("different", [["\\{1\\}", "(1,2)"], ["\\{5\\}", "6"], ["\\{\\{5\\}\\}", "5"], ["\\infty", "5"], ["5", "\\infty"], ["\\infty", "-\\infty"]]); // prettier-ignore
  all("different", [["\\infty", "(1,2)"], ["\\begin{pmatrix}1\\\\2\\end{pmatrix}", "(1,2)"], ["\\begin{pmatrix}1\\\\2\\end{pmatrix}", "1"]]); // prettier-ignore
  all("different", [["1,2", "\\begin{pmatrix}1&2\\end{pmatrix}"]]); // prettier-ignore
  all("different", [["\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "\\begin{pmatrix}1&2&3&4\\end{pmatrix}"]]); // prettier-ignore
  all("different", [["\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "\\begin{pmatrix}1&3\\\\2&4\\end{pmatrix}"], ["[0,1]\\cup[2,3]", "[0,1]"]]); // prettier-ignore
  all("unknown", [["(1,2)", "\\{1,2\\}"], ["(1,2,3)", "[1,2,3]"], ["\\{5\\}", "5"], ["\\{\\{5\\}\\}", "\\{5\\}"], ["\\{\\infty\\}", "\\infty"]]); // prettier-ignore
  all("unknown", [["x>5", "\\begin{pmatrix}1\\end{pmatrix} \\cup 5"], ["[0,1]\\cup[2,3]", "5"], ["[0,1]\\cup[2,a]", "(1,2)"]]); // prettier-ignore
  all("unknown", [["[0,1]\\cup\\mathbb{R}", "[0,1]"], ["[0,a]\\cup[b,c]", "[0,a]\\cup[b,d]"], ["x>5", "[0,1]\\cup[2,3]"]]); // prettier-ignore
  all("unread", [["5", "\\begin{pmatrix}\\end{pmatrix}"], ["5", "\\begin{pmatrix}1&2\\end{bmatrix}"]]); // prettier-ignore
});

test("verdicts: sets, lists and ±", () => {
  all("equal", [["\\{1,2,3\\}", "\\{3,1,2\\}"], ["\\{1,1,2\\}", "\\{1,2\\}"], ["\\{\\}", "\\emptyset"]]); // prettier-ignore
  all("equal", [["\\{\\{1,2\\},3\\}", "\\{3,\\{2,1\\}\\}"], ["\\{(1,2),(3,4)\\}", "(3,4),(1,2)"], ["\\pm 3", "3,-3"], ["\\mp 3", "\\pm 3"]]); // prettier-ignore
  all("equal", [["\\{\\pm 3, 1\\}", "1, 3, -3"], ["2\\pm\\sqrt3", "2+\\sqrt3, 2-\\sqrt3"], ["{1,2}", "1,2"], ["{5}", "5"], ["[5]", "5"]]); // prettier-ignore
  all("equal", [["(5)", "5"], ["1;2", "1,2"], ["1, 2, or 3", "3,2,1"], ["1,,2", "1,2"]]); // prettier-ignore
  all("different", [["\\{1,2\\}", "\\{1,2,3\\}"], ["\\{1,2,3\\}", "\\{1,2\\}"], ["\\{\\}", "0"], ["\\{\\}", "\\{0\\}"]]); // prettier-ignore
  all("different", [["\\{\\{1,2\\},3\\}", "\\{1,2,3\\}"], ["\\{(1,2),(3,4)\\}", "(2,1),(3,4)"], ["\\pm 3", "3"]]); // prettier-ignore
  all("different", [["2\\pm\\sqrt3", "2+\\sqrt3, 2-\\sqrt2"]]); // prettier-ignore
  all("unread", [["5", ","], ["5", "\\{1,2"]]); // prettier-ignore
});

test("verdicts: commas", () => {
  all("equal", [["1000", "1,000"], ["1.5", "1,5"], ["(1,000)", "1000"], ["12,345,678", "12345678"], ["1,234.5", "1234.5"]]); // prettier-ignore
  all("equal", [["\\$1,234", "1234"], ["1,234 cm", "1234"]]); // prettier-ignore
  all("different", [["1000", "1,00"], ["1,2345", "12345"]]); // prettier-ignore
});

test("verdicts: percent", () => {
  all("equal", [["50\\%", "1/2"], ["50\\%", "0.5"], ["50\\%", "50.0\\%"], ["50 percent", "50\\%"]]); // prettier-ignore
  all("different", [["50\\%", "5"], ["50\\%", "51\\%"]]); // prettier-ignore
  all("unknown", [["50\\%", "50"], ["50", "50\\%"], ["12.5\\%", "12.5"]]); // prettier-ignore
  all("unread", [["50", "50 percentage points"]]); // prettier-ignore
});

test("verdicts: units", () => {
  all("equal", [["5 cm", "5"], ["5 cm", "0.05 m"], ["5 apples", "5 apple"], ["5 square units", "5"], ["90^\\circ", "90 degrees"]]); // prettier-ignore
  all("equal", [["20^\\circ C", "20 °C"], ["5\\text{ m/s}", "18 km/h"], ["\\$5", "5 dollars"], ["5\\$", "\\$5"], ["-\\$5", "-5"]]); // prettier-ignore
  all("equal", [["500¢", "\\$5"], ["€5", "5€"], ["3\\text{ cm}\\cdot\\text{s}", "3"], ["10 mi/h", "10 mph"], ["5m", "5m"], ["5 m", "5"]]); // prettier-ignore
  all("equal", [["5 m", "500 cm"], ["5kg", "5000 g"], ["5cm", "5"], ["5 N", "5"], ["3 x", "3x"], ["3 ab", "3ba"], ["3 in", "3"]]); // prettier-ignore
  all("equal", [["2 pi", "2\\pi"], ["5\\text{ cm}^2", "5 cm^2"], ["12 eggs per day", "12"]]); // prettier-ignore
  all("different", [["5 cm", "5 m"], ["5 cm", "5 s"], ["5 apples", "6 pears"], ["5 units", "6 cm"], ["20^\\circ C", "20^\\circ F"], ["€5", "£5"]]); // prettier-ignore
  all("different", [["5m", "5"], ["3 x", "3"], ["5\\text{ cm}^2", "5 cm"]]); // prettier-ignore
  all("unknown", [["5 apples", "5 pears"], ["5 units", "5 cm"], ["\\sin 30^\\circ", "\\frac12"]]); // prettier-ignore
  all("unread", [["5", "5 zillions"], ["5", "5 cm too"]]); // prettier-ignore
});

test("verdicts: bases", () => {
  all("equal", [["101_2", "101_{2}"], ["9_{10}", "9_{10}"]]); // prettier-ignore
  all("different", [["101_2", "6"], ["101_2", "101_3"], ["101_2", "101"], ["12_3", "12_4"]]); // prettier-ignore
  all("unknown", [["101_2", "5"], ["19_{10}", "19"], ["12_3", "11_4"], ["777_8", "511"]]); // prettier-ignore
  all("unread", [["5", "102_2"], ["5", "11_1"], ["5", "11_{11}"]]); // prettier-ignore
});

test("verdicts: words", () => {
  all("equal", [["\\text{no solution}", "no real solutions"], ["\\text{no} \\text{solution}", "No real solution"], ["DNE", "undefined"], ["does not exist", "Does not exist."]]); // prettier-ignore
  all("equal", [["Evelyn", "evelyn"], ["5", "five"], ["Tuesday", "tuesday"], ["\\text{(C)}", "C"], ["yes", "Yes"]]); // prettier-ignore
  all("different", [["no solution", "5"], ["Evelyn", "Eve"], ["even", "not even"], ["Tuesday", "5"], ["C", "D"], ["(C)", "(D)"], ["yes", "no"]]); // prettier-ignore
  all("different", [["no", "5"]]); // prettier-ignore
  all("unknown", [["about five", "5"], ["not even", "odd"]]); // prettier-ignore
  all("unread", [["5", "five point two"]]); // prettier-ignore
});

test("verdicts: nesting and ordinals", () => {
  all("unknown", [["((((((1,2),3),4),5),6),7)", "5"]]); // prettier-ignore
  all("unread", [["5", "((((((1,2),3),4),5),6),7)"], ["5", "5th"], ["5", "21st"]]); // prettier-ignore
});

test.run();
