// Its numbers, worked by hand: the working stands beside them.
import "@tensorflow/tfjs"; // a backend: tfjs-core alone has none
import { assertCloseBySize, probeWith } from "@rewardlab/core/testing";
import { test } from "uvu";
import plugin from "./index.ts";

const probe = probeWith(plugin); // the same numbers as `rewardlab probe`

// a response of 2 tokens and one of 1; d = 0, 0.25 and −1
const batch = {
  mask: [
    [1, 1],
    [1, 0],
  ],
  oldLogProbs: [
    [-1, -1],
    [-2, "NaN"],
  ],
  rolloutLogProbs: [
    [-1, -1.25],
    [-1, -1],
  ],
};

test("template-name: by hand", async () => {
  const { weights, mask } = await probe("correction", "template-name", batch);
  assertCloseBySize(weights, [
    [1, Math.exp(-0.25)],
    [Math.exp(-1), 0], // whichever is likelier; outside the mask the probe shows 0
  ]);
  assertCloseBySize(mask, batch.mask); // all are kept
});

test("template-name: no token weighs less than the limit lets it", async () => {
  const { weights } = await probe("correction", { use: "template-name", limit: 0.5 }, batch);
  assertCloseBySize(weights, [
    [1, Math.exp(-0.25)],
    [Math.exp(-0.5), 0],
  ]);
});
test.run();
