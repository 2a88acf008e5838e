import { test } from "uvu";
import * as assert from "uvu/assert";
import { inLatex } from "./characters.ts";

const all = (pairs: readonly (readonly [text: string, latex: string])[]) => {
  for (const [text, latex] of pairs) assert.is(inLatex(text), latex, text);
};

test("characters: digits of any script, and of any style", () => {
  // Arabic, Persian, Devanagari, Bengali, Thai, Khmer, full-width, mathematical bold and (right behind it) double-struck
  for (const zero of [0x30, 0x660, 0x6f0, 0x966, 0x9e6, 0xe50, 0x17e0, 0xff10, 0x1d7ce, 0x1d7d8]) {
    const digits = Array.from({ length: 10 }, (_, value) => String.fromCodePoint(zero + value)).join("");
    assert.is(inLatex(digits), "0123456789", digits);
  }
  all([["𝑥+𝐲", "x+y"], ["ｘ＋１", "x+1"], ["②", "②"], ["Ⅴ", "Ⅴ"]]); // prettier-ignore
});

test("characters: raised and lowered ones keep their height", () => {
  all([["x²³", "x^{23}"], ["10⁻³", "10^{-3}"], ["a⁽ⁿ⁺¹⁾", "a^{(n+1)}"], ["xⁱʸ", "x^{iy}"], ["log₂ 8", "log_{2} 8"], ["xᵢⱼ", "x_{ij}"], ["a₍ₙ₋₁₎", "a_{(n-1)}"], ["x₁²", "x_{1}^{2}"]]); // prettier-ignore
});

test("characters: fractions and roots", () => {
  all([["½", "\\frac{1}{2}"], ["2¾", "2\\frac{3}{4}"], ["⅐", "\\frac{1}{7}"], ["⅒", "\\frac{1}{10}"], ["↉", "\\frac{0}{3}"], ["12⁄35", "\\frac{12}{35}"]]); // prettier-ignore
  all([["√2", "\\sqrt{2}"], ["√12.5x", "\\sqrt{12.5}x"], ["√x", "\\sqrt x"], ["√(2)", "\\sqrt (2)"], ["∛8", "\\sqrt[3]{8}"], ["∛ x", "\\sqrt[3]{x}"]]); // prettier-ignore
});

test("characters: dashes, spaces and what has no width", () => {
  all([["−5", "-5"], ["‐‑‒–﹣", "-----"], ["3–5", "3\\rangedash 5"], ["3—5", "3\\rangedash 5"], ["3 – 5", "3 - 5"], ["–5", "-5"]]); // prettier-ignore
  all([["1\u202f000\u00a0000", "1 000 000"], ["a\tb\nc", "a b c"], ["1\u200b0\u00ad0\ufeff", "100"]]); // prettier-ignore
});

test("characters: signs and letters as LaTeX's commands", () => {
  all([["2π", "2\\pi "], ["Δx", "\\Delta x"], ["a×b÷c", "a\\times b\\div c"], ["x≤3", "x\\le 3"], ["90°", "90^\\circ "], ["20℃", "20^\\circ C"], ["x∈ℝ", "x\\in \\mathbb{R}"], ["∅", "\\emptyset "], ["1…", "1..."], ["٣٫٥", "3.5"]]); // prettier-ignore
  all([["♥", "♥"], ["cafe\u0301", "café"]]); // prettier-ignore
});

test.run();
