import { test } from "uvu";
import * as assert from "uvu/assert";
import fc from "fast-check";
import { withNumberWords } from "./number-words.ts";

const read = (text: string) => withNumberWords(text).replace(/\s+/g, " ").trim();

test("number words: cardinals, scales and parts", () => {
  for (const [text, number] of [
    ["twenty-one", "21"],
    ["one hundred and five", "105"],
    ["one million two hundred thousand and five", "1200005"],
    ["fifteen hundred", "1500"],
    ["2.5 billion", "2500000000"],
    ["1,500 thousand", "1500000"],
    ["three dozen", "36"],
    ["half a million", "500000"],
    ["a dozen", "12"],
    ["two thirds", "\\frac{2}{3}"],
    ["3 and a half", "\\frac{7}{2}"],
    ["two and three quarters", "\\frac{11}{4}"],
    ["7 squared", "7^{2}"],
    ["5\\text{ million dollars}", "5000000 \\text{dollars}"],
    ["1/2 million", "1/2 \\cdot 1000000"], // half a million, not 1/2000000
  ] as const)
    assert.is(read(text), number, text);
});

test("number words: every word that counts, alone", () => {
  const values = { zero: 0, one: 1, nine: 9, ten: 10, eleven: 11, nineteen: 19, twenty: 20, thirty: 30, ninety: 90 };
  for (const [word, value] of Object.entries(values)) assert.is(read(word), String(value), word);
  const scales = { hundred: 2, thousand: 3, lakh: 5, million: 6, mln: 6, crore: 7, billion: 9, bn: 9, trillion: 12, quadrillion: 15, quintillion: 18 }; // prettier-ignore
  for (const [word, zeros] of Object.entries(scales))
    for (const text of [`3 ${word}`, `three ${word}`, `3 ${word}s`, `3\\text{ ${word}}`])
      assert.is(read(text), `3${"0".repeat(zeros)}`, text);
  assert.equal(["2 dozen", "2 score", "2 gross", "2 dozens"].map(read), ["24", "40", "288", "24"]);
  const parts = { half: 2, third: 3, quarter: 4, fourth: 4, fifth: 5, tenth: 10, twelfth: 12, twentieth: 20, hundredth: 100, thousandth: 1000, millionth: 1_000_000 }; // prettier-ignore
  for (const [word, bottom] of Object.entries(parts)) {
    assert.is(read(`a ${word}`), `\\frac{1}{${bottom}}`);
    assert.is(read(`one ${word}`), `\\frac{1}{${bottom}}`);
    if (word !== "half") assert.is(read(`7 ${word}s`), 7 % bottom === 0 ? String(7 / bottom) : `\\frac{7}{${bottom}}`);
  }
  assert.is(read("three halves"), "\\frac{3}{2}");
  assert.is(read("four halves"), "2");
});

test("number words: signs, hyphens, capitals and digits among them", () => {
  for (const [text, number] of [
    ["minus five", "-5"],
    ["Negative Twenty One", "-21"],
    ["NEGATIVE two thirds", "-\\frac{2}{3}"],
    ["minus", "minus"],
    ["minus(five)", "minus( 5 )"],
    ["3 Half", "3 Half"],
    ["thirty-two-thousand", "32000"],
    ["twenty - one", "20 - 1"],
    ["2 -million", "2 - \\cdot 1000000"],
    ["0.5 million", "500000"],
    [".5 dozen", "6"],
    ["0.25 dozen", "3"],
    ["1.5 hundred", "150"],
    ["2 hundred thousand", "200000"],
    ["5 hundred and 6", "500 and 6"],
    ["1,234,567 million", "1234567000000"],
    ["0.12345 thousand", "\\frac{2469}{20}"], // 123.45
  ] as const)
    assert.is(read(text), number, text);
});

test("number words: what goes together, and what ends before the next", () => {
  for (const [text, number] of [
    ["one hundred", "100"],
    ["a hundred", "100"],
    ["a hundred and one", "101"],
    ["a hundred one", "101"],
    ["a thousand", "1000"],
    ["ten thousand", "10000"],
    ["two million three thousand", "2003000"],
    ["two thousand million", "2000 \\cdot 1000000"], // scales fall; what doesn't is a factor
    ["two thousand thousand", "2000 \\cdot 1000"],
    ["a hundred hundred", "100 hundred"],
    ["twenty hundred", "2000"],
    ["zero hundred", "0 hundred"],
    ["hundred", "hundred"],
    ["hundred and five", "hundred and 5"],
    ["twenty ten", "20 10"],
    ["twenty zero", "20 0"],
    ["twenty-nine", "29"],
    ["thirteen five", "13 5"],
    ["five five", "5 5"],
    ["ten five", "10 5"],
    ["one hundred twenty-five", "125"],
    ["one hundred twenty-five six", "125 6"],
    ["zero five", "0 5"],
    ["two and", "2 and"],
    ["a", "a"],
    ["a five", "a 5"],
    ["million", "\\cdot 1000000"],
    ["an eighth", "\\frac{1}{8}"],
    ["a thousand and one", "1001"],
    ["a thousand and a", "1000 and a"],
    ["two thousand and fifty", "2050"],
    ["two thousand and two thirds", "\\frac{6002}{3}"],
    ["twenty and five", "20 and 5"], // a list
    ["5 and 6", "5 and 6"],
    ["three and five", "3 and 5"],
  ] as const)
    assert.is(read(text), number, text);
});

test("number words: parts", () => {
  for (const [text, number] of [
    ["half", "\\frac{1}{2}"],
    ["third", "third"], // the third
    ["one thirds", "1 thirds"],
    ["two third", "2 third"],
    ["two half", "2 half"],
    ["half a dozen", "6"],
    ["half a hundred", "50"],
    ["half hundred", "50"],
    ["half million", "500000"],
    ["half a mile", "\\frac{1}{2} a mile"],
    ["a quarter of a million", "\\frac{1}{4} of 1000000"], // "of" makes it unreadable
    ["a third million", "\\frac{1000000}{3}"],
    ["two and a half million", "\\frac{5}{2} \\cdot 1000000"],
    ["two and half", "\\frac{5}{2}"],
    ["2 and half", "\\frac{5}{2}"],
    ["two and one third", "\\frac{7}{3}"],
    ["two and a third", "\\frac{7}{3}"],
    ["and a half", "and \\frac{1}{2}"],
    ["two and third", "2 and third"],
    ["two and a five", "2 and a 5"],
    ["1.5 thirds", "1.5 thirds"], // parts are of whole numbers
    ["two thousand thirds", "2000 thirds"],
    ["twenty-one hundredths", "\\frac{21}{100}"],
    ["half quarter", "\\frac{1}{2} quarter"],
    ["half half", "\\frac{1}{2} half"],
    ["3 half", "3 half"], // 3½ or 3 halves
    ["\\frac{1}{3} half", "\\frac{1}{3} half"],
  ] as const)
    assert.is(read(text), number, text);
});

test("number words: in \\text, and behind what they would scale", () => {
  for (const [text, number] of [
    ["5\\text{ million}", "5000000"],
    ["\\text{five}", "5"],
    ["5\\text{ MILLION Apples}", "5000000 \\text{Apples}"],
    ["\\frac{1}{2} Million", "\\frac{1}{2} \\cdot 1000000"],
    ["\\text{five apples}", "5 \\text{apples}"],
    ["\\text{twenty-one apples}", "21 \\text{apples}"],
    ["\\text{not five}", "\\text{not 5 }"],
    ["\\text{and five}", "and 5"],
    ["\\text{and a}", "\\text{and a}"],
    ["\\text{five} \\text{not six}", "5 \\text{not 6 }"],
    ["7\\text{ squared}", "7^{2}"],
    ["1/2 million", "1/2 \\cdot 1000000"],
    ["2^3 million", "2^3 \\cdot 1000000"],
    ["\\frac{1}{2} million", "\\frac{1}{2} \\cdot 1000000"],
    ["x_2 million", "x_2 \\cdot 1000000"],
    ["\\million", "\\million"],
    ["five millions", "5000000"],
    ["cubed", "cubed"],
    ["x cubed", "x^{3}"],
    ["(x+1) squared", "(x+1)^{2}"],
    ["2.5 Squared", "2.5^{2}"],
    ["Five CUBED", "5^{3}"],
  ] as const)
    assert.is(read(text), number, text);
});

test("number words: what has another meaning stays", () => {
  for (const text of ["a", "quarter", "the third", "5 zillion", "-3 squared", "2/3 squared", "seconds"])
    assert.is(read(text), text, text);
  assert.is(read("one and two"), "1 and 2"); // a list
  assert.is(read("half of 10"), "\\frac{1}{2} of 10");
});

test("number words: every number below a million, written out, is read", () => {
  const ones = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(" "); // prettier-ignore
  const tens = "zero ten twenty thirty forty fifty sixty seventy eighty ninety".split(" ");
  const words = (n: number): string => {
    if (n < 20) return ones[n]!;
    if (n < 100) return tens[Math.floor(n / 10)]! + (n % 10 === 0 ? "" : `-${ones[n % 10]!}`);
    const [size, name] = n < 1000 ? [100, "hundred"] : [1000, "thousand"];
    const rest = n % size;
    return `${words(Math.floor(n / size))} ${name}${rest === 0 ? "" : rest < 100 ? ` and ${words(rest)}` : ` ${words(rest)}`}`;
  };
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 999_999 }), (n) => assert.is(read(words(n)), String(n), words(n))),
    { numRuns: 500, seed: 1 },
  );
});

test.run();
