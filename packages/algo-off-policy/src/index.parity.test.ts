import "@tensorflow/tfjs";
import { assertCloseBySize, fixturesBeside, numbersWithin, probeWith } from "@rewardlab/core/testing";
import { test } from "uvu";
import * as assert from "uvu/assert";
import plugin from "./index.ts";

/**
 * Corrections, surrogates and the entropy mask against what verl 0.9.1 and TRL 1.16.0 compute, in float64 (TRL's quantile: float32), made by
 * tools/oracles/{verl,trl}-off-policy.py. In the batches: responses of one token and of none, log ratios of ±30 and ±200, NaN and infinities in the padding, A = 0.
 */

const probe = probeWith(plugin);

type Rows = readonly (readonly (number | string)[])[];
interface Options {
  // verl
  readonly rollout_is?: string;
  readonly rollout_is_threshold?: number | string;
  readonly rollout_rs?: string;
  readonly rollout_rs_threshold?: number;
  readonly threshold: number;
  readonly cap: number;
  // TRL
  readonly mode?: string;
  readonly low: number | null;
  readonly high: number | null;
  readonly delta?: number;
  readonly loss_type: string;
  readonly k_pos: number;
  readonly k_neg: number;
  readonly lambda_pos: number;
  readonly lambda_neg: number;
  readonly share: number;
}
interface Case {
  readonly batch: string;
  readonly mode?: string;
  readonly algorithm?: string;
  readonly advantages?: readonly unknown[];
  readonly options: Options;
  readonly weights?: Rows | null;
  readonly mask: Rows;
  readonly loss: number | string;
  readonly gradient: Rows;
}
interface Fixture {
  readonly version: string;
  readonly batches: Readonly<Record<string, { readonly mask: number[][] }>>;
  readonly cases: readonly Case[];
}
const read = fixturesBeside<Fixture>(import.meta.url);

/** A test for each case, and for how many there are. */
function parity(name: string, count: number, check: (each: Case, batch: Fixture["batches"][string]) => Promise<void>): void {
  const { version, batches, cases } = read(name);
  test(`${name}: ${count} cases`, () => assert.is(cases.length, count));
  for (const each of cases)
    test(`${name} ${version}: ${each.batch}, ${each.algorithm ?? each.mode ?? ""}${JSON.stringify(each.options ?? {})}`, () =>
      check(each, batches[each.batch]!));
}

/** A loss as `probe loss` gives it. */
const loss = async (spec: object, batch: object) =>
  (await probe("loss", spec, batch)) as { loss: number; gradLogProbs: number[][] };
async function expectLoss(spec: object, batch: object, expected: Case): Promise<void> {
  const ours = await loss(spec, batch);
  assertCloseBySize(ours.loss, expected.loss);
  assertCloseBySize(ours.gradLogProbs, expected.gradient);
}

// ---------------------------------------------------------------- verl

/** A threshold is the upper bound, to cut to; or "lower_upper", beyond which a weight is 0. */
function verlCorrection({
  rollout_is: level,
  rollout_is_threshold: bounds,
  rollout_rs: rejects,
  rollout_rs_threshold: limit,
}: Options) {
  const [low, high] = String(bounds).split("_").map(Number);
  const weight =
    high === undefined ? { use: "truncated-importance", level, cap: low } : { use: "masked-importance", level, low, high };
  return [...(level === undefined ? [] : [weight]), ...(rejects === undefined ? [] : [{ use: "sequence-rejection", limit }])];
}

parity("verl-correction", 91, async ({ options, weights, mask }, batch) => {
  const ours = (await probe("correction", verlCorrection(options), batch)) as { weights: number[][]; mask: number[][] };
  assertCloseBySize(ours.weights, numbersWithin(batch.mask, weights ?? batch.mask));
  assert.equal(ours.mask, mask);
});

parity("verl-corrected-loss", 40, ({ options, ...expected }, batch) =>
  expectLoss(
    {
      ratio: { use: "clamped", limit: 20 },
      surrogate: { use: "dual-clip", low: 0.2, high: 0.2, cap: 3 },
      correction: verlCorrection(options),
      aggregate: "token-mean",
    },
    batch,
    { options, ...expected },
  ),
);

for (const divergence of ["tv", "kl"] as const)
  parity(`verl-dppo-${divergence}`, 40, (expected, batch) => {
    const { options, mode } = expected;
    const surrogate = { use: "dppo", divergence, threshold: options.threshold, cap: options.cap };
    const aggregate = mode === "token-mean" ? "token-mean" : "sequence-mean";
    return expectLoss({ ratio: "token", surrogate, aggregate }, batch, expected);
  });

// ---------------------------------------------------------------- TRL

function trlCorrection({ mode, low, high, delta }: Options) {
  const [level, how] = (mode ?? "").split("_");
  const weight =
    how === "truncate"
      ? { use: "truncated-importance", level, cap: high }
      : { use: "masked-importance", level, low: low ?? 0, high };
  return [...(mode === undefined ? [] : [weight]), ...(delta === undefined ? [] : [{ use: "off-policy-mask", delta }])];
}

parity("trl-importance", 48, async ({ options, weights }, batch) => {
  const ours = (await probe("correction", trlCorrection(options), batch)) as { weights: number[][]; mask: number[][] };
  assertCloseBySize(ours.weights, numbersWithin(batch.mask, weights));
  assert.equal(ours.mask, batch.mask);
});

parity("trl-off-policy-mask", 24, async ({ options, mask }, batch) => {
  const ours = (await probe("correction", trlCorrection(options), batch)) as { weights: number[][]; mask: number[][] };
  assert.equal(ours.mask.flat(), numbersWithin(batch.mask, mask));
  assert.equal(ours.weights, batch.mask);
});

parity("trl-corrected-loss", 20, (expected, batch) => {
  const { options } = expected;
  const aggregate = options.loss_type === "dapo" ? "token-mean" : { use: "sequence-mean", emptySequences: "counted" };
  return expectLoss(
    { ratio: "token", surrogate: { use: "clip", low: 0.2, high: 0.2 }, correction: trlCorrection(options), aggregate },
    batch,
    expected,
  );
});

parity("trl-vespo", 18, (expected, batch) => {
  const { k_pos, k_neg, lambda_pos, lambda_neg } = expected.options;
  const k = { positive: k_pos, negative: k_neg };
  const lambda = { positive: lambda_pos, negative: lambda_neg };
  return expectLoss({ ratio: "token", surrogate: { use: "vespo", k, lambda }, aggregate: "token-mean" }, batch, expected);
});

parity("trl-high-entropy", 78, async ({ options, mask }, batch) => {
  const ours = (await probe("mask", { use: "entropy-quantile", share: options.share }, batch)) as { mask: number[][] };
  assert.equal(ours.mask, mask);
});

// ---------------------------------------------------------------- presets, from scores on

/** The padding of a response whose advantage is NaN has a NaN gradient in verl (0 · NaN); there only response tokens are compared. */
const presets = (name: string, count: number, specOf: (algorithm: string) => object) =>
  parity(name, count, async ({ algorithm, advantages, loss: expected, gradient }, batch) => {
    const ours = await probe("algorithm", specOf(algorithm!), batch);
    const everyToken = advantages!.map((value, row) => (Array.isArray(value) ? value : batch.mask[row]!.map(() => value)));
    assertCloseBySize(ours.advantages, numbersWithin(batch.mask, everyToken));
    assertCloseBySize(ours.loss, expected);
    assertCloseBySize(numbersWithin(batch.mask, ours.gradLogProbs), numbersWithin(batch.mask, gradient));
  });

presets("verl-whole", 30, (algorithm) => {
  const [use, variant = "verl"] = algorithm.split(", ");
  return { use, variant };
});
presets("trl-whole", 10, (use) => ({ use, variant: "trl" }));

test.run();
