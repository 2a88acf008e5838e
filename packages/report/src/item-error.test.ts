import { test } from "uvu";
import * as assert from "uvu/assert";
import { itemStandardError } from "./item-error.ts";
import { readEvaluation } from "./read-evaluation.ts";
import type { Evaluation } from "./read-evaluation.ts";

const evaluation = (perItem: readonly unknown[]): Evaluation => readEvaluation("evaluate", { accuracy: 0.5, perItem })!;

test("itemStandardError: pairs by item", () => {
  // d = 1, 0, 1, 0: mean ½, variance 4·¼/3 = ⅓, SE = √(⅓/4) = 0.288675.
  const error = itemStandardError([[evaluation([0, 0, 0, 1]), evaluation([1, 0, 1, 1])]]);
  assert.ok(Math.abs(error! - Math.sqrt(1 / 12)) < 1e-12, `${error}`);
});

test("itemStandardError: several pairs are averaged item by item first", () => {
  // d = 1, 0 and d = 0, 1: their means are ½, ½, so nothing is left to chance between these items.
  const pairs = [
    [evaluation([0, 0]), evaluation([1, 0])],
    [evaluation([0, 0]), evaluation([0, 1])],
  ] as const;
  assert.is(itemStandardError(pairs), 0);
});

test("itemStandardError: nothing where the items don't match or are not known", () => {
  assert.is(itemStandardError([]), null);
  assert.is(itemStandardError([[evaluation([0, 1]), evaluation([0, 1, 1])]]), null);
  assert.is(itemStandardError([[evaluation([0, null]), evaluation([0, 1])]]), null);
});

test.run();
