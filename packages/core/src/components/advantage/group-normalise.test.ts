import * as tf from "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { AdvantageBatch } from "../../kinds.ts";
import { assertClose, createPart } from "../../testing/tensors.ts";
import { groupNormalise } from "./group-normalise.ts";

const apply = (options: object, scores: number[], groups: number[]) =>
  createPart(groupNormalise, options).part.apply(tf.tensor1d(scores), {
    groupIds: tf.tensor1d(groups, "int32"),
  } as unknown as AdvantageBatch);

test("group-normalise: minus the mean, by the unbiased deviation", () => {
  // group 1: 1, 3, 5: mean 3, σ² = (4 + 0 + 4)/2 = 4, σ = 2 → −1, 0, 1;  group 2: 0, 1: mean 0.5, σ² = 0.5 → ±0.5/0.70711 = ±0.70711
  // ε = 1e-6 takes off 7e-7 at most
  assertClose(apply({}, [1, 0, 3, 1, 5], [1, 2, 1, 2, 1]), [-1, -Math.SQRT1_2, 0, Math.SQRT1_2, 1], 2e-6);
});

test("group-normalise: the population deviation, and ε added to it", () => {
  // 0, 1: σ = 0.5; (±0.5)/(0.5 + 0.5) = ±0.5
  assertClose(apply({ deviation: "population", epsilon: 0.5 }, [0, 1], [1, 1]), [-0.5, 0.5]);
});

test("group-normalise: equal scores get exactly 0, whatever ε", () => {
  assert.equal(apply({ epsilon: 1e-9 }, [0.1, 0.1, 0.1], [1, 1, 1]).arraySync(), [0, 0, 0]);
  assert.equal(apply({ epsilon: 0 }, [0.1, 0.1, 0.1], [1, 1, 1]).arraySync(), [0, 0, 0]);
});

test("group-normalise: leave-one-out takes mean and deviation of the others", () => {
  // 1: others 3, 7: mean 5, σ² = (4 + 4)/1 = 8 → −4/√8;  3: others 1, 7: mean 4, σ² = 18 → −1/√18;  7: others 1, 3: mean 2, σ² = 2 → 5/√2
  assertClose(apply({ leaveOneOut: true }, [1, 3, 7], [4, 4, 4]), [-4 / Math.sqrt(8), -1 / Math.sqrt(18), 5 / Math.SQRT2], 5e-6);
});

test("group-normalise: leave-one-out divides only where the others differ", () => {
  // 1 against 0.1, 0.1, 0.1: their σ is 0 → 0.9;  0.1 against 1, 0.1, 0.1: mean 0.4, σ² = (0.36 + 2·0.09)/2 = 0.27 → −0.3/√0.27
  const low = -0.3 / Math.sqrt(0.27);
  assertClose(apply({ leaveOneOut: true }, [1, 0.1, 0.1, 0.1], [1, 1, 1, 1]), [0.9, low, low, low], 5e-6);
  // two responses: a single other has no deviation
  assertClose(apply({ leaveOneOut: true }, [1, 4], [1, 1]), [-3, 3]);
});

test("group-normalise: over the batch, σ is that of all scores, the mean the group's", () => {
  // groups 0, 2 and 3, 7: means 1 and 5; all of 0, 2, 3, 7: mean 3, σ² = (9 + 1 + 0 + 16)/3 = 26/3 → −1, 1, −2, 2 by √(26/3)
  const sigma = Math.sqrt(26 / 3);
  assertClose(
    apply({ over: "batch", epsilon: 0 }, [0, 2, 3, 7], [1, 1, 2, 2]),
    [-1, 1, -2, 2].map((value) => value / sigma),
  );
  // equal within each group: no advantage, though the batch has a deviation
  assert.equal(apply({ over: "batch" }, [1, 1, 0, 0], [1, 1, 2, 2]).arraySync(), [0, 0, 0, 0]);
  assert.equal(apply({ over: "batch", epsilon: 0 }, [1, 1, 1], [1, 1, 2]).arraySync(), [0, 0, 0]);
  for (const options of [{ leaveOneOut: true }, { singleton: "score" }])
    assert.throws(() => apply({ over: "batch", ...options }, [1, 2], [1, 1]), /over: batch goes with none of/);
});

test("group-normalise: alone in its group a response gets 0, or its score / (1 + ε)", () => {
  assertClose(apply({}, [4, 1, 3], [1, 2, 2]).dataSync()[0]!, 0);
  assertClose(apply({ singleton: "score", epsilon: 0.25 }, [4, 1, 3], [1, 2, 2]).dataSync()[0]!, 3.2);
  assertClose(apply({ singleton: "score", leaveOneOut: true }, [4, 1, 3], [1, 2, 2]), [4, -2, 2], 1e-5);
});

test("group-normalise: a NaN score makes its own group NaN and no other, in every form", () => {
  for (const options of [{}, { leaveOneOut: true }, { deviation: "population" }, { singleton: "score" }]) {
    const result = apply(options, [NaN, 1, 2, 0, 2, 4, NaN], [1, 1, 1, 2, 2, 2, 3]).arraySync() as number[];
    assert.equal(result.map(Number.isNaN), [true, true, true, false, false, false, true]);
  }
});

test("group-normalise: huge scores are as far apart as small ones", () => {
  // 1e20² overflows float32; the advantages of 1, 0, −1 times anything are the same
  assertClose(apply({ epsilon: 0 }, [1e20, 0, -1e20, 1, 0, -1], [1, 1, 1, 2, 2, 2]), [1, 0, -1, 1, 0, -1]);
});

test("group-normalise: a NaN score that is left out has the advantage 0 and enters no mean", () => {
  const out = { nanScores: "left-out", epsilon: 0 };
  // 1 and 3: mean 2, σ = √2
  assertClose(apply(out, [1, NaN, 3, NaN, NaN], [1, 1, 1, 2, 2]), [-Math.SQRT1_2, 0, Math.SQRT1_2, 0, 0]);
});

test.run();
