import "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { assertCloseBySize, fixturesBeside, probeWith } from "../../testing/parity.ts";

/**
 * The surrogates against what the frameworks compute: loss and ∂loss/∂log π in float64, made by tools/oracles/{verl,trl,openrlhf}.py.
 * A translation from a framework's options to ours stands above each set of tests.
 */

const probe = probeWith();

/** As the frameworks call them. */
interface Options {
  readonly low: number; // verl
  readonly high: number;
  readonly c: number;
  readonly clip_eps_low: number; // OpenRLHF
  readonly clip_eps_high: number;
  readonly dual_clip?: number;
  readonly token_level_loss?: boolean;
  readonly epsilon: number; // TRL
  readonly epsilon_high?: number;
  readonly delta?: number;
  readonly dtype?: string;
}
interface Case {
  readonly batch: string;
  readonly options: Options;
  readonly loss: number | string;
  readonly gradient: readonly (readonly (number | string)[])[];
}
interface Fixture {
  readonly version: string;
  readonly batches: Readonly<Record<string, Readonly<Record<string, readonly (readonly number[])[]>>>>;
  readonly cases: readonly Case[];
}
const read = fixturesBeside<Fixture>(import.meta.url);

const run = async (spec: object, batch: object) =>
  (await probe("loss", spec, batch)) as { loss: number; gradLogProbs: number[][] };

/** A test for each case that `agrees`: our loss with the options that `translate` gives. */
function parity(
  name: string,
  count: number,
  translate: (options: Options) => object,
  agrees: (each: Case) => boolean = () => true,
): void {
  const { version, batches, cases } = read(name);
  const agreeing = cases.filter(agrees);
  test(`${name}: ${count} cases`, () => assert.is(agreeing.length, count));
  for (const { batch, options, loss, gradient } of agreeing)
    test(`${name} ${version}: ${batch}, ${JSON.stringify(options)}`, async () => {
      const ours = await run(translate(options), batches[batch]!);
      assertCloseBySize(ours.loss, loss);
      assertCloseBySize(ours.gradLogProbs, gradient);
    });
}

/** The one case of a fixture on that batch with those options. */
function only(
  name: string,
  batch: string,
  options: object,
): { batch: Fixture["batches"][string]; loss: number | string; gradient: Case["gradient"] } {
  const { batches, cases } = read(name);
  const found = cases.filter((each) => each.batch === batch && JSON.stringify(each.options) === JSON.stringify(options));
  assert.is(found.length, 1);
  return { ...found[0]!, batch: batches[batch]! };
}

// ---------------------------------------------------------------- clip, dual-clip

const clamped = { use: "clamped", limit: 20 };

parity("verl-ppo-clip", 15, ({ low, high }) => ({ ratio: clamped, surrogate: { use: "clip", low, high } }));

const atTheCap = { low: 0.2, high: 0.2, c: Math.exp(0.25) };
parity(
  "verl-dual-clip",
  15,
  ({ low, high, c }) => ({ ratio: clamped, surrogate: { use: "dual-clip", low, high, cap: c } }),
  ({ options }) => options.c !== atTheCap.c,
);
test("verl-dual-clip: at ratio = c exactly torch.min passes half of the gradient, ours all of it", async () => {
  const { batch, loss, gradient } = only("verl-dual-clip", "atTheBound", atTheCap);
  const ours = await run({ ratio: clamped, surrogate: { use: "dual-clip", low: 0.2, high: 0.2, cap: atTheCap.c } }, batch);
  assertCloseBySize(ours.loss, loss);
  const halved = ours.gradLogProbs.map((row, i) =>
    row.map((value, t) => (Math.abs(value - 2 * Number(gradient[i]![t])) < 1e-6 && value !== 0 ? value / 2 : value)),
  );
  assert.is(halved.flat().filter((value, index) => value !== ours.gradLogProbs.flat()[index]).length, 2);
  assertCloseBySize(halved, gradient);
});

const openrlhf = (options: Options) => {
  const range = { low: options.clip_eps_low, high: options.clip_eps_high };
  return {
    ratio: clamped,
    surrogate: options.dual_clip ? { use: "dual-clip", ...range, cap: options.dual_clip } : { use: "clip", ...range },
    aggregate: options.token_level_loss === false ? "sequence-mean" : "token-mean",
  };
};
parity("openrlhf-clip", 19, openrlhf);

// ---------------------------------------------------------------- TRL: no clamp on the log ratio; delta is two-sided-clip

const trl = ({ epsilon, epsilon_high: high, delta }: Options) => ({
  ratio: "token",
  surrogate: delta
    ? { use: "two-sided-clip", low: epsilon, high: high ?? epsilon, cap: delta }
    : { use: "clip", low: epsilon, high: high ?? epsilon },
});
const inFloat32 = ({ options }: Case) => options.dtype === "float32";
parity("trl-clip", 14, trl, (each) => !inFloat32(each) && each.batch !== "twoHundred");

test("trl-clip: an unguarded ratio of e^200 is a number in float64; in float32 it is infinite and what follows NaN, in TRL as here", async () => {
  const { batches, cases } = read("trl-clip");
  const found = cases.filter((each) => inFloat32(each) && each.batch === "twoHundred");
  assert.is(found.length, 2);
  for (const { options, loss, gradient } of found) {
    const ours = await run(trl(options), batches.twoHundred!);
    assertCloseBySize(ours.loss, loss);
    assertCloseBySize(ours.gradLogProbs, gradient);
    assert.ok(gradient.flat().includes("NaN"));
    const guarded = await run({ ...trl(options), ratio: clamped }, batches.twoHundred!);
    assert.ok([guarded.loss, ...guarded.gradLogProbs.flat()].every(Number.isFinite));
  }
});

test("trl-clip: log ratios of 200 in the padding make TRL's float32 gradient NaN (0 · ∞); ours is that of its float64", async () => {
  for (const options of [{ epsilon: 0.2 }, { epsilon: 0.2, epsilon_high: 0.28, delta: 1.5 }]) {
    assert.ok(
      only("trl-clip", "outside", { ...options, dtype: "float32" })
        .gradient.flat()
        .includes("NaN"),
    );
    const { batch, loss, gradient } = only("trl-clip", "outside", options);
    const ours = await run(trl(options as Options), batch!);
    assertCloseBySize(ours.loss, loss);
    assertCloseBySize(ours.gradLogProbs, gradient);
  }
});

// ---------------------------------------------------------------- plain: verl's gpg

parity("verl-plain", 3, () => ({ surrogate: "plain", ratio: clamped }));

// ---------------------------------------------------------------- cispo

const verlCispo = ({ low, high }: Options) => ({ ratio: clamped, surrogate: { use: "cispo", low, high } });
parity("verl-cispo", 15, verlCispo);
// TRL's epsilon_high is the bound itself, and there is no lower one
const trlCispo = ({ epsilon_high: bound }: Options) => ({
  ratio: "token",
  surrogate: { use: "cispo", low: null, high: bound! - 1 },
});
parity("trl-cispo", 7, trlCispo, ({ options }) => options.epsilon_high !== undefined);
test("trl-cispo: without epsilon_high TRL bounds every weight by epsilon = 0.2, so a step on policy is a fifth of ours", async () => {
  const { batch, gradient } = only("trl-cispo", "onPolicy", { loss_type: "cispo" });
  const { gradLogProbs } = await run({ surrogate: { use: "cispo", high: 0.2 } }, batch!);
  assertCloseBySize(
    gradLogProbs.map((row) => row.map((value) => value * 0.2)),
    gradient,
  );
});

test.run();
