import * as tf from "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { AdvantageBatch } from "../../kinds.ts";
import { assertClose, createPart, leakedTensors } from "../../testing/tensors.ts";
import { discountedReturn } from "./discounted-return.ts";
import { gae } from "./gae.ts";

const batchOf = (mask: number[][], values: number[][], rest: Partial<AdvantageBatch> = {}) =>
  ({ mask: tf.tensor2d(mask), values: tf.tensor2d(values), klPenalty: null, tokenRewards: null, ...rest }) as AdvantageBatch;
const step = (options: object) => createPart(gae, options).part;

test("gae: γ = 0.5, λ = 0.5, from the last token back", () => {
  // ρ = 0, 0, 2; V = 1, 2, 4
  // δ_3 = 2 − 4 = −2; δ_2 = 0 + 0.5·4 − 2 = 0; δ_1 = 0 + 0.5·2 − 1 = 0
  // A_3 = −2; A_2 = 0 + 0.25·(−2) = −0.5; A_1 = 0 + 0.25·(−0.5) = −0.125
  const batch = batchOf([[1, 1, 1]], [[1, 2, 4]]);
  const part = step({ gamma: 0.5, lambda: 0.5 });
  const advantages = part.apply(tf.tensor1d([2]), batch) as tf.Tensor2D;
  assertClose(advantages, [[-0.125, -0.5, -2]]);
  assertClose(part.returnsOf!(advantages, batch), [[0.875, 1.5, 2]]); // A + V
});

test("gae: λ = 1 is the discounted return less the value, whatever the values", () => {
  const mask = [[1, 1, 1, 1], [1, 1, 0, 0]]; // prettier-ignore
  const batch = batchOf(mask, [[0.3, -2, 5, 0.1], [1, -1, NaN, 9]]); // prettier-ignore
  const scores = tf.tensor1d([1, -0.5]);
  const returns = createPart(discountedReturn, { gamma: 0.9 }).part.apply(scores, batch).arraySync() as number[][];
  const expected = [
    returns[0]!.map((value, t) => value - [0.3, -2, 5, 0.1][t]!),
    [returns[1]![0]! - 1, returns[1]![1]! + 1, 0, 0],
  ];
  assertClose(step({ gamma: 0.9, lambda: 1 }).apply(scores, batch), expected);
});

test("gae: λ = 0 is the one-step error", () => {
  // δ_1 = V_2 − V_1 = 1, δ_2 = 3 − V_2 = 1
  assertClose(step({ gamma: 1, lambda: 0 }).apply(tf.tensor1d([3]), batchOf([[1, 1]], [[1, 2]])), [[1, 1]]);
});

test("gae: masked positions are skipped, NaN and ∞ there change nothing, and an empty row is 0", () => {
  // the hole is as if it were not there: δ of the first token looks at the value of the third
  const mask = [[1, 0, 1], [0, 0, 0]]; // prettier-ignore
  const batch = batchOf(mask, [[1, NaN, 2], [Infinity, NaN, 1]]); // prettier-ignore
  const part = step({ gamma: 0.5, lambda: 0.5 });
  const advantages = part.apply(tf.tensor1d([4, NaN]), batch) as tf.Tensor2D;
  assertClose(advantages, [[0 + 0.25 * 2, 0, 2], [0, 0, 0]]); // prettier-ignore
  assertClose(part.returnsOf!(advantages, batch), [[1.5, 0, 4], [0, 0, 0]]); // prettier-ignore
});

test("gae: the KL penalty is taken off the token rewards; given token rewards stand in for both", () => {
  const withKl = batchOf([[1, 1]], [[0, 0]], { klPenalty: tf.tensor2d([[0.5, 0.25]]) });
  assertClose(step({ lambda: 1 }).apply(tf.tensor1d([1]), withKl), [[0.25, 0.75]]);
  const given = batchOf([[1, 1]], [[0, 0]], { tokenRewards: tf.tensor2d([[1, 2]]) });
  assertClose(step({ lambda: 1 }).apply(tf.tensor1d([9]), given), [[3, 2]]);
});

test("gae: without values it says whose it needs", () => {
  const batch = { ...batchOf([[1]], [[0]]), values: null };
  assert.throws(() => step({}).apply(tf.tensor1d([1]), batch), /gae: there are no values, expected those of a critic/);
});

test("gae: leaks no tensor", () => {
  const [batch, scores, part] = [batchOf([[1, 1, 0]], [[1, 2, 3]]), tf.tensor1d([1]), step({})];
  const leaked = leakedTensors(() => {
    const advantages = part.apply(scores, batch) as tf.Tensor2D;
    part.returnsOf!(advantages, batch).dispose();
    advantages.dispose();
  });
  assert.is(leaked, 0);
});

test.run();
