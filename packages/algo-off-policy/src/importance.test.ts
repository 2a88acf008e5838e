import * as tf from "@tensorflow/tfjs";
import { assertClose, createPart, leakedTensors, optionProblems, registryWith } from "@rewardlab/core/testing";
import { test } from "uvu";
import * as assert from "uvu/assert";
import plugin from "./index.ts";
import { maskedImportance } from "./masked-importance.ts";
import { truncatedImportance } from "./truncated-importance.ts";

const everywhere = (rows: number, columns: number, value: number) =>
  tf.tensor2d(Array.from({ length: rows }, () => Array<number>(columns).fill(value)));

// w of the tokens: 3, 0.5 | 0.25, outside, NaN. The first response's product is 1.5
const d = [
  [Math.log(3), Math.log(0.5), NaN],
  [Math.log(0.25), -Infinity, 7],
];
const batch = {
  oldLogProbs: tf.tensor2d(d.map((row) => row.map((value) => value - 2))),
  rolloutLogProbs: everywhere(2, 3, -2),
  logProbs: everywhere(2, 3, NaN),
  advantages: everywhere(2, 3, NaN),
  mask: tf.tensor2d([
    [1, 1, 0],
    [1, 0, 0],
  ]),
};
const made = (component: typeof truncatedImportance, options: object, given = batch) => {
  const { part, metrics } = createPart(component, options);
  const result = part.apply(given);
  return { ...result, metrics: metrics.take() };
};

test("truncated-importance: the weight is at most the cap, 0 in the padding, and all is kept", () => {
  const { weights, mask, metrics } = made(truncatedImportance, {});
  assertClose(weights, [
    [2, 0.5, 0],
    [0.25, 0, 0],
  ]);
  assertClose(mask, batch.mask.arraySync());
  assertClose(metrics.truncatedWeightFraction!, 1 / 3);
  assertClose(metrics.largestCorrectionWeight!, 3);
});

test("truncated-importance: at level sequence one weight a response, the product", () => {
  // 3 · 0.5 = 1.5, cut to 1.25
  const { weights, metrics } = made(truncatedImportance, { level: "sequence", cap: 1.25 });
  assertClose(weights, [
    [1.25, 1.25, 0],
    [0.25, 0, 0],
  ]);
  assertClose(metrics.truncatedWeightFraction!, 2 / 3, 1e-6);
});

test("masked-importance: beyond the range the weight is 0, at its ends it stays", () => {
  const { weights, mask, metrics } = made(maskedImportance, { low: 0.5, high: 2 });
  assertClose(weights, [
    [0, 0.5, 0],
    [0, 0, 0],
  ]);
  assertClose(mask, batch.mask.arraySync());
  assertClose(metrics.maskedWeightFraction!, 2 / 3);
});

test("masked-importance: no upper bound, no lower bound, and a whole response at a time", () => {
  assertClose(made(maskedImportance, { low: 1, high: null }).weights, [
    [3, 0, 0],
    [0, 0, 0],
  ]);
  assertClose(made(maskedImportance, { low: 0, high: 2 }).weights, [
    [0, 0.5, 0],
    [0.25, 0, 0],
  ]);
  assertClose(made(maskedImportance, { level: "sequence", low: 1, high: 2 }).weights, [
    [1.5, 1.5, 0],
    [0, 0, 0],
  ]);
});

test("masked-importance: a range that keeps nothing is refused", () => {
  const problems = (options: object) => optionProblems(registryWith(plugin), maskedImportance, options);
  assert.match(problems({ low: 3, high: 2 }).join(), /low: 3 is given and high is 2: .* expected at most high/);
  assert.equal([problems({ low: 1, high: 1 }), problems({ low: 9, high: null })], [[], []]);
});

test("importance weights: log ratios of ±200 are finite", () => {
  const far = { ...batch, oldLogProbs: tf.tensor2d([[198, -202, 0], [-202, 0, 0]]) }; // prettier-ignore
  assertClose(made(truncatedImportance, {}, far).weights, [
    [2, 0, 0],
    [0, 0, 0],
  ]);
  assertClose(made(maskedImportance, {}, far).weights, tf.zeros([2, 3]).arraySync());
});

test("importance weights: a NaN inside stays one", () => {
  const broken = { ...batch, rolloutLogProbs: everywhere(2, 3, NaN) };
  for (const component of [truncatedImportance, maskedImportance])
    assert.ok(Number.isNaN(made(component, {}, broken).weights.arraySync()[0]![0]));
});

test("importance weights: leak no tensor", () => {
  const leaked = leakedTensors(() => {
    for (const component of [truncatedImportance, maskedImportance]) {
      const { part, metrics } = createPart(component, { level: "sequence" });
      const { weights, mask } = part.apply(batch);
      tf.dispose([weights, mask]);
      metrics.take();
    }
  });
  assert.is(leaked, 0);
});

test.run();
