// Its numbers, worked by hand: the working stands beside them.
import "@tensorflow/tfjs"; // a backend: tfjs-core alone has none
import { assertCloseBySize, probeWith } from "@rewardlab/core/testing";
import { test } from "uvu";
import plugin from "./index.ts";

const probe = probeWith(plugin); // the same numbers as `rewardlab probe`

// a response of 2 tokens and one of 1; x = 0, 0.75 and −2.4
const batch = {
  mask: [
    [1, 1],
    [1, 0],
  ],
  logProbs: [
    [-1, -1],
    [-3.4, -1],
  ],
  refLogProbs: [
    [-1, -1.75],
    [-1, -1],
  ],
};

test("template-name: by hand", async () => {
  const { kl } = await probe("kl", "template-name", batch);
  assertCloseBySize(kl, [
    [0, 0.25], // √(1 + 0.75²) = 1.25
    [1.6, 0], // √(1 + 2.4²) = 2.6
  ]);
});

test("template-name: delta scales both axes", async () => {
  const { kl } = await probe("kl", { use: "template-name", delta: 0.5 }, batch);
  assertCloseBySize(kl, [
    [0, 0.25 * (Math.hypot(1, 1.5) - 1)], // δ² (√(1 + (0.75/0.5)²) − 1)
    [0.25 * (Math.hypot(1, 4.8) - 1), 0],
  ]);
});
test.run();
