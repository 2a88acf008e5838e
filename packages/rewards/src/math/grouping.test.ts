import { test } from "uvu";
import * as assert from "uvu/assert";
import { ungrouped } from "./grouping.ts";

const all = (pairs: readonly (readonly [text: string, number: string])[]) => {
  for (const [text, number] of pairs) assert.is(ungrouped(text), number, text);
};

test("grouping: spaces, apostrophes and underscores between groups of three", () => {
  all([["1 000", "1000"], ["12 345 678", "12345678"], ["1'000'000", "1000000"], ["1’000’000", "1000000"], ["1_000_000", "1000000"]]); // prettier-ignore
  all([["1 0000", "1 0000"], ["1000 000", "1000 000"], ["1 125/200", "1 125/200"], ["1.5 000", "1.5 000"], ["204_5", "204_5"], ["1'0", "1'0"], ["x_100_000", "x_100_000"]]); // prettier-ignore
});

test("grouping: points between groups, and a decimal comma behind them", () => {
  all([
    ["1.000.000", "1000000"],
    ["1.234,5", "1234.5"],
    ["1.234.567,89", "1234567.89"],
    ["-1.234,5", "-1234.5"],
  ]);
  all([
    ["1.000", "1.000"],
    ["1.234", "1.234"],
    ["1.23,4", "1.23,4"],
    ["1.234,5,6", "1.234,5,6"],
    ["1,000", "1,000"],
  ]);
  all([["3\\decimalcomma 14", "3.14"]]);
});

test.run();
