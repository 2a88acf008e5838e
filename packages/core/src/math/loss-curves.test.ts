import * as tf from "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { clampedRatio } from "../components/ratio/clamped.ts";
import { sequenceRatio } from "../components/ratio/sequence.ts";
import { tokenRatio } from "../components/ratio/token.ts";
import { cispoSurrogate } from "../components/surrogate/cispo.ts";
import { clipSurrogate } from "../components/surrogate/clip.ts";
import { formulaSurrogate } from "../components/surrogate/formula.ts";
import { plainSurrogate } from "../components/surrogate/plain.ts";
import type { Component } from "../plugin/component.ts";
import { lossCurves, ratioGrid } from "./loss-curves.ts";
import { assertClose, createPart, leakedTensors } from "../testing/tensors.ts";

const curves = (ratio: [Component<"ratio">, object?], surrogate: [Component<"surrogate">, object?], ratios: number[]) => {
  const parts = { ratio: createPart(...ratio), surrogate: createPart(...surrogate) };
  try {
    return lossCurves({ ratio: parts.ratio.part, surrogate: parts.surrogate.part }, ratios);
  } finally {
    parts.ratio.metrics.take();
    parts.surrogate.metrics.take();
  }
};
function check(given: ReturnType<typeof curves>, expected: { loss: number[][]; gradient: number[][] }): void {
  assert.equal(
    given.map(({ advantage }) => advantage),
    [1, -1],
  );
  given.forEach(({ points }, index) => {
    assertClose(tf.tensor1d(points.map(({ loss }) => loss)), expected.loss[index], 1e-5);
    assertClose(tf.tensor1d(points.map(({ gradient }) => gradient)), expected.gradient[index], 1e-5);
  });
}

test("loss curves: clip by hand", () => {
  // A = 1: −min(ρ, clip ρ); gradient −ρ up to 1.2, then 0.   A = −1: max(ρ, clip ρ); gradient 0 below 0.8, then ρ
  check(curves([tokenRatio], [clipSurrogate], [0.5, 1, 2]), {
    loss: [
      [-0.5, -1, -1.2],
      [0.8, 1, 2],
    ],
    gradient: [
      [-0.5, -1, 0],
      [0, 1, 2],
    ],
  });
});

test("loss curves: what the ratio component does shows, and the axis stays the token's own ratio", () => {
  const limit = Math.log(4);
  const given = curves([clampedRatio, { limit }], [formulaSurrogate, { expression: "-ratio * A" }], [0.1, 2, 8]);
  assert.equal(
    given[0]!.points.map(({ ratio }) => ratio),
    [0.1, 2, 8],
  );
  // the log ratio is held within ±ln 4: ρ from ¼ to 4, no gradient beyond
  check(given, {
    loss: [
      [-0.25, -2, -4],
      [0.25, 2, 4],
    ],
    gradient: [
      [0, -2, 0],
      [0, 2, 0],
    ],
  });
  // of one token, the sequence's ratio is the token's
  assert.equal(curves([sequenceRatio], [clipSurrogate], [0.5, 2]), curves([tokenRatio], [clipSurrogate], [0.5, 2]));
});

test("loss curves: log π is −1, so that surrogates on log π show their weight", () => {
  // cispo: −sg(min(ρ, 1.2))·A·(−1); gradient −min(ρ, 1.2)·A.   plain: −A·(−1); gradient −A
  check(curves([tokenRatio], [cispoSurrogate, { high: 0.2 }], [0.5, 3]), {
    loss: [
      [0.5, 1.2],
      [-0.5, -1.2],
    ],
    gradient: [
      [-0.5, -1.2],
      [0.5, 1.2],
    ],
  });
  check(curves([tokenRatio], [plainSurrogate], [0.5, 3]), {
    loss: [
      [1, 1],
      [-1, -1],
    ],
    gradient: [
      [-1, -1],
      [1, 1],
    ],
  });
});

test("ratio grid: equal steps without 0, equal factors over a wide range", () => {
  assert.equal(ratioGrid(0, 4, 4), { scale: "linear", ratios: [1, 2, 3, 4] });
  assert.equal(ratioGrid(0.5, 1.5, 2), { scale: "linear", ratios: [0.5, 1, 1.5] });
  const { scale, ratios } = ratioGrid(1e-2, 1e2, 4);
  assert.is(scale, "log");
  assertClose(tf.tensor1d([...ratios]), [0.01, 0.1, 1, 10, 100]);
});

test("loss curves: leaks no tensor", () => {
  assert.is(
    leakedTensors(() => void curves([tokenRatio], [clipSurrogate], [0.5, 1, 2])),
    0,
  );
});

test.run();
