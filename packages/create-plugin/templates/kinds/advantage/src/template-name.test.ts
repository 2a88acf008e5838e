// Its numbers, worked by hand: the working stands beside them.
import "@tensorflow/tfjs"; // a backend: tfjs-core alone has none
import { assertCloseBySize, probeWith } from "@rewardlab/core/testing";
import { test } from "uvu";
import plugin from "./index.ts";

const probe = probeWith(plugin); // the same numbers as `rewardlab probe`

// two prompts with two responses each; the last one is of one token
const batch = {
  scores: [1, 0, 5, 1],
  groupIds: [0, 0, 1, 1],
  mask: [
    [1, 1],
    [1, 1],
    [1, 1],
    [1, 0],
  ],
};

test("template-name: scores less the mean of their group, by hand", async () => {
  const { advantages } = await probe("advantage", ["template-name", "spread"], batch);
  // means 0.5 and 3: ±0.5, and ±2, which is kept within ±1; spread gives each token its response's
  assertCloseBySize(advantages, [
    [0.5, 0.5],
    [-0.5, -0.5],
    [1, 1],
    [-1, 0],
  ]);
});

test("template-name: limit bounds both sides", async () => {
  const { advantages } = await probe("advantage", [{ use: "template-name", limit: 0.25 }, "spread"], batch);
  assertCloseBySize(advantages, [
    [0.25, 0.25],
    [-0.25, -0.25],
    [0.25, 0.25],
    [-0.25, 0],
  ]);
});

test("template-name: a missing score stays in its group", async () => {
  const { advantages } = await probe("advantage", ["template-name", "spread"], { ...batch, scores: ["NaN", 0, 5, 1] });
  assertCloseBySize(advantages, [
    [NaN, NaN],
    [NaN, NaN],
    [1, 1],
    [-1, 0],
  ]);
});
test.run();
