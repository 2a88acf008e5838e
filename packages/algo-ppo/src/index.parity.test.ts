import "@tensorflow/tfjs";
import { assertCloseBySize, fixturesBeside, numbersWithin, probeWith } from "@rewardlab/core/testing";
import { test } from "uvu";
import * as assert from "uvu/assert";
import plugin from "./index.ts";

/**
 * Every variant against what its framework computes from scores, log-probabilities and values on: advantages, returns, both losses and their gradients,
 * made by tools/oracles/{verl,openrlhf}-algorithms.py and trl-ppo.py; with the preset's options as they are, and with every number changed. In the
 * batches: responses of one token and of none, log ratios of 30 and −200, log π − log π_ref beyond ±20, values moved beyond the clip and not.
 */

const probe = probeWith(plugin);

interface Case {
  readonly algorithm: string;
  readonly batch: string;
  readonly advantages: unknown;
  readonly returns: unknown;
  readonly loss: number;
  readonly gradient: unknown;
  readonly valueLoss: number;
  readonly valueGradient: readonly (readonly number[])[];
}
interface Fixture {
  readonly version: string;
  readonly batches: Readonly<Record<string, { readonly mask: readonly (readonly number[])[] }>>;
  readonly cases: readonly Case[];
}
const read = fixturesBeside<Fixture>(import.meta.url);

const whiten = { use: "whiten", variance: "unbiased", epsilon: 1e-8, epsilonIn: "sum" };
const whitenBiased = { use: "whiten", variance: "biased", epsilon: 1e-8, epsilonIn: "floor" };
const gae = { use: "gae", gamma: 0.75, lambda: 0.5 };
const kl = { use: "k1", in: "reward", coefficient: 0.25 };

/** What `ppo, other options` of a fixture sets; and the weight of the value loss, which verl and OpenRLHF, whose critic is a model of its own, have not. */
const frameworks = {
  trl: {
    variant: "paper",
    weights: { ppo: 1, other: 1 },
    other: {
      kl,
      advantage: [gae, whiten],
      critic: { coefficient: 0.5, clip: 0.5 },
      loss: { surrogate: { use: "clip", low: 0.3, high: 0.3 } },
    },
  },
  verl: {
    variant: "verl",
    weights: { ppo: 0.1, other: 0.5 },
    other: { kl, advantage: [gae, whiten], critic: { coefficient: 0.5, clip: 0.2 } },
  },
  openrlhf: {
    variant: "openrlhf",
    weights: { ppo: 0.1, other: 0.5 },
    other: {
      kl: { ...kl, clampOutput: 10 },
      advantage: [{ use: "score-clip", low: -10, high: 10 }, gae, whitenBiased],
      critic: { coefficient: 0.5, clip: 0.2 },
    },
  },
} as const;

for (const [name, { variant, weights, other }] of Object.entries(frameworks)) {
  const { version, batches, cases } = read(name);
  test(`${name}: 12 cases`, () => assert.is(cases.length, 12));
  for (const each of cases)
    test(`${name} ${version}: ${each.algorithm}, ${each.batch}`, async () => {
      const { mask } = batches[each.batch]!;
      const preset = each.algorithm === "ppo";
      const weight = preset ? weights.ppo : weights.other;
      const algorithm = { use: "ppo", variant };
      const ours = await probe("algorithm", preset ? algorithm : { algorithm, ...other }, batches[each.batch]!);
      assertCloseBySize(ours.advantages, numbersWithin(mask, each.advantages));
      assertCloseBySize(ours.returns, numbersWithin(mask, each.returns));
      assertCloseBySize(ours.loss, each.loss);
      assertCloseBySize(ours.gradLogProbs, each.gradient);
      assertCloseBySize(ours.valueLoss, weight * each.valueLoss);
      assertCloseBySize(
        ours.gradValues,
        each.valueGradient.map((row) => row.map((number) => weight * number)),
      );
    });
}

test.run();
