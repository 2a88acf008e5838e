import * as tf from "@tensorflow/tfjs";
import { readFileSync } from "node:fs";
import { buildRegistry, createContainer, createProbe, definePlugin, standardComponents } from "@rewardlab/core";
import { assertClose } from "@rewardlab/core/testing";
import { test } from "uvu";
import * as assert from "uvu/assert";
import plugin from "./index.ts";

/**
 * GRPO against what verl and TRL compute from scores and log-probabilities on: advantages, loss and ∂loss/∂log π, made by
 * tools/oracles/{verl,trl}.py. In the batches: responses of one token and of none, log ratios of 30 and −200 inside the mask (verl) and in the
 * padding, equal scores, groups of one, a NaN score.
 */

await tf.setBackend("cpu");
const standard = definePlugin({ name: "@rewardlab/core", api: "^1", components: standardComponents });
const registry = buildRegistry([standard, plugin].map((each) => ({ plugin: each, version: "0", integrity: null })));
const container = createContainer(registry);

interface Result {
  readonly advantages: unknown;
  readonly loss: unknown;
  readonly gradLogProbs: unknown;
}
interface Case extends Result {
  readonly batch: string;
  readonly options: { readonly loss_type?: string; readonly beta?: number };
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
const withinMask = (values: unknown, mask: number[][]) =>
  numbers(values).map((value, index) => (mask.flat()[index]! > 0 ? value : 0));

/** Each number within 1e-6 of the expected one, times its size where that is above 1: float32 is right to 6e-8 of the largest term it adds up. */
function close(actual: unknown, expected: unknown): void {
  const [given, wanted] = [actual, expected].map((values) => [values].flat(2).map(Number)) as [number[], number[]];
  const scaled = (values: number[]) => values.map((value, index) => value / size(wanted[index]));
  assertClose(tf.tensor1d(scaled(given)), scaled(wanted), 1e-6);
}
const size = (value = 0) => (Number.isFinite(value) ? Math.max(1, Math.abs(value)) : 1);

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
      close(ours.advantages, withinMask(tokensOf(each, batch.mask), batch.mask));
      close(ours.loss, each.loss);
      close(ours.gradLogProbs, each.gradient);
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
