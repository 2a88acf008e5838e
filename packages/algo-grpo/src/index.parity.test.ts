import "@tensorflow/tfjs";
import { assertCloseBySize, fixturesBeside, numbersOf, numbersWithin, probeWith } from "@rewardlab/core/testing";
import { test } from "uvu";
import * as assert from "uvu/assert";
import plugin from "./index.ts";

/**
 * Every variant against what its framework computes from scores and log-probabilities on: advantages, loss and ∂loss/∂log π, made by
 * tools/oracles/{trl,verl,openrlhf}-algorithms.py, and for NeMo-RL derived by hand in nemo.py. In the batches: responses of one token and of none,
 * log ratios of 30 and −200 inside the mask and in the padding, log π − log π_ref beyond ±20, equal scores, a score beyond ±10, groups of one and
 * of two, a NaN score. Where a framework means something else, a test says what.
 */

const probe = probeWith(plugin);

interface Case {
  readonly algorithm: string;
  readonly batch: string;
  readonly advantages: readonly unknown[];
  readonly loss: number | string;
  readonly gradient: unknown;
}
type Mask = readonly (readonly number[])[];
interface Fixture {
  readonly version: string;
  readonly batches: Readonly<Record<string, { readonly mask: Mask }>>;
  readonly cases: readonly Case[];
}
const read = fixturesBeside<Fixture>(import.meta.url);
const run = (spec: object, batch: object) => probe("algorithm", spec, batch);

/** TRL has one number a response. */
const everyToken = (advantages: readonly unknown[], mask: Mask) =>
  advantages.map((value, row) => (Array.isArray(value) ? value : mask[row]!.map(() => value)));

/** Compares a framework's cases that `agrees`, each under the name of its algorithm; how many they are keeps a test from finding none. */
function parity(
  framework: string,
  count: number,
  agrees: (each: Case) => boolean,
  specOf: (each: Case) => object = ({ algorithm }) => ({ use: algorithm, variant: framework }),
): void {
  const { version, batches, cases } = read(framework);
  const agreeing = cases.filter(agrees);
  test(`${framework}: ${count} cases`, () => assert.is(agreeing.length, count));
  for (const each of agreeing)
    test(`${framework} ${version}: ${each.algorithm}, ${each.batch}`, async () => {
      const batch = batches[each.batch]!;
      const ours = await run(specOf(each), batch);
      assertCloseBySize(ours.advantages, numbersWithin(batch.mask, everyToken(each.advantages, batch.mask)));
      assertCloseBySize(ours.loss, each.loss);
      const compared = (gradient: unknown) => (isNaNBatch(each) ? numbersWithin(batch.mask, gradient) : gradient);
      assertCloseBySize(compared(ours.gradLogProbs), compared(each.gradient));
    });
}

/** The padding of a response whose advantage is NaN has a NaN gradient in some of them (0 · NaN); there only response tokens are compared. */
const isNaNBatch = ({ batch }: Case) => batch === "nan" || batch === "nanWithoutTokens";

const hasPreset = ({ algorithm }: Case) => !algorithm.includes(",");

// ---------------------------------------------------------------- verl, NeMo-RL: all of it

parity("verl", 60, () => true);
parity("nemo", 50, () => true);

// ---------------------------------------------------------------- OpenRLHF: all but groups of one

const aloneWithoutOthers = ({ algorithm, batch }: Case) => batch === "singletons" && algorithm !== "dr-grpo";
parity("openrlhf", 46, (each) => !aloneWithoutOthers(each));

test("openrlhf: groups of one, which it refuses in training, are 0/0 in its group_norm and rloo; here they have no advantage", async () => {
  const { batches, cases } = read("openrlhf");
  const alone = cases.filter(aloneWithoutOthers);
  assert.is(alone.length, 4);
  for (const each of alone) {
    assert.is(each.loss, "NaN");
    const ours = await run({ use: each.algorithm, variant: "openrlhf" }, batches.singletons!);
    assert.ok([ours.advantages, ours.loss, ours.gradLogProbs].flatMap(numbersOf).every(Number.isFinite));
  }
});

// ---------------------------------------------------------------- TRL: all but the value of RLOO's loss

const isRloo = ({ algorithm }: Case) => algorithm === "rloo";
parity("trl", 50, (each) => hasPreset(each) && !isRloo(each));

test("trl: rloo has our advantages and gradient; its loss counts a response without tokens, of ratio 1, as −A/B", async () => {
  const { batches, cases } = read("trl");
  const found = cases.filter((each) => isRloo(each) && !isNaNBatch(each));
  assert.is(found.length, 8);
  for (const each of found) {
    const batch = batches[each.batch]!;
    const ours = await run({ use: "rloo", variant: "trl" }, batch);
    assertCloseBySize(ours.advantages, numbersWithin(batch.mask, everyToken(each.advantages, batch.mask)));
    assertCloseBySize(ours.gradLogProbs, each.gradient);
    const empty = batch.mask.findIndex((row) => !row.includes(1));
    assertCloseBySize(Number(ours.loss) - Number(each.advantages[empty]) / batch.mask.length, each.loss);
  }
});

// TRL with other loss types and a KL, written as slots over its preset. With its KL in the loss, and one aggregation over both, nothing else changes.
const slots: Readonly<Record<string, object>> = {
  "grpo, with its loss and KL": { loss: { aggregate: { use: "sequence-mean", emptySequences: "counted" } } },
  "grpo, bnpo": {},
  "grpo, dapo with KL": {},
};
parity(
  "trl",
  9,
  (each) => !hasPreset(each),
  ({ algorithm }) => ({
    algorithm: { use: "grpo", variant: "trl" },
    kl: { use: "k3", in: "loss", coefficient: 0.04 },
    ...slots[algorithm],
  }),
);

// ---------------------------------------------------------------- lite-ppo, luspo

const later = read("trl-later");
/** One NaN score makes the batch's deviation NaN; TRL leaves it out there, too. */
const spreads = ({ algorithm, batch }: Case) => algorithm === "lite-ppo" && (batch === "nan" || batch === "nanWithoutTokens");
const alike = later.cases.filter((each) => !spreads(each));
test("trl-later: 18 cases", () => assert.is(alike.length, 18));
for (const each of alike)
  test(`trl ${later.version}: ${each.algorithm}, ${each.batch}`, async () => {
    const batch = later.batches[each.batch]!;
    const ours = await run({ use: each.algorithm, variant: "trl" }, batch);
    assertCloseBySize(ours.advantages, numbersWithin(batch.mask, everyToken(each.advantages, batch.mask)));
    assertCloseBySize(ours.loss, each.loss);
    assertCloseBySize(ours.gradLogProbs, each.gradient);
  });

test("trl: lite-ppo leaves a NaN score out of the batch's deviation; here the batch is NaN, and the run stops", async () => {
  for (const each of later.cases.filter(spreads)) {
    assert.ok(Number.isFinite(each.loss));
    const ours = await run({ use: "lite-ppo", variant: "trl" }, later.batches[each.batch]!);
    assert.is(ours.loss, "NaN");
  }
});

// ---------------------------------------------------------------- gdpo, from the outcomes of two rules on

for (const framework of ["verl", "trl", "nemo"]) {
  const { version, batches, cases } = read(`${framework}-rules`);
  test(`${framework}-rules: 8 cases`, () => assert.is(cases.length, 8));
  for (const each of cases) {
    const { weights } = each as unknown as { weights: number[] };
    test(`${framework} ${version}: gdpo, ${each.batch}, weights ${weights.join(", ")}`, async () => {
      const batch = batches[each.batch]!;
      const ours = await run({ use: "gdpo", variant: framework }, { ...batch, weights });
      assertCloseBySize(ours.advantages, numbersWithin(batch.mask, everyToken(each.advantages, batch.mask)));
      assertCloseBySize(ours.loss, each.loss);
      assertCloseBySize(ours.gradLogProbs, each.gradient);
    });
  }
}

test.run();
