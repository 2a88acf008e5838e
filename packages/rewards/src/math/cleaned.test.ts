import { test } from "uvu";
import * as assert from "uvu/assert";
import { cleaned, isSameText, isWords } from "./cleaned.ts";

const all = (pairs: readonly (readonly [answer: string, text: string])[]) => {
  for (const [answer, text] of pairs) assert.is(cleaned(answer), text, answer);
};

test("cleaned: without what stands around the whole", () => {
  all([["$9$", "9"], ["\\( 9 \\)", "9"], ["\\[ 9 \\]", "9"], ["\\[9\\]", "9"], ["$$\n9\n$$", "9"], ["9.", "9"], [" 9 ,; ", "9"], ["9\\\\", "9"]]); // prettier-ignore
  all([["\\boxed{9}", "9"], ["\\fbox{9}", "9"], ["\\boxed {9}", "9"], ["\\boxed{\\boxed{9}.}", "9"], ["$\\boxed{\\text{9}}$.", "9"], ["\\boxed{\\{9\\}}", "\\{9\\}"]]); // prettier-ignore
  all([["\\boxed{1}+\\boxed{2}", "\\boxed{1}+\\boxed{2}"], ["\\boxed{1", "\\boxed{1"], ["\\boxed{\\}", "\\boxed{\\}"], ["\\boxed{{1}2}", "{1}2"], ["1\\boxed{2}", "1\\boxed{2}"]]); // prettier-ignore
  all([["the final answer is: 9", "9"], ["Answer: 9", "9"], ["answer = 9", "9"], ["answers 9", "answers 9"]]); // prettier-ignore
});

test("cleaned: emphasis", () => {
  all([["**9**", "9"], ["__9__", "9"], ["*9*", "9"], ["`9`", "9"], ["***9***", "9"], ["**9**.", "9"], ["so **9** it is", "so 9 it is"], ["2**3", "2**3"], ["a**b**c", "a**b**c"], ["~~9~~", "\\struck 9\\struck "]].map(([a, b]) => [a!, b!.trim()] as const)); // prettier-ignore
});

test("cleaned: words, and letters set upright", () => {
  all([["\\mathrm{e}", "e"], ["2\\mathrm{i}", "2 i"], ["\\operatorname{arcsin} x", "\\arcsin x"], ["\\mathrm{asin}x", "\\asin x"], ["5\\mathrm{ cm }", "5\\text{cm}"], ["5\\textbf{ cm }", "5\\text{cm}"], ["\\mbox{odd}", "odd"], ["\\text{a}\\text{b}", "\\text{a}\\text{b}"]]); // prettier-ignore
});

test("cleaned: the same text", () => {
  for (const [a, b] of [["Even", "even"], ["\\text{Even}", "even"], ["x + 1", "x+1"], ["\\text{5 cm}", "5 cm"], ["5cm", "5 cm"], ["C", "\\text{C}"], ["Jean-Luc", "jean-luc"], ["abcd", "ABCD"]] as const) assert.ok(isSameText(a, b) && isSameText(b, a), a); // prettier-ignore
  for (const [a, b] of [["AB", "ab"], ["ABC", "abc"], ["xyz", "XYZ"], ["1 1/2", "11/2"], ["X", "x"], ["a b", "ab"], ["5 Even", "5 even"], ["Even", "odd"], ["Even", "evenly 5"], ["X+1", "x+1"]] as const) assert.not.ok(isSameText(a, b) || isSameText(b, a), a); // prettier-ignore
});

test("cleaned: words, and products of letters", () => {
  for (const text of ["Evelyn", "no", "no solution", "don't", "don’t", "abcd", "x-axis", "Dr. No"])
    assert.ok(isWords(text), text);
  for (const text of ["ab", "AB", "xyz", "XXYZ", "abc", "x", "5 cm", "a+b", "-ab", "naïve"]) assert.not.ok(isWords(text), text);
});

test.run();
