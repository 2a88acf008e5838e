// Its numbers, worked by hand: the working stands beside them.
import "@tensorflow/tfjs"; // a backend: tfjs-core alone has none
import { assertCloseBySize, probeWith } from "@rewardlab/core/testing";
import { test } from "uvu";
import plugin from "./index.ts";

const probe = probeWith(plugin); // the same numbers as `rewardlab probe`

// a response of 2 tokens and one of 1
const batch = {
  mask: [
    [1, 1],
    [1, 0],
  ],
  entropies: [
    [0.5, 0.05],
    [0.1, "NaN"],
  ],
};

test("template-name: by hand", async () => {
  const { mask } = await probe("mask", "template-name", batch);
  assertCloseBySize(mask, [
    [1, 0], // 0.05 < 0.1
    [1, 0], // 0.1 is enough; what lies outside the mask never trains
  ]);
});

test("template-name: without a floor all tokens train", async () => {
  const { mask } = await probe("mask", { use: "template-name", floor: 0 }, batch);
  assertCloseBySize(mask, batch.mask);
});
test.run();
