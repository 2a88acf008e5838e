import "@tensorflow/tfjs";
import { assertClose, probeWith } from "@rewardlab/core/testing";
import { test } from "uvu";
import * as assert from "uvu/assert";
import plugin from "./index.ts";

const probe = probeWith(plugin);
interface Result {
  readonly loss: number;
  readonly advantages: number[][];
  readonly tokenLoss: number[][];
  readonly gradLogProbs: number[][];
}
const algorithm = async (spec: string | object, batch: object) => (await probe("algorithm", spec, batch)) as unknown as Result;

// two responses of two tokens to one prompt, scores 1 and 0: A = ±1/√2 / (1/√2) · … = ±0.7071
const A = 0.5 / Math.sqrt(0.5);
const batch = {
  scores: [1, 0],
  groupIds: [0, 0],
  mask: [
    [1, 1],
    [1, 1],
  ],
  logProbs: [
    [-1, -1],
    [-1, -1],
  ],
};
const rolloutLogProbs = [
  [-1 - Math.log(2), -1 - Math.log(10)],
  [-1, -1 + Math.log(10)],
]; // π_old/π_rollout: 2, 10, 1, 0.1

test("icepop: tokens on which sampler and trainer disagree by more than 0.5 to 5 are left out, the others weighted", async () => {
  const { loss, advantages, gradLogProbs } = await algorithm("icepop", { ...batch, rolloutLogProbs });
  assertClose(advantages[0]![0]!, A, 1e-5);
  // −(2 + 0)·A/2 and (1 + 0)·A/2, the mean of both
  assertClose(loss, (-A + A / 2) / 2, 1e-5);
  [[-A / 2, 0], [A / 4, 0]].forEach((row, index) => row.forEach((one, t) => assertClose(gradLogProbs[index]![t]!, one, 1e-5))); // prettier-ignore
});

test("icepop: without the sampler's log-probabilities it is GRPO", async () => {
  assertClose((await algorithm("icepop", batch)).loss, 0, 1e-6);
  const { loss } = await algorithm({ use: "icepop", variant: "verl" }, { ...batch, rolloutLogProbs });
  assertClose(loss, (-2 * A + A) / 4, 1e-5);
});

test("dppo: on policy it is REINFORCE with the group's advantage", async () => {
  for (const variant of ["tv", "kl"]) {
    const { loss, gradLogProbs } = await algorithm({ use: "dppo", variant }, batch);
    assertClose(loss, 0, 1e-6);
    assertClose(gradLogProbs[0]![0]!, -A / 4, 1e-5);
  }
});

test("vespo: on policy it is REINFORCE with the group's advantage, and a response that grew likelier loses weight", async () => {
  assertClose((await algorithm("vespo", batch)).gradLogProbs[1]![1]!, A / 4, 1e-4);
  const oldLogProbs = [[-1 - Math.LN2, -1], [-1, -1]]; // prettier-ignore
  // W = 2, A > 0: φ = e^(3 + 2 ln 2 − 6) = 4 e⁻³
  assertClose((await algorithm("vespo", { ...batch, oldLogProbs })).gradLogProbs[0]![0]!, (-4 * Math.exp(-3) * A) / 4, 1e-4);
});

test("a correction beside any algorithm, in a chain or alone, and a mask that needs entropies", async () => {
  const corrected = (correction: unknown) => probe("loss", { correction }, { ...batch, advantages: [[1, 1], [1, 1]], rolloutLogProbs }); // prettier-ignore
  const alone = await corrected("truncated-importance");
  assert.equal(alone, await corrected(["truncated-importance"]));
  assertClose(alone.loss as number, -(2 + 2 + 1 + 0.1) / 4, 1e-5);
  const rejecting = await corrected([{ use: "truncated-importance" }, { use: "sequence-rejection", limit: 3 }]);
  // the mean k3 of the first is (1 − ln 2 + 9 − ln 10)/2 = 3.5, of the second (0 − 0.9 + ln 10)/2 = 0.7
  assertClose(rejecting.loss as number, -(1 + 0.1) / 4, 1e-5);
  const masked = { mask: { use: "entropy-quantile", share: 0.5 } };
  const given = { ...batch, advantages: [[1, 1], [1, 1]], entropies: [[1, 2], [3, 4]] }; // prettier-ignore
  assertClose((await probe("loss", masked, given)).loss as number, -0.5);
  const { entropies: _, ...without } = given;
  assert.match(String(await probe("loss", masked, without).catch((error: Error) => error.message)), /"entropies" is missing/);
});

test("probe correction: what nothing reads may be left out, what is read may not", async () => {
  const { scores: _scores, groupIds: _ids, ...tokens } = batch;
  const made = await probe("correction", "truncated-importance", { ...tokens, oldLogProbs: batch.logProbs, rolloutLogProbs });
  assert.equal((made.mask as number[][]).flat(), [1, 1, 1, 1]);
  const refused = (await probe("correction", "off-policy-mask", { ...tokens, rolloutLogProbs: [[0, 0], [0, 0]] }).catch((error: Error) => error)) as Error; // prettier-ignore
  assert.match(refused.message, /"advantages" is missing/);
});

test.run();
