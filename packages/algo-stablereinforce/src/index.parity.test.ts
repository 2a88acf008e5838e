import "@tensorflow/tfjs";
import { assertCloseBySize, fixturesBeside, probeWith } from "@rewardlab/core/testing";
import { test } from "uvu";
import * as assert from "uvu/assert";
import plugin from "./index.ts";

/**
 * StableReinforce's parts and presets against a derivation by hand of what the released code (r1_reward at 3693413a) and the paper compute, in
 * float64, by tools/oracles/stable-reinforce.py. No package has them. In the batches: responses of one token and of none, log ratios of ±30 and
 * ±200 inside the mask and in the padding, ratios beside the clamp, A = 0, outliers, equal scores, a NaN score.
 */

const probe = probeWith(plugin);

interface Case {
  readonly batch: string;
  readonly rule: string;
  readonly options: { readonly keep_empty: boolean };
  readonly returns: unknown;
  readonly advantages: unknown;
  readonly loss: unknown;
  readonly gradient: unknown;
}
interface Fixture {
  readonly batches: Readonly<Record<string, { readonly mask: number[][] }>>;
  readonly cases: readonly Case[];
}
const read = fixturesBeside<Fixture>(import.meta.url);

const { presets } = plugin.algorithms!.find(({ name }) => name === "stable-reinforce")!;
const preset = (rule: string) =>
  presets[rule]! as { readonly loss: object; readonly advantage: readonly { readonly use: string }[] };

// ---------------------------------------------------------------- Pre-CLIP, clip, mean of means

const loss = read("r1-reward-loss");
const withoutNaN = loss.cases.filter((each) => each.loss !== "NaN");
test("r1-reward-loss: 8 cases", () => assert.is(withoutNaN.length, 8));
for (const each of withoutNaN)
  test(`r1-reward-loss: ${each.batch}, empty responses ${each.options.keep_empty ? "kept" : "left out"}`, async () => {
    const ours = await probe("loss", preset("official-code").loss, loss.batches[each.batch]!);
    assertCloseBySize(ours.loss, each.loss);
    assertCloseBySize(ours.gradLogProbs, each.gradient);
  });

test("r1-reward-loss: a response without tokens makes the released code's loss NaN; here it counts in nothing", async () => {
  const found = loss.cases.filter((each) => each.loss === "NaN");
  assert.equal(
    found.map(({ batch, options }) => [batch, options.keep_empty]),
    [
      ["ordinary", true],
      ["outside", true],
    ],
  );
  for (const { batch } of found)
    assert.ok(Number.isFinite((await probe("loss", preset("official-code").loss, loss.batches[batch]!)).loss));
});

// ---------------------------------------------------------------- whitening and filter

const filter = read("r1-reward-filter");
test("r1-reward-filter: 14 cases", () => assert.is(filter.cases.length, 14));
for (const each of filter.cases)
  test(`r1-reward-filter, ${each.rule}: ${each.batch}`, async () => {
    const { returns, mask } = filter.batches[each.batch] as unknown as { returns: number[][]; mask: number[][] };
    // the chain's steps on tokens, fed with the returns themselves
    const steps = preset(each.rule).advantage.filter(({ use }) => use === "whiten" || use === "three-sigma-filter");
    assert.is(steps.length, 2);
    assertCloseBySize((await probe("advantage", steps, { returns, mask })).advantages, each.advantages);
  });

// ---------------------------------------------------------------- from scores to the gradient

const whole = read("r1-reward-whole");
test("r1-reward-whole: 6 cases", () => assert.is(whole.cases.length, 6));
for (const each of whole.cases)
  test(`r1-reward-whole, ${each.rule}: ${each.batch}`, async () => {
    const ours = await probe("algorithm", { use: "stable-reinforce", variant: each.rule }, whole.batches[each.batch]!);
    assertCloseBySize(ours.returns, each.returns);
    assertCloseBySize(ours.advantages, each.advantages);
    assertCloseBySize(ours.loss, each.loss);
    assertCloseBySize(ours.gradLogProbs, each.gradient);
  });

test.run();
