// Its numbers, worked by hand: the working stands beside them.
import "@tensorflow/tfjs"; // a backend: tfjs-core alone has none
import { assertCloseBySize, probeWith } from "@rewardlab/core/testing";
import { test } from "uvu";
import plugin from "./index.ts";

const probe = probeWith(plugin); // the same numbers as `rewardlab probe`

// a response of 2 tokens and one of 1; d = 0, 0.5 and −40
const batch = {
  mask: [
    [1, 1],
    [1, 0],
  ],
  oldLogProbs: [
    [-1, -1],
    [-1, -1],
  ],
  logProbs: [
    [-1, -0.5],
    [-41, "NaN"],
  ],
};

test("template-name: by hand", async () => {
  const { ratio } = await probe("ratio", "template-name", batch);
  assertCloseBySize(ratio, [
    [1, Math.exp(0.5)], // d = 0 and 0.5
    [Math.exp(-3), 0], // d = −40, below −3. Outside the mask the probe shows 0
  ]);
});

test("template-name: bounds of its own on each side", async () => {
  const { ratio } = await probe("ratio", { use: "template-name", low: 1, high: 0.25 }, batch);
  assertCloseBySize(ratio, [
    [1, Math.exp(0.25)],
    [Math.exp(-1), 0],
  ]);
});
test.run();
