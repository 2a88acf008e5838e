import { test } from "uvu";
import * as assert from "uvu/assert";
import { unrepeated, withRepeating } from "./repeating.ts";

const all = (pairs: readonly (readonly [text: string, number: string])[]) => {
  for (const [text, number] of pairs) assert.is(unrepeated(withRepeating(text)), number, text);
};

test("repeating: one notation of all, as a quotient", () => {
  for (const text of [
    "0.1\\overline{6}",
    "0.1\\overline6",
    "0.1\\bar{6}",
    "0.1\\bar 6",
    "0.1\\dot6",
    "0.1\\dot{6}",
    "0.1(6)",
    "0.16̅",
    "0.16\u0304",
    "0.16\u0307",
    "0.1{\\overline{6}}",
    "0.1666...",
    "0.1666\\ldots",
    "0.1666\\dots",
  ])
    assert.is(unrepeated(withRepeating(text)), "(15/90)", text); // 16 − 1
  all([["0.(3)", "(3/9)"], [".(3)", "(3/9)"], ["1.(3)", "(12/9)"], ["12.3(45)", "(12222/990)"], ["0.00(7)", "(7/900)"]]); // prettier-ignore
  for (const text of ["0.\\overline{142857}", "0.\\dot{1}4285\\dot{7}", "0.1\u030742857\u0307", "0.1̅4̅2̅8̅5̅7̅", "0.142857142857..."])
    assert.is(unrepeated(withRepeating(text)), "(142857/999999)", text);
});

test("repeating: digits shown that don't repeat, or not often enough", () => {
  all([["3.14159...", "3.14159\\ldots "], ["0.33...", "0.33\\ldots "], ["0.333...", "(3/9)"], ["0.1212...", "(12/99)"], ["0.12...", "0.12\\ldots "], ["0.51212...", "(507/990)"], ["1, 2, ...", "1, 2, \\ldots "], ["0.333", "0.333"], ["2(3)", "2(3)"]]); // prettier-ignore
});

test.run();
