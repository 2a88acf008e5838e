import "@tensorflow/tfjs";
import { assertCloseBySize, fixturesBeside, numbersWithin, probeWith } from "@rewardlab/core/testing";
import { test } from "uvu";
import * as assert from "uvu/assert";
import plugin from "./index.ts";

/**
 * SAPO and GMPO against what verl's and TRL's own functions compute in float64 (tools/oracles/{verl,trl}-surrogates.py): the losses of given
 * advantages with several options, and the presets from scores to ∂loss/∂log π. In the batches: responses of one token and of none, log ratios of
 * ±30 and ±200 inside the mask and in the padding, A = 0, equal scores, groups of one and of two, a NaN score. Where a framework means something
 * else, a test says what.
 */

const probe = probeWith(plugin);
type Mask = readonly (readonly number[])[];

interface Case {
  readonly algorithm: string;
  readonly batch: string;
  readonly options: Readonly<Record<string, number>>;
  readonly advantages: readonly unknown[];
  readonly loss: number | string;
  readonly gradient: unknown;
}
interface Fixture {
  readonly version: string;
  readonly batches: Readonly<Record<string, { readonly mask: Mask }>>;
  readonly cases: readonly Case[];
}
const read = fixturesBeside<Fixture>(import.meta.url);

// ---------------------------------------------------------------- losses of given advantages

function losses(
  name: string,
  count: number,
  specOf: (options: Case["options"]) => object,
  agrees: (each: Case) => boolean = () => true,
): void {
  const { version, batches, cases } = read(name);
  const agreeing = cases.filter(agrees);
  test(`${name}: ${count} cases`, () => assert.is(agreeing.length, count));
  for (const { batch, options, loss, gradient } of agreeing)
    test(`${name} ${version}: ${batch}, ${JSON.stringify(options)}`, async () => {
      const ours = await probe("loss", specOf(options), batches[batch]!);
      assertCloseBySize(ours.loss, loss);
      assertCloseBySize(ours.gradLogProbs, gradient);
    });
}

const counted = { use: "sequence-mean", emptySequences: "counted" };
const isTwoHundred = ({ batch }: Case) => batch === "twoHundred";

const verlSapo = (ratio: unknown) => (o: Case["options"]) => ({
  ratio,
  surrogate: { use: "sapo", positive: o.tau_pos ?? 1, negative: o.tau_neg ?? 1.05 },
  aggregate: "sequence-mean",
});
losses("verl-sapo", 14, verlSapo({ use: "clamped", limit: 20 }));
// its clamp of ±20 lies where the gate has shut: without it the same, but for what float32 can't hold
losses("verl-sapo", 12, verlSapo("token"), (each) => !isTwoHundred(each));

// TRL doesn't clamp, and from e^88.7 on float32 has no number: 0 · ∞ is a gradient of NaN; in float64 the gate's derivative is 0 there
losses("trl-sapo", 14, (o) => ({
  ratio: { use: "clamped", limit: 80 },
  surrogate: { use: "sapo", positive: o.sapo_temperature_pos ?? 1, negative: o.sapo_temperature_neg ?? 1.05 },
  aggregate: counted,
}));

losses(
  "verl-gmpo",
  12,
  (o) => ({
    ratio: "token",
    surrogate: { use: "gmpo", low: o.clip_ratio_low, high: o.clip_ratio_high },
    aggregate: counted,
  }),
  (each) => !isTwoHundred(each),
);

test("verl-gmpo: mean log ratios of 200 where A < 0 are e^200 in float64, and ∞ in float32, counted", async () => {
  const { batches, cases } = read("verl-gmpo");
  const found = cases.find(isTwoHundred);
  assert.ok(Number(found!.loss) > 1e80);
  const surrogate = { use: "gmpo", low: 0.4, high: 0.4 };
  const ours = await probe("loss", { ratio: "token", surrogate, aggregate: counted }, batches.twoHundred!);
  assert.is(ours.loss, "Infinity");
  assert.ok((ours.metrics as { nonFiniteLosses: number }).nonFiniteLosses > 0);
});

// ---------------------------------------------------------------- presets, from scores on

/** TRL has one number a response. */
const everyToken = (advantages: readonly unknown[], mask: Mask) =>
  advantages.map((value, row) => (Array.isArray(value) ? value : mask[row]!.map(() => value)));

/** The padding of a response whose advantage is NaN has a NaN gradient in verl (0 · NaN); there only response tokens are compared. */
const isNaNBatch = ({ batch }: Case) => batch === "nan" || batch === "nanWithoutTokens";

function presets(framework: "verl" | "trl", count: number, lossOf: (each: Case, ours: unknown) => number): void {
  const { version, batches, cases } = read(framework);
  test(`${framework}: ${count} cases`, () => assert.is(cases.length, count));
  for (const each of cases)
    test(`${framework} ${version}: ${each.algorithm}, ${each.batch}`, async () => {
      const batch = batches[each.batch]!;
      const ours = await probe("algorithm", { use: each.algorithm, variant: framework }, batch);
      assertCloseBySize(ours.advantages, numbersWithin(batch.mask, everyToken(each.advantages, batch.mask)));
      assertCloseBySize(lossOf(each, ours.loss), each.loss);
      const compared = (gradient: unknown) => (isNaNBatch(each) ? numbersWithin(batch.mask, gradient) : gradient);
      assertCloseBySize(compared(ours.gradLogProbs), compared(each.gradient));
    });
}

presets("verl", 20, (_each, loss) => Number(loss));
// In TRL's GMPO a response without tokens has the ratio 1 and the loss −A; here it has none. The gradient is the same.
presets("trl", 20, ({ algorithm, batch, advantages }, loss) => {
  const { mask } = read("trl").batches[batch]!;
  const empty = mask.findIndex((row) => !row.includes(1));
  return algorithm === "gmpo" ? Number(loss) - Number(advantages[empty]) / mask.length : Number(loss);
});

test.run();
