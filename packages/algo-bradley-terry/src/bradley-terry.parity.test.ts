import "@tensorflow/tfjs";
import { assertCloseBySize, fixturesBeside, probeWith } from "@rewardlab/core/testing";
import { test } from "uvu";
import * as assert from "uvu/assert";
import plugin from "./index.ts";

/** Against what TRL's RewardTrainer computes from scores, in float64 (tools/oracles/trl-reward.py): with and without margins and centring, scores up to ±200. */

const probe = probeWith(plugin);

interface Fixture {
  readonly version: string;
  readonly batches: Readonly<Record<string, object>>;
  readonly cases: readonly {
    readonly batch: string;
    readonly centre: number | null;
    readonly loss: number;
    readonly gradChosen: readonly number[];
    readonly gradRejected: readonly number[];
  }[];
}
const { version, batches, cases } = fixturesBeside<Fixture>(import.meta.url)("trl");

test("trl: 15 cases", () => assert.is(cases.length, 15));
for (const { batch, centre, ...expected } of cases)
  test(`trl ${version}: ${batch}, centre ${centre}`, async () => {
    const ours = await probe("pair-loss", { use: "bradley-terry", ...(centre !== null && { centre }) }, batches[batch]!);
    assertCloseBySize(ours.loss, expected.loss);
    assertCloseBySize(ours.gradChosen, expected.gradChosen);
    assertCloseBySize(ours.gradRejected, expected.gradRejected);
  });

test.run();
