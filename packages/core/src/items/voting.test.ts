import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Preferred } from "../kinds.ts";
import { turned, voteSums, winnerOf } from "./voting.ts";

const votes = (...given: readonly (readonly [Preferred | null, number])[]) =>
  given.map(([choice, confidence]) => ({ choice, confidence }));

test("voting: a majority, and the sum of confidence, which may say otherwise", () => {
  const given = votes([1, 0.9], [2, 0.4], [2, 0.3], [null, 0.8], ["tie", 0.5]);
  assert.equal(voteSums(given, "majority"), { 1: 1, 2: 2, tie: 1 });
  assert.is(winnerOf(voteSums(given, "majority")), 2);
  assert.equal(voteSums(given, "confidence"), { 1: 0.9, 2: 0.7, tie: 0.5 }); // 0.4 + 0.3
  assert.is(winnerOf(voteSums(given, "confidence")), 1);
});

test("voting: nobody wins where two have as much, or none can be read", () => {
  assert.is(winnerOf(voteSums(votes([1, 1], [2, 1]), "majority")), null);
  assert.is(winnerOf(voteSums(votes([null, 1]), "majority")), null);
  assert.is(winnerOf(voteSums([], "confidence")), null);
  assert.is(winnerOf({ 1: 1, 2: 1, tie: 2 }), "tie");
});

test("voting: the other way round", () => {
  assert.equal(([1, 2, "tie", null] as const).map(turned), [2, 1, "tie", null]);
});

test.run();
