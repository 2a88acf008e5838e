import "@tensorflow/tfjs";
import { assertCloseBySize, fixturesBeside, numbersOf, numbersWithin, probeWith } from "@rewardlab/core/testing";
import { test } from "uvu";
import * as assert from "uvu/assert";
import plugin from "./index.ts";

/**
 * The presets against what verl, OpenRLHF and NeMo-RL compute from scores and log-probabilities on: returns, advantages, loss and ∂loss/∂log π, made by
 * tools/oracles/{verl,openrlhf,nemo}.py (NeMo-RL derived by hand). In the batches: responses of one token and of none, log ratios of 30 and −200 inside the mask and in the
 * padding, a score beyond ±10, equal scores, groups of one, a NaN score.
 */

const probe = probeWith(plugin);

interface Case {
  readonly algorithm?: string;
  readonly batch: string;
  readonly estimator?: string;
  readonly options?: { readonly estimator?: string; readonly gamma?: number };
  readonly returns: unknown;
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

/** What verl's reinforce_plus_plus_baseline calls returns are its advantages; NeMo-RL has none. */
const specifiesReturns = ({ estimator, returns }: Case) => estimator !== "reinforce_plus_plus_baseline" && returns !== undefined;

function parity(name: string, count: number, specOf: (each: Case) => object, agrees: (each: Case) => boolean = () => true): void {
  const { version, batches, cases } = read(name);
  const agreeing = cases.filter(agrees);
  test(`${name}: ${count} cases`, () => assert.is(agreeing.length, count));
  for (const each of agreeing)
    test(`${name} ${version}: ${JSON.stringify(specOf(each))}, ${each.batch}`, async () => {
      const batch = batches[each.batch]!;
      const ours = await run(specOf(each), batch);
      assertCloseBySize(ours.returns, specifiesReturns(each) ? numbersWithin(batch.mask, each.returns) : ours.returns);
      assertCloseBySize(ours.advantages, numbersWithin(batch.mask, each.advantages));
      assertCloseBySize(ours.loss, each.loss);
      // where an advantage is NaN, so is NeMo-RL's gradient in the padding of its response (NaN · 0): there only response tokens are compared
      const compared = (gradient: unknown) => (each.batch.startsWith("nan") ? numbersWithin(batch.mask, gradient) : gradient);
      assertCloseBySize(compared(ours.gradLogProbs), compared(each.gradient));
    });
}

/** The preset, or the preset with another discount. */
function preset(use: string, variant: string, gamma: number, whiten: object, before: readonly unknown[]): object {
  const algorithm = { use, variant };
  return gamma === 1 ? algorithm : { algorithm, advantage: [...before, { use: "discounted-return", gamma }, whiten] };
}

const verl = ({ estimator, options: { gamma = 1 } = {} }: Case) =>
  estimator === "reinforce_plus_plus"
    ? preset("reinforce++", "verl", gamma, { use: "whiten", variance: "unbiased", epsilon: 1e-8, epsilonIn: "sum" }, [])
    : { use: "reinforce++-baseline", variant: "verl" };
const openrlhf = ({ options: { estimator, gamma = 1 } = {} }: Case) =>
  estimator === "reinforce"
    ? preset("reinforce++", "openrlhf", gamma, { use: "whiten", variance: "biased", epsilon: 1e-8, epsilonIn: "floor" }, [
        "score-clip",
      ])
    : { use: "reinforce++-baseline", variant: "openrlhf" };

parity("verl-reinforce-plus-plus", 21, verl);

const nanReaches = ({ batch, algorithm, options }: Case) =>
  !(
    batch === "nanWithoutTokens" && [algorithm, options?.estimator].some((name) => name === "reinforce" || name === "reinforce++")
  );
const nemo = ({ algorithm }: Case) => ({ use: algorithm, variant: "nemo" });
parity("openrlhf-reinforce-plus-plus", 19, openrlhf, nanReaches);
parity("nemo", 19, nemo, nanReaches);

test("openrlhf, nemo: the NaN score of a response without tokens makes the whole batch NaN (NaN · 0); here it has no token to stand on", async () => {
  for (const [name, specOf, count] of [
    ["openrlhf-reinforce-plus-plus", openrlhf, 2],
    ["nemo", nemo, 1],
  ] as const) {
    const { batches, cases } = read(name);
    const found = cases.filter((each) => !nanReaches(each));
    assert.is(found.length, count);
    for (const each of found) {
      assert.ok(numbersOf(each.advantages).every(Number.isNaN));
      const { mask, ...rest } = batches[each.batch]!;
      const ours = await run(specOf(each), { ...rest, mask });
      assert.ok([ours.returns, ours.advantages, ours.loss, ours.gradLogProbs].flatMap(numbersOf).every(Number.isFinite));
    }
  }
});

test.run();
