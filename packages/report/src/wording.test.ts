import { test } from "uvu";
import * as assert from "uvu/assert";
import { counted, listing, percent, plainNumber, points, probability, short, tokenShare } from "./wording.ts";

test("numbers: what was not measured is a dash, what is no number says so", () => {
  assert.equal(
    [0.6125, 1, 0, null, NaN].map((value) => percent(value)),
    ["61.3 %", "100.0 %", "0.0 %", "–", "–"],
  );
  assert.equal([0.136, -0.0021, 0, -0.0001, null].map(points), ["+13.6", "−0.2", "0.0", "0.0", "–"]);
  assert.equal([1.0234, 0, 3, 123.4, 12345.6, 0.00001, -2.5, NaN, Infinity, null].map(plainNumber), [
    "1.02",
    "0",
    "3",
    "123",
    "1.2e+4",
    "1.0e-5",
    "−2.50",
    "NaN",
    "∞",
    "–",
  ]);
});

test("tokenShare: 0 only where it is nothing at all", () => {
  assert.equal([0, 1e-7, 0.0012, 0.21, null].map(tokenShare), ["0 %", "< 0.01 %", "0.12 %", "21.00 %", "–"]);
});

test("words", () => {
  assert.equal([0.5, 0.03125, 0.0001, 1].map(probability), ["0.5", "0.031", "< 0.001", "1"]);
  assert.is(listing(["a", "b", "c"]), "a, b and c");
  assert.is(counted(1, "run"), "1 run");
  assert.is(short("🎉".repeat(9), 4), "🎉🎉🎉…");
});

test.run();
