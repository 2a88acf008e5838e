import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { assertClose, assertGradient, leakedTensors } from "@rewardlab/core/testing";
import { feedForward } from "./feed-forward.ts";

const parameters = {
  "a.gate": tf.tensor2d([
    [1, 0, -1],
    [0, 2, 1],
  ]),
  "a.up": tf.tensor2d([
    [3, 1, 0],
    [1, 1, 1],
  ]),
  "a.down": tf.tensor2d([
    [1, 0],
    [0, 1],
    [1, 1],
  ]),
};
const x = tf.tensor3d([
  [
    [1, 2],
    [0, 0],
  ],
]);

test("feedForward: (silu(x W_gate) ∘ x W_up) W_down", () =>
  tf.tidy(() => {
    // gate [1, 4, 1], up [5, 3, 2]; silu(1) = 0.731059, silu(4) = 3.928055 → [3.655293, 11.784165, 1.462117] → [5.117410, 13.246282]
    assertClose(
      feedForward(parameters, "a", x),
      [
        [
          [5.11741, 13.246282],
          [0, 0],
        ],
      ],
      1e-5,
    );
  }));

test("feedForward: gradients", () =>
  tf.tidy(() => {
    assertGradient((gate) => feedForward({ ...parameters, "a.gate": gate }, "a", x), parameters["a.gate"]);
    assertGradient((down) => feedForward({ ...parameters, "a.down": down }, "a", x), parameters["a.down"]);
  }));

test("feedForward: leaves no tensor, names a missing weight", () => {
  assert.is(
    leakedTensors(() => feedForward(parameters, "a", x).dispose()),
    0,
  );
  assert.throws(() => feedForward(parameters, "b", x), /there is no parameter b\.gate among a\.gate, a\.up, a\.down/);
});

test.run();
