import { test } from "uvu";
import * as assert from "uvu/assert";
import { readings } from "./answer.ts";
import { cleaned } from "./cleaned.ts";
import { compareIntervals } from "./intervals.ts";

const compared = (a: string, b: string) => compareIntervals(readings(cleaned(a))[0]!, readings(cleaned(b))[0]!);
const all = (verdict: "equal" | "different" | null, pairs: readonly (readonly [a: string, b: string])[]) => {
  for (const [a, b] of pairs) {
    assert.is(compared(a, b), verdict, `${a}  |  ${b}`);
    assert.is(compared(b, a), verdict, `${b}  |  ${a}`);
  }
};

test("intervals: joined where they overlap or touch", () => {
  all("equal", [
    ["[0,1]\\cup[2,4]", "[0,1]\\cup[2,3]\\cup[3,4]"], ["[0,2]", "[0,1]\\cup[1,2]"], ["[0,2]", "[0,1)\\cup[1,2]"], ["[0,2]", "[0,1]\\cup(1,2]"], ["[0,2]", "[1,2]\\cup[0,1]"],
    ["[0,3]", "[0,2]\\cup[1,3]"], ["[0,3]", "[0,3]\\cup[1,2]"], ["[0,3]", "[0,3]\\cup(1,3)"], ["[0,3]", "[0,3)\\cup[1,3]"], ["[0,3]", "[0,3)\\cup\\{3\\}"],
    ["[0,3]", "\\{0\\}\\cup(0,3)\\cup\\{3\\}"], ["[0,3]", "(0,2]\\cup[0,3]"], ["(0,3)", "(0,3)\\cup(0,1]"], ["[0,1]\\cup[2,3]", "[2,3]\\cup[0,1]"],
    ["(-\\infty,\\infty)", "(-\\infty,1]\\cup(0,\\infty)"], ["[0,1)\\cup(1,2]", "(1,2]\\cup[0,1)"], ["[0,2]", "[0,1)\\cup(1,2]\\cup\\{1\\}"],
    ["[\\frac13,1]", "[0.33333333333,1]"], ["[0,0]\\cup[1,2]", "\\{0\\}\\cup[1,2]"], ["[1,2]", "(0,0)\\cup[1,2]"], ["[1,2]", "[0,0)\\cup[1,2]"], ["[-3,-1]", "[-3,-2]\\cup[-2,-1]"],
  ]); // prettier-ignore
});

test("intervals: different by an end, its bracket, or a gap", () => {
  all("different", [
    ["[0,2]", "[0,1)\\cup(1,2]"], ["[0,2]", "[0,1]\\cup[1,3]"], ["[0,2]", "[-1,1]\\cup[1,2]"], ["[0,2]", "(0,1]\\cup[1,2]"], ["[0,2]", "[0,1]\\cup[1,2)"],
    ["[0,3]", "[0,3)\\cup(1,3)"], ["[0,3]", "[0,2]\\cup[1,3)"], ["[0,3)", "[0,3)\\cup\\{3\\}"], ["[0,1]\\cup[2,3]", "[0,1]\\cup[2,4]"], ["[0,1]\\cup[2,3]", "[0,1]\\cup[1.5,3]"],
    ["[0,1]\\cup[2,3]", "[0,1]\\cup[2,3]\\cup[4,5]"], ["[0,1]\\cup[2,3]", "[0,1]\\cup(2,3]"], ["[0,1]\\cup[2,3]", "[0,1)\\cup[2,3]"], ["[\\frac13,1]", "[0.3333333,1]"],
    ["[0,1]\\cup[2,3]", "[0,3]"], ["(-\\infty,0)", "(0,\\infty)"], ["(-\\infty,0)\\cup(1,\\infty)", "(-\\infty,0)\\cup(1,5)"], ["(-\\infty,0)\\cup(1,2)", "(-5,0)\\cup(1,2)"], ["[1,2]", "\\{0\\}\\cup[1,2]"], ["[-1,0]", "[-1.00000001,0]"],
  ]); // prettier-ignore
});

test("intervals: what is no union of intervals of numbers", () => {
  all(null, [["[0,1]\\cup[2,a]", "[0,1]"], ["[0,1]\\cup 5", "[0,1]"], ["[0,1]\\cup[(1,2),3]", "[0,1]"], ["(1,2,3)", "[0,1]"], ["[2,1]", "[1,2]"], ["5", "[0,1]"], ["1,2", "[0,1]"], ["1:2", "[1,2]"], ["\\{a\\}\\cup[0,1]", "[0,1]"], ["(0,\\sqrt{-1})", "[0,1]"]]); // prettier-ignore
  all("equal", [
    ["(-\\infty, 2]", "(-\\infty,2]"],
    ["\\{1,2\\}", "\\{2\\}\\cup\\{1\\}"],
  ]);
});

test.run();
