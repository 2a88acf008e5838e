import { test } from "uvu";
import * as assert from "uvu/assert";
import { curvePoints, firstNamed, readVotes } from "./vote-curves.ts";

const results = (more: object = {}) => ({
  samples: 4,
  perItem: [0.5, 1, 0],
  byItem: { groups: "0 0 1" },
  votes: {
    curves: { majority: { "1": { tokens: 10 }, "2": { tokens: 20 } } },
    position: { choosesFirst: 0.75, consistent: 0.5 },
    byItem: {
      won: { majority: { "1": "4 8 0", "2": "2 4 0" } },
      tokens: "40 40 40",
      first: "3 4 2",
      decided: "4 4 4",
    },
  },
  ...more,
});
const near = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 1e-12, `${actual}, expected ${expected}`);

test("vote curves: shares of rounds won, from halves and samples", () => {
  const votes = readVotes(results())!;
  // 4 of 8 halves in 4 rounds of one; 2 of 4 halves in 2 rounds of two
  assert.equal(votes.shares, { majority: { "1": [0.5, 1, 0], "2": [0.5, 1, 0] } });
  assert.equal([votes.groups, votes.consistent, votes.position!.first], [["0", "0", "1"], 0.5, [3, 4, 2]]);
});

test("vote curves: nothing where nothing was measured, or columns don't fit the items", () => {
  assert.is(readVotes(results({ votes: undefined })), null);
  assert.is(readVotes(results({ perItem: [1] })), null);
  assert.is(readVotes(results({ votes: { byItem: { won: { majority: { "1": "4 x 0" } } } } })), null);
});

test("vote curves: means over seeds and items, and intervals over groups", () => {
  const one = readVotes(results())!;
  const other = { ...one, shares: { majority: { "1": [1, 1, 0] } } };
  const [first, second] = curvePoints([one, other]);
  // items ¾, 1, 0 over both seeds; two votes are of the first seed alone
  near(first!.share, (0.75 + 1 + 0) / 3);
  near(second!.share, 0.5);
  assert.equal([first!.votes, first!.tokens, second!.tokens], [1, 10, 20]);
  // two groups: every resample is of the first (7/8), of the second (0), or of both
  near(first!.low, 0);
  near(first!.high, 1.75 / 2);
});

test("vote curves: which response is named, over votes and not over items", () => {
  near(firstNamed([readVotes(results())!])!.share, 9 / 12);
  const { votes } = results();
  const plain = readVotes(results({ votes: { ...votes, byItem: { won: votes.byItem.won, tokens: "" } } }))!;
  assert.is(firstNamed([plain]), null);
});

test.run();
