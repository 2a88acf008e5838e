import { test } from "uvu";
import * as assert from "uvu/assert";
import { calibrationOf } from "./calibration.ts";
import { readEvaluation } from "./read-evaluation.ts";

const evaluation = (votesPerItem: unknown, more: object = {}) =>
  readEvaluation("evaluate", { accuracy: 0.5, votesPerItem, ...more })!;

test("calibrationOf: questions by their majority, a tie half right", () => {
  // 5 of 10 right: a tie. 9:1 and 1:9: share .9, one right, one wrong. 10:0: share 1, right. Of 4:0 six votes are unreadable: share 1, right.
  const { bins, questions, unreadable, error } = calibrationOf([
    evaluation([
      [5, 5],
      [9, 1],
      [1, 9],
      [10, 0],
      [4, 0],
      [0, 0],
    ]),
  ])!;
  assert.is(questions, 5);
  assert.is(unreadable, 1);
  assert.equal(
    bins.map(({ from, to, questions: count, confidence, accuracy }) => [from, to, count, confidence, accuracy]),
    [
      [0.5, 0.6, 1, 0.5, 0.5],
      [0.8, 0.9, 2, 0.9, 0.5],
      [0.9, 1, 2, 1, 1],
    ],
  );
  assert.ok(Math.abs(error - (2 / 5) * 0.4) < 1e-12, `${error}`);
});

test("calibrationOf: from accuracies alone only where every vote was readable", () => {
  const shares = { perItem: [0.5, 1, 0], samples: 10 };
  assert.is(calibrationOf([evaluation(undefined, { ...shares, unreadable: 0 })])!.questions, 3);
  assert.is(calibrationOf([evaluation(undefined, { ...shares, unreadable: 0.01 })]), null);
});

test("calibrationOf: nothing to say of one vote, of none, and of what is no list of votes", () => {
  assert.is(calibrationOf([]), null);
  assert.is(calibrationOf([evaluation([[1, 0], [0, 1]])]), null); // prettier-ignore
  assert.is(calibrationOf([evaluation([["9", 1]])]), null);
  assert.is(calibrationOf([evaluation([[NaN, 1], null])]), null); // prettier-ignore
});

test.run();
