import "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { assertCloseBySize, fixturesBeside, probeWith } from "../../testing/parity.ts";

/**
 * GSPO's two ratios, and RLOO's, against what the frameworks compute: loss and ∂loss/∂log π in float64, made by tools/oracles/. The token
 * ratios, clamped or not, are compared in ../surrogate/surrogate.parity.test.ts.
 */

const probe = probeWith();

interface Case {
  readonly batch: string;
  readonly mode?: string;
  readonly options: Readonly<Record<string, number>>;
  readonly loss: number | string;
  readonly gradient: readonly (readonly (number | string)[])[];
}
interface Fixture {
  readonly version: string;
  readonly batches: Readonly<Record<string, object>>;
  readonly cases: readonly Case[];
}
const read = fixturesBeside<Fixture>(import.meta.url);

const isClose = (actual: unknown, expected: unknown) => {
  try {
    assertCloseBySize(actual, expected);
    return true;
  } catch {
    return false;
  }
};

const run = async (spec: object, batch: object) =>
  (await probe("loss", spec, batch)) as { loss: number; gradLogProbs: number[][] };

function parity(name: string, count: number, translate: (each: Case) => object, agrees: (each: Case) => boolean): void {
  const { version, batches, cases } = read(name);
  const agreeing = cases.filter(agrees);
  test(`${name}: ${count} cases`, () => assert.is(agreeing.length, count));
  for (const each of agreeing)
    test(`${name} ${version}: ${each.batch}, ${JSON.stringify(each.options)} ${each.mode ?? ""}`, async () => {
      const ours = await run(translate(each), batches[each.batch]!);
      assertCloseBySize(ours.loss, each.loss);
      assertCloseBySize(ours.gradLogProbs, each.gradient);
    });
}

// ---------------------------------------------------------------- verl: sequence-token, log s at most 10

const verl = ({ options: { low, high }, mode }: Case) => ({
  ratio: { use: "sequence-token", largestLog: 10 },
  surrogate: { use: "clip", low, high },
  aggregate: mode === "token-mean" ? "token-mean" : "sequence-mean",
});
parity("verl-gspo", 16, verl, () => true);

// ---------------------------------------------------------------- OpenRLHF, TRL: sequence, unguarded

const openrlhf = ({ options: { clip_eps_low: low, clip_eps_high: high } }: Case) => ({
  ratio: "sequence",
  surrogate: { use: "clip", low, high },
  aggregate: "sequence-mean",
});
const trl = ({ options: { epsilon, epsilon_high: high } }: Case) => ({
  ratio: "sequence",
  surrogate: { use: "clip", low: epsilon, high: high ?? epsilon },
  aggregate: { use: "sequence-mean", emptySequences: "counted" },
});
const fitsFloat32 = ({ batch }: Case) => batch !== "twoHundred";
parity("openrlhf-gspo", 12, openrlhf, fitsFloat32);
parity("trl-gspo", 12, trl, fitsFloat32);

test("gspo: a mean log ratio of 200 is a number in their float64 and infinite in float32; verl's bound of 10 holds it", async () => {
  for (const [name, translate] of [
    ["openrlhf-gspo", openrlhf],
    ["trl-gspo", trl],
  ] as const) {
    const { batches, cases } = read(name);
    const found = cases.filter((each) => !fitsFloat32(each));
    assert.is(found.length, 2);
    for (const each of found) {
      assert.ok(Number(each.loss) > 1e80);
      const spec = translate(each);
      assert.not.ok(Number.isFinite((await run(spec, batches.twoHundred!)).loss));
      const guarded = await run({ ...spec, ratio: { use: "sequence-token", largestLog: 10 } }, batches.twoHundred!);
      assert.ok([guarded.loss, ...guarded.gradLogProbs.flat()].every(Number.isFinite));
    }
  }
});

test("gspo: the two forms have one value; one gradient too where A is constant in the response, and two where it varies", async () => {
  const { batches } = read("verl-gspo");
  const both = async (batch: string) => {
    const rest = { surrogate: { use: "clip", low: 0.2, high: 0.2 }, aggregate: "sequence-mean" };
    return [
      await run({ ratio: "sequence", ...rest }, batches[batch]!),
      await run({ ratio: "sequence-token", ...rest }, batches[batch]!),
    ] as const;
  };
  const [plain, token] = await both("constantAdvantage");
  assertCloseBySize(plain.loss, token.loss);
  assertCloseBySize(plain.gradLogProbs, token.gradLogProbs);
  const [plainVarying, tokenVarying] = await both("ordinary");
  assertCloseBySize(plainVarying.loss, tokenVarying.loss);
  assert.not.ok(isClose(plainVarying.gradLogProbs, tokenVarying.gradLogProbs));
});

test("gspo: empty responses count in TRL's mean and not in OpenRLHF's: 5/6 of the loss", () => {
  const [theirs, others] = [read("trl-gspo"), read("openrlhf-gspo")].map(({ cases }) =>
    cases.find(({ batch }) => batch === "ordinary")!,
  );
  assertCloseBySize((Number(theirs!.loss) * 6) / 5, others!.loss);
});

// ---------------------------------------------------------------- TRL's RLOO: one ratio a response, exp of the SUM of log ratios

const rloo = (ratio: string | object) => ({
  ratio,
  surrogate: { use: "clip", low: 0.2, high: 0.2 },
  aggregate: { use: "sequence-mean", emptySequences: "counted" },
});
// a response without tokens has the junk −1.5 or 1.5 as its advantage in these batches: its ratio of 1 adds −A/B to their loss, and nothing to ours
const emptyResponses = (batch: object) => {
  const { mask, advantages } = batch as { mask: number[][]; advantages: number[][] };
  return mask.reduce((sum, row, index) => (row.includes(1) ? sum : sum - advantages[index]![0]! / mask.length), 0);
};
parity(
  "trl-rloo",
  1,
  () => rloo({ use: "sequence", over: "sum" }),
  ({ batch }) => batch === "oneTokenEach",
);

test("trl-rloo: four log ratios of 30 make a ratio of e^120, a number in their float64 and infinite in float32", async () => {
  const { batches, cases } = read("trl-rloo");
  assert.ok(Number(cases.find(({ batch }) => batch === "thirty")!.loss) > 1e50);
  assert.not.ok(Number.isFinite((await run(rloo({ use: "sequence", over: "sum" }), batches.thirty!)).loss));
});

test("trl-rloo: responses without tokens have a loss there, of ratio 1, and none here", async () => {
  const { batches, cases } = read("trl-rloo");
  const each = cases.find(({ batch }) => batch === "constantAdvantage")!;
  const ours = await run(rloo({ use: "sequence", over: "sum" }), batches[each.batch]!);
  assert.is(emptyResponses(batches[each.batch]!), -0.25);
  assertCloseBySize(ours.loss + emptyResponses(batches[each.batch]!), each.loss);
  assertCloseBySize(ours.gradLogProbs, each.gradient);
});

test("trl-rloo: neither the token ratio nor the mean over the response is the same, but where responses have one token", async () => {
  const { batches, cases } = read("trl-rloo");
  for (const [batch, same] of [
    ["constantAdvantage", false],
    ["oneTokenEach", true],
  ] as const)
    for (const ratio of ["token", "sequence"])
      assert.is(
        isClose((await run(rloo(ratio), batches[batch]!)).gradLogProbs, cases.find((each) => each.batch === batch)!.gradient),
        same,
      );
});

test.run();
