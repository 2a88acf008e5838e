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
