import * as tf from "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { fixturesBeside, numbersOf, numbersWithin, probeWith } from "../../testing/parity.ts";
import { assertClose } from "../../testing/tensors.ts";

/**
 * Advantage chains against what the frameworks compute, made by tools/oracles/{verl,trl,openrlhf}.py. Scores and masks in, advantages out;
 * responses of one token and of none are among them. Where a framework means something else on purpose, a test says what.
 */

const probe = probeWith();

type Numbers = readonly (number | string | readonly (number | string)[])[];
interface Batch {
  readonly scores: readonly (number | string)[];
  readonly mask: readonly (readonly number[])[];
  readonly advantages: Numbers;
}
interface Case {
  readonly batch: string;
  readonly function?: string;
  readonly trainer?: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly advantages: Numbers;
  readonly returns: Numbers;
  readonly error?: string;
}
interface Fixture {
  readonly version: string;
  readonly batches: Readonly<Record<string, Batch>>;
  readonly cases: readonly Case[];
}
const read = fixturesBeside<Fixture>(import.meta.url);

/** Within 1e-6: numbers up to 15 of which float32 is right to 6e-8, or by two divisions 1.3e-7, times their size. OpenRLHF's whitening is float32 too. */
const close = (actual: unknown, expected: unknown, tolerance = 1e-6) =>
  assertClose(tf.tensor1d(numbersOf(actual)), numbersOf(expected), tolerance);

const run = async (chain: readonly unknown[], batch: object) => (await probe("advantage", chain, batch)).advantages as Numbers;

function parity(name: string, count: number, chainOf: (each: Case) => readonly unknown[] | undefined): void {
  const { version, batches, cases } = read(name);
  const agreeing = cases.filter((each) => chainOf(each) !== undefined);
  test(`${name}: ${count} cases`, () => assert.is(agreeing.length, count));
  for (const each of agreeing)
    test(`${name} ${version}: ${each.function ?? each.trainer ?? ""} ${JSON.stringify(each.options)}, ${each.batch}`, async () => {
      const batch = batches[each.batch]!;
      const ours = await run(chainOf(each)!, batch);
      close(ours, batch.mask ? numbersWithin(batch.mask, each.advantages) : each.advantages);
    });
}

/** The one case of a fixture that fits. */
function only(name: string, fits: (each: Case) => boolean): Case & { batchOf: Batch } {
  const { batches, cases } = read(name);
  const found = cases.filter(fits);
  assert.is(found.length, 1);
  return { ...found[0]!, batchOf: batches[found[0]!.batch]! };
}

// ---------------------------------------------------------------- verl's groups

const normalise = (epsilon: number, more: object = {}) => ({ use: "group-normalise", deviation: "unbiased", epsilon, ...more });
const verlGrpo = ({ norm_adv_by_std_in_grpo: divides }: Case["options"]) =>
  divides === true ? normalise(1e-6, { singleton: "score" }) : { use: "group-centre", singleton: "score" };
const verlGroups: Record<string, (options: Case["options"]) => unknown> = {
  compute_grpo_outcome_advantage: verlGrpo,
  compute_grpo_vectorized_outcome_advantage: verlGrpo,
  compute_rloo_outcome_advantage: () => ({ use: "leave-one-out", singleton: "score" }),
  compute_rloo_vectorized_outcome_advantage: () => "leave-one-out",
};
const rounds = (each: Case) =>
  each.batch === "equal" && (each.options.dtype === "float32" || each.function === "compute_grpo_vectorized_outcome_advantage");
parity("verl-groups", 34, (each) => (rounds(each) ? undefined : [verlGroups[each.function!]!(each.options), "spread"]));

test("verl-groups: three scores of 0.9 have an advantage of 0.056 in verl's float32, a rounding error divided by 1e-6; here it is 0", async () => {
  const dtype = (each: Case) => each.options.dtype === "float32" && each.function === "compute_grpo_outcome_advantage";
  const { advantages, batchOf } = only("verl-groups", dtype);
  assert.ok(Math.max(...numbersOf(advantages)) > 0.05);
  assert.ok(numbersOf(await run([normalise(1e-6, { singleton: "score" }), "spread"], batchOf)).every((value) => value === 0));
});

// ---------------------------------------------------------------- TRL's groups: one number a response

const trlGroups = ({ trainer, options }: Case): readonly unknown[] => {
  if (trainer === "rloo")
    return options.normalize_advantages === true
      ? ["leave-one-out", { use: "batch-normalise", epsilon: 1e-4 }]
      : ["leave-one-out"];
  if (options.scale_rewards === "none") return ["group-centre"];
  return [normalise(1e-4, { over: options.scale_rewards, singleton: "zero" })];
};
parity("trl-groups", 20, (each) => (each.batch === "nan" ? undefined : trlGroups(each)));

test("trl-groups: a NaN score means: leave it out, advantage 0; here its group is NaN, or all where σ is the batch's, which stops the run", async () => {
  const { batches, cases } = read("trl-groups");
  const found = cases.filter((each) => each.batch === "nan");
  assert.is(found.length, 5);
  for (const each of found) {
    assert.ok(numbersOf(each.advantages).every(Number.isFinite));
    const ours = numbersOf(await run(trlGroups(each), batches.nan!));
    const wholeBatch = each.options.scale_rewards === "batch" || each.options.normalize_advantages === true;
    assert.ok(ours.slice(0, wholeBatch ? 6 : 3).every(Number.isNaN));
    if (!wholeBatch) close(ours.slice(3), each.advantages.slice(3)); // the other group
  }
});

// ---------------------------------------------------------------- OpenRLHF: shaped, then clipped to ±10, then return of every token

const shaping: Record<string, readonly unknown[]> = {
  reinforce: [],
  reinforce_baseline: ["group-centre"],
  rloo: ["leave-one-out"],
  group_norm: [normalise(1e-9, { singleton: "zero" })],
  dr_grpo: ["group-centre"],
};
const openrlhf = ({ options: { estimator } }: Case) => {
  const whiten = { use: "whiten", variance: "biased", epsilon: 1e-8, epsilonIn: "floor" };
  const last = estimator === "reinforce" || estimator === "reinforce_baseline" ? [whiten] : [];
  return [...shaping[String(estimator)]!, "score-clip", { use: "discounted-return", gamma: 1 }, ...last];
};
const aloneWithoutDeviation = ({ batch, options }: Case) =>
  batch === "singletons" && ["rloo", "group_norm"].includes(String(options.estimator));
parity("openrlhf-advantages", 28, (each) => (aloneWithoutDeviation(each) ? undefined : openrlhf(each)));

test("openrlhf-advantages: a response alone in its group is NaN in OpenRLHF's rloo and group_norm, 0 here", async () => {
  const { batches, cases } = read("openrlhf-advantages");
  const found = cases.filter(aloneWithoutDeviation);
  assert.is(found.length, 2);
  for (const each of found) {
    assert.ok(numbersOf(each.advantages).includes(Number.NaN));
    assert.ok(numbersOf(await run(openrlhf(each), batches.singletons!)).every((value) => value === 0));
  }
});

// ---------------------------------------------------------------- returns, with a masked position between response tokens

const returns = ({ options: { gamma } }: Case) => [{ use: "discounted-return", gamma }];
parity("verl-returns", 2, returns);
parity("openrlhf-returns", 1, (each) => (each.options.gamma === 1 ? returns(each) : undefined));

test("openrlhf-returns: a masked position between tokens is discounted over in OpenRLHF, skipped in verl and here", async () => {
  const { advantages, batchOf } = only("openrlhf-returns", ({ options }) => options.gamma === 0.5);
  // row 1: token rewards 1, (masked), −0.5, 2 → G_3 = 2, G_2 = 0.5; G_0 = 1 + γ·0.5 = 1.25 here, 1 + γ²·0.5 = 1.125 there
  assert.is(numbersOf(advantages)[0], 1.125);
  assert.is(numbersOf(await run([{ use: "discounted-return", gamma: 0.5 }], batchOf))[0], 1.25);
});

// ---------------------------------------------------------------- whitening

const verlWhiten = { use: "whiten", variance: "unbiased", epsilon: 1e-8, epsilonIn: "sum" };
parity("verl-whiten", 5, ({ batch, error }) => (error !== undefined || /equal/i.test(batch) ? undefined : [verlWhiten]));

test("verl-whiten: verl's mean divides by N + 1e-8, so equal values c become 1e4·c·1e-8/N; here they are 0", async () => {
  // c = 0.75, N = 3: 1e4 · 0.75 · 1e-8/3 = 2.5e-5, and as much where the deviation is not far above √1e-8
  for (const batch of ["equal", "nearlyEqual"]) {
    const { advantages, batchOf } = only("verl-whiten", (each) => each.batch === batch);
    const ours = await run([verlWhiten], batchOf);
    close(ours, numbersWithin(batchOf.mask, advantages), 3e-5);
    if (batch === "equal") assert.ok(numbersOf(ours).every((value) => value === 0));
    else assert.throws(() => close(ours, numbersWithin(batchOf.mask, advantages), 1e-5));
  }
});

test("verl-whiten: one token, or none, is an error in verl; here the advantage is 0", async () => {
  for (const [name, message] of [
    ["oneToken", "division by zero"],
    ["noTokens", "At least one element in the mask has to be 1"],
  ] as const) {
    const { error, batchOf } = only("verl-whiten", (each) => each.batch === name);
    assert.match(error!, message);
    assert.equal(numbersOf(await run([verlWhiten], batchOf)), [0, 0, 0, 0]);
  }
});

test("whiten: positions in the padding keep a value in verl and OpenRLHF; here they are 0", async () => {
  const { advantages, batchOf } = only("verl-whiten", (each) => each.batch === "hugeOutside");
  assert.ok(numbersOf(advantages)[3]! > 1e29);
  assert.is(numbersOf(await run([verlWhiten], batchOf))[3], 0);
});

test("whiten: biased and unbiased differ by the factor √((N − 1)/N)", async () => {
  const { batchOf } = only("verl-whiten", (each) => each.batch === "ordinary"); // N = 6
  const [biased, unbiased] = await Promise.all(
    ["biased", "unbiased"].map((variance) => run([{ ...verlWhiten, variance }], batchOf)),
  );
  close(
    numbersOf(biased).map((value) => value * Math.sqrt(5 / 6)),
    unbiased,
  );
});

test.run();
