// Its numbers, worked by hand from the scores to the gradient: the working stands beside them.
import "@tensorflow/tfjs"; // a backend: tfjs-core alone has none
import { assertCloseBySize, probeWith } from "@rewardlab/core/testing";
import { test } from "uvu";
import plugin from "./index.ts";

const probe = probeWith(plugin); // the same numbers as `rewardlab probe`

// one prompt with two responses, of 2 tokens and 1
const batch = {
  scores: [1, 0],
  groupIds: [0, 0],
  mask: [
    [1, 1],
    [1, 0],
  ],
  logProbs: [
    [-1, -1],
    [-1, "NaN"],
  ],
};

test("template-name: on-policy, by hand", async () => {
  const { advantages, loss, gradLogProbs } = await probe("algorithm", "template-name", batch);
  assertCloseBySize(advantages, [
    [0.5, 0.5], // mean 0.5
    [-0.5, 0],
  ]);
  assertCloseBySize(loss, -0.5 / 3); // r = 1: (−0.5 − 0.5 + 0.5)/3
  assertCloseBySize(gradLogProbs, [
    [-0.5 / 3, -0.5 / 3], // −A/3
    [0.5 / 3, 0],
  ]);
});

test("template-name: a ratio above 1.28 has no gradient where A > 0", async () => {
  const oldLogProbs = [
    [-1 - Math.log(1.5), -1 - Math.log(1.25)],
    [-1, 0],
  ];
  const { gradLogProbs } = await probe("algorithm", "template-name", { ...batch, oldLogProbs });
  assertCloseBySize(gradLogProbs, [
    [0, (-1.25 * 0.5) / 3], // r = 1.5 is clipped; r = 1.25 isn't: −r A/3
    [0.5 / 3, 0],
  ]);
});
test.run();
