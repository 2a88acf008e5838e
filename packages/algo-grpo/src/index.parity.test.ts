import * as tf from "@tensorflow/tfjs";
import { assertCloseBySize, fixturesBeside, numbersWithin, probeWith } from "@rewardlab/core/testing";
import { test } from "uvu";
import * as assert from "uvu/assert";
import plugin from "./index.ts";

/**
 * GRPO against what verl and TRL compute from scores and log-probabilities on: advantages, loss and ∂loss/∂log π, made by
 * tools/oracles/{verl,trl}.py. In the batches: responses of one token and of none, log ratios of 30 and −200 inside the mask (verl) and in the
 * padding, equal scores, groups of one, a NaN score.
 */

await tf.setBackend("cpu");
const probe = probeWith(plugin);

interface Case {
  readonly batch: string;
  readonly options: { readonly loss_type?: string; readonly beta?: number };
  readonly advantages: unknown;
  readonly loss: unknown;
  readonly gradient: unknown;
}
interface Fixture {
  readonly version: string;
  readonly batches: Readonly<Record<string, { readonly mask: number[][] }>>;
  readonly cases: readonly Case[];
}
const read = fixturesBeside<Fixture>(import.meta.url);
const run = (spec: object, batch: object) => probe("algorithm", spec, batch);

function parity(
  name: string,
  count: number,
  specOf: (each: Case) => object,
  tokensOf: (each: Case, mask: number[][]) => unknown,
): void {
  const { version, batches, cases } = read(name);
  test(`${name}: ${count} cases`, () => assert.is(cases.length, count));
  for (const each of cases)
    test(`${name} ${version}: ${each.batch}, ${JSON.stringify(each.options)}`, async () => {
      const batch = batches[each.batch]!;
      const ours = await run(specOf(each), batch);
      assertCloseBySize(ours.advantages, numbersWithin(batch.mask, tokensOf(each, batch.mask)));
      assertCloseBySize(ours.loss, each.loss);
      assertCloseBySize(ours.gradLogProbs, each.gradient);
    });
}

parity(
  "verl-grpo",
  5,
  () => ({ use: "grpo", variant: "verl" }),
  ({ advantages }) => advantages,
);

// TRL: ε = 1e-4, empty responses counted, and a KL only where beta is not 0; its default loss is dapo
const counted = { emptySequences: "counted" };
const aggregates: Readonly<Record<string, string | object>> = {
  grpo: { use: "sequence-mean", ...counted },
  dapo: "token-mean",
  dr_grpo: { use: "constant-length", length: 16, ...counted },
};
parity(
  "trl-grpo",
  6,
  ({ options }) => ({
    algorithm: "grpo",
    kl: options.beta ? { use: "k3", in: "loss", coefficient: options.beta } : null,
    advantage: [{ use: "group-normalise", epsilon: 1e-4 }, "spread"],
    loss: { aggregate: aggregates[options.loss_type!] },
  }),
  ({ advantages }, mask) => (advantages as number[]).map((value, row) => mask[row]!.map(() => value)),
);

test.run();
