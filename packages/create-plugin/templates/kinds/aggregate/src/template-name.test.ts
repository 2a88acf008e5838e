// Its numbers, worked by hand: the working stands beside them.
import "@tensorflow/tfjs"; // a backend: tfjs-core alone has none
import { assertCloseBySize, probeWith } from "@rewardlab/core/testing";
import { test } from "uvu";
import plugin from "./index.ts";

const probe = probeWith(plugin); // the same numbers as `rewardlab probe`

// token losses 1, 2, 3, 4 and 6: a response of 4 tokens and one of 1
const batch = {
  mask: [
    [1, 1, 1, 1],
    [1, 0, 0, 0],
  ],
  tokenLoss: [
    [1, 2, 3, 4],
    [6, "NaN", "NaN", "NaN"],
  ],
};

test("template-name: by hand", async () => {
  assertCloseBySize((await probe("aggregate", "template-name", batch)).loss, (10 / 2 + 6) / 2); // √4 = 2, √1 = 1
});

test("template-name: power 1 is the mean of means, power 0 the mean of sums", async () => {
  assertCloseBySize((await probe("aggregate", { use: "template-name", power: 1 }, batch)).loss, (2.5 + 6) / 2);
  assertCloseBySize((await probe("aggregate", { use: "template-name", power: 0 }, batch)).loss, (10 + 6) / 2);
});
test.run();
