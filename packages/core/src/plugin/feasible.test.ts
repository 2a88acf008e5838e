import { totalmem } from "node:os";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { memoryIssues, sizeText, timeIssues } from "./feasible.ts";

test("memory: what this machine has is no issue, more is", () => {
  assert.equal(memoryIssues(["width"], totalmem(), "weights"), []);
  const [issue] = memoryIssues(["width"], 2 ** 60, "weights");
  assert.is(issue!.message, `weights: takes at least 1.00 EiB of memory, and this machine has ${sizeText(totalmem())}`);
  assert.equal(issue!.path, ["width"]);
});

test("time: a year at a thousand steps a second is no issue, more is", () => {
  assert.equal(timeIssues(["iterations"], 3.15e10, "iterations"), []);
  const [issue] = timeIssues(["iterations"], 1e15, "iterations");
  assert.is(issue!.message, "1.00e+15 iterations: 31,710 years at 1,000 a second, which no machine reaches");
});

test("sizes in words", () => {
  assert.equal([0.5, 1, 1536, 2 ** 31, 2 ** 75].map(sizeText), ["0.500 B", "1.00 B", "1.50 KiB", "2.00 GiB", "3.3e+4 EiB"]);
});

test.run();
