// Its numbers, worked by hand: the working stands beside them.
import "@tensorflow/tfjs"; // a backend: tfjs-core alone has none
import { assertCloseBySize, probeWith } from "@rewardlab/core/testing";
import { test } from "uvu";
import plugin from "./index.ts";

const probe = probeWith(plugin); // the same numbers as `rewardlab probe`

const loss = { ratio: "token", surrogate: "template-name", aggregate: "token-sum" };

// a response of 2 tokens and one of 1; ρ = 1, 1.2 and 0.5
const batch = {
  mask: [
    [1, 1],
    [1, 0],
  ],
  advantages: [
    [2, 2],
    [-1, "NaN"],
  ],
  logProbs: [
    [-1, -1],
    [-1, -1],
  ],
  oldLogProbs: [
    [-1, -1 - Math.log(1.2)],
    [-1 - Math.log(0.5), -1],
  ],
};

test("template-name: by hand", async () => {
  const { tokenLoss, gradLogProbs } = await probe("loss", loss, batch);
  assertCloseBySize(tokenLoss, [
    [-2, -(1.2 * 2 - (2 / 0.4) * 0.04)], // (ρ − 1)² = 0.04, |A|/(2ε) = 5
    [-(0.5 * -1 - (1 / 0.4) * 0.25), 0],
  ]);
  // ∂L/∂log π = ρ · ∂L/∂ρ = −ρ (A − |A| (ρ − 1)/ε)
  assertCloseBySize(gradLogProbs, [
    [-2, 0], // ρ = 1.2 is the edge where A > 0
    [-0.5 * (-1 + 0.5 / 0.2), 0], // ρ = 0.5 is beyond the edge where A < 0: it is pulled back
  ]);
});

test("template-name: the share of tokens outside the trust region", async () => {
  const wide = { ...loss, surrogate: { use: "template-name", epsilon: 0.3 } };
  const { metrics } = await probe("loss", wide, batch);
  assertCloseBySize(Object.entries(Object(metrics)).find(([name]) => name === "outsideFraction")?.[1], 1 / 3); // ρ = 0.5 alone
});
test.run();
