import * as tf from "@tensorflow/tfjs";
import { readFileSync } from "node:fs";
import { buildRegistry, createContainer, createProbe, definePlugin, standardComponents } from "@rewardlab/core";
import { assertClose } from "@rewardlab/core/testing";
import { test } from "uvu";
import * as assert from "uvu/assert";
import plugin from "./index.ts";

/**
 * The presets against what verl and OpenRLHF compute from scores and log-probabilities on: returns, advantages, loss and ∂loss/∂log π, made by
 * tools/oracles/{verl,openrlhf}.py. In the batches: responses of one token and of none, log ratios of 30 and −200 inside the mask and in the
 * padding, a score beyond ±10, equal scores, groups of one, a NaN score.
 */

await tf.setBackend("cpu");
const standard = definePlugin({ name: "@rewardlab/core", api: "^1", components: standardComponents });
const registry = buildRegistry([standard, plugin].map((each) => ({ plugin: each, version: "0", integrity: null })));
const container = createContainer(registry);

interface Result {
  readonly returns: unknown;
  readonly advantages: unknown;
  readonly loss: unknown;
  readonly gradLogProbs: unknown;
}
interface Case extends Result {
  readonly batch: string;
  readonly estimator?: string;
  readonly options: { readonly estimator?: string; readonly gamma?: number; readonly kl_coef: number };
  readonly gradient: unknown;
}
interface Fixture {
  readonly version: string;
  readonly batches: Readonly<Record<string, { readonly mask: number[][] }>>;
  readonly cases: readonly Case[];
}
const read = (name: string) => JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), "utf8")) as Fixture;
const numbers = (values: unknown) => [values].flat(2).map(Number);
const run = async (spec: object, batch: object) =>
  (await createProbe(registry, container, "algorithm", JSON.stringify(spec))(batch)) as Result;

/** Both frameworks leave numbers in the padding of their advantages, or NaN, which their losses mask later; ours has 0 there. */
const withinMask = (values: unknown, mask: number[][]) =>
  numbers(values).map((value, index) => (mask.flat()[index]! > 0 ? value : 0));

/** Each number within 1e-6 of the expected one, times its size where that is above 1: float32 is right to 6e-8 of the largest term it adds up. */
function close(actual: unknown, expected: unknown): void {
  const [given, wanted] = [actual, expected].map((values) => [values].flat(2).map(Number)) as [number[], number[]];
  const scaled = (values: number[]) => values.map((value, index) => value / size(wanted[index]));
  assertClose(tf.tensor1d(scaled(given)), scaled(wanted), 1e-6);
}
const size = (value = 0) => (Number.isFinite(value) ? Math.max(1, Math.abs(value)) : 1);

/** What verl's reinforce_plus_plus_baseline calls returns are its advantages. */
const specifiesReturns = ({ estimator }: Case) => estimator !== "reinforce_plus_plus_baseline";

function parity(name: string, count: number, specOf: (each: Case) => object, agrees: (each: Case) => boolean = () => true): void {
  const { version, batches, cases } = read(name);
  const agreeing = cases.filter(agrees);
  test(`${name}: ${count} cases`, () => assert.is(agreeing.length, count));
  for (const each of agreeing)
    test(`${name} ${version}: ${JSON.stringify(specOf(each))}, ${each.batch}`, async () => {
      const batch = batches[each.batch]!;
      const ours = await run(specOf(each), batch);
      close(ours.returns, specifiesReturns(each) ? withinMask(each.returns, batch.mask) : ours.returns);
      close(ours.advantages, withinMask(each.advantages, batch.mask));
      close(ours.loss, each.loss);
      close(ours.gradLogProbs, each.gradient);
    });
}

/** The preset, or the preset with another discount. */
function preset(use: string, variant: string, gamma: number, whiten: object, before: readonly unknown[]): object {
  const algorithm = { use, variant };
  return gamma === 1 ? algorithm : { algorithm, advantage: [...before, { use: "discounted-return", gamma }, whiten] };
}

const verl = ({ estimator, options: { gamma = 1 } }: Case) =>
  estimator === "reinforce_plus_plus"
    ? preset("reinforce++", "verl", gamma, { use: "whiten", variance: "unbiased", epsilon: 1e-8, epsilonIn: "sum" }, [])
    : { use: "reinforce++-baseline", variant: "verl" };
const openrlhf = ({ options: { estimator, gamma = 1 } }: Case) =>
  estimator === "reinforce"
    ? preset("reinforce++", "openrlhf", gamma, { use: "whiten", variance: "biased", epsilon: 1e-8, epsilonIn: "floor" }, [
        "score-clip",
      ])
    : { use: "reinforce++-baseline", variant: "openrlhf" };

parity("verl-reinforce-plus-plus", 15, verl);

const nanReaches = ({ batch, options }: Case) => !(batch === "nanWithoutTokens" && options.estimator === "reinforce");
parity("openrlhf-reinforce-plus-plus", 13, openrlhf, nanReaches);

test("openrlhf-reinforce-plus-plus: the NaN score of a response without tokens makes the whole batch NaN (NaN · 0); here it has no token to stand on", async () => {
  const { batches, cases } = read("openrlhf-reinforce-plus-plus");
  const found = cases.filter((each) => !nanReaches(each));
  assert.is(found.length, 2);
  for (const each of found) {
    assert.ok(numbers(each.advantages).every(Number.isNaN));
    const { mask, ...rest } = batches[each.batch]!;
    const ours = await run(openrlhf(each), { ...rest, mask });
    assert.ok([ours.returns, ours.advantages, ours.loss, ours.gradLogProbs].flatMap(numbers).every(Number.isFinite));
  }
});

test.run();
