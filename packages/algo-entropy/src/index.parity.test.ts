import "@tensorflow/tfjs";
import { assertCloseBySize, fixturesBeside, numbersWithin, probeWith } from "@rewardlab/core/testing";
import { test } from "uvu";
import * as assert from "uvu/assert";
import plugin from "./index.ts";

/**
 * Clip-Cov and KL-Cov against what verl's own functions compute in float64 (tools/oracles/verl-surrogates.py): the losses of given advantages with
 * several options, and the presets from scores to ∂loss/∂log π. What torch.randperm drew comes with each case (`selected`). In the batches: responses
 * of one token and of none, log ratios of ±30 and ±200 inside the mask and in the padding, A = 0, equal scores, groups of one and of two, a NaN score.
 */

const probe = probeWith(plugin);
type Mask = readonly (readonly number[])[];

interface Case {
  readonly algorithm: string;
  readonly batch: string;
  readonly options: Readonly<Record<string, number>>;
  readonly advantages: unknown;
  readonly selected?: Mask;
  readonly loss: number | string;
  readonly gradient: unknown;
}
interface Fixture {
  readonly version: string;
  readonly batches: Readonly<Record<string, { readonly mask: Mask }>>;
  readonly cases: readonly Case[];
}
const read = fixturesBeside<Fixture>(import.meta.url);
const withDraw = (batch: object, { selected }: Case) => ({ ...batch, ...(selected && { selected }) });

/** Log ratios of 200 are e^200 in float64, and no number in float32. */
const fitsFloat32 = ({ batch }: Case) => batch !== "twoHundred";

function losses(name: string, count: number, surrogateOf: (options: Case["options"]) => object): void {
  const { version, batches, cases } = read(name);
  const agreeing = cases.filter(fitsFloat32);
  test(`${name}: ${count} cases`, () => assert.is(agreeing.length, count));
  for (const each of agreeing)
    test(`${name} ${version}: ${each.batch}, ${JSON.stringify(each.options)}`, async () => {
      const spec = { ratio: "token", surrogate: surrogateOf(each.options), aggregate: "token-mean" };
      const ours = await probe("loss", spec, withDraw(batches[each.batch]!, each));
      assertCloseBySize(ours.loss, each.loss);
      assertCloseBySize(ours.gradLogProbs, each.gradient);
    });
}

losses("verl-clip-cov", 18, ({ clip_cov_ratio: ratio, clip_cov_lb: low, clip_cov_ub: high, clip_ratio_high: clipHigh }) => ({
  use: "clip-cov",
  ratio,
  low,
  high,
  clipHigh,
}));
losses("verl-kl-cov", 12, ({ kl_cov_ratio: ratio, ppo_kl_coef: coefficient }) => ({ use: "kl-cov", ratio, coefficient }));

// ---------------------------------------------------------------- presets, from scores on

/** The padding of a response whose advantage is NaN has a NaN gradient in verl (0 · NaN); there only response tokens are compared. */
const isNaNBatch = ({ batch }: Case) => batch === "nan" || batch === "nanWithoutTokens";

/** Equal scores: every covariance is 0 but for rounding, so any token is as good a choice as any other. */
const isTie = ({ algorithm, batch }: Case) => algorithm === "kl-cov" && batch === "equal";

const { version, batches, cases } = read("verl");
const agreeing = cases.filter((each) => !isTie(each));
test("verl: 19 cases", () => assert.is(agreeing.length, 19));
for (const each of agreeing)
  test(`verl ${version}: ${each.algorithm}, ${each.batch}`, async () => {
    const batch = batches[each.batch]!;
    const ours = await probe("algorithm", { use: each.algorithm, variant: "verl" }, withDraw(batch, each));
    assertCloseBySize(ours.advantages, numbersWithin(batch.mask, each.advantages));
    assertCloseBySize(ours.loss, each.loss);
    const compared = (gradient: unknown) => (isNaNBatch(each) ? numbersWithin(batch.mask, gradient) : gradient);
    assertCloseBySize(compared(ours.gradLogProbs), compared(each.gradient));
  });

test("verl: kl-cov of equal scores penalises one token, which one is chance: its rounding chose one with the log ratio 0, ours another", async () => {
  const found = cases.find(isTie);
  const ours = await probe("algorithm", { use: "kl-cov", variant: "verl" }, batches.equal!);
  const gradient = numbersWithin(batches.equal!.mask, ours.gradLogProbs);
  assert.is(gradient.filter((value) => value !== 0).length, 1);
  assertCloseBySize(Math.max(...gradient.map(Math.abs)), 1 / 15);
  assertCloseBySize(Math.max(...numbersWithin(batches.equal!.mask, found!.gradient).map(Math.abs)), 0);
});

test.run();
