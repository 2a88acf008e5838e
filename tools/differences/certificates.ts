import type { Algorithm } from "@rewardlab/core";
import { numbersOf } from "@rewardlab/core/testing";
import { readFileSync } from "node:fs";

/** How near a variant is to what its framework computes from scores to the gradient, over the cases of its fixture. */
export interface Certificate {
  readonly framework: string;
  readonly version: string;
  readonly cases: number;
  /** Cases whose gradient is within 1e-6, relative where a number is above 1. The others are named in the packages' parity tests. */
  readonly agreeing: number;
  /** The same of the loss. */
  readonly agreeingLosses: number;
  /** The largest difference of gradients among those that agree. */
  readonly largest: number;
}

export type Probe = (spec: object, batch: object) => Promise<{ readonly loss: unknown; readonly gradLogProbs: unknown }>;

interface Case {
  readonly batch: string;
  readonly algorithm?: string;
  readonly estimator?: string;
  readonly rule?: string;
  readonly options?: { readonly estimator?: string; readonly gamma?: number };
  readonly loss: unknown;
  readonly gradient: unknown;
  /** What was drawn by chance. */
  readonly selected?: readonly (readonly number[])[];
  /** What the rules weigh. */
  readonly weights?: readonly number[];
}
interface Fixture {
  readonly framework: string;
  readonly version: string;
  readonly batches: Readonly<Record<string, { readonly mask: readonly (readonly number[])[] }>>;
  readonly cases: readonly Case[];
}

/** Every whole-algorithm fixture, and which algorithm and variant a case of it is of; null: a composition that no variant is. */
const fixtures: readonly (readonly [path: string, variantOf: (each: Case) => readonly [string, string] | null])[] = [
  ...["trl", "verl", "openrlhf", "nemo"].map(
    (variant) => [`algo-grpo/src/fixtures/${variant}.json`, ({ algorithm }: Case) => [algorithm!, variant] as const] as const,
  ),
  ...["trl", "verl", "nemo"].map(
    (variant) =>
      [`algo-grpo/src/fixtures/${variant}-rules.json`, ({ algorithm }: Case) => [algorithm!, variant] as const] as const,
  ),
  ["algo-grpo/src/fixtures/trl-later.json", ({ algorithm }) => [algorithm!, "trl"]],
  ["algo-soft-clip/src/fixtures/verl.json", ({ algorithm }) => [algorithm!, "verl"]],
  ["algo-soft-clip/src/fixtures/trl.json", ({ algorithm }) => [algorithm!, "trl"]],
  ["algo-entropy/src/fixtures/verl.json", ({ algorithm }) => [algorithm!, "verl"]],
  [
    "algo-off-policy/src/fixtures/verl-whole.json",
    ({ algorithm }) => (algorithm === "icepop" ? ["icepop", "verl"] : ["dppo", algorithm!.slice("dppo, ".length)]),
  ],
  ["algo-off-policy/src/fixtures/trl-whole.json", ({ algorithm }) => [algorithm!, "trl"]],
  ["algo-reinforcepp/src/fixtures/nemo.json", ({ algorithm }) => [algorithm!, "nemo"]],
  [
    "algo-reinforcepp/src/fixtures/openrlhf-reinforce-plus-plus.json",
    ({ options }) =>
      options?.gamma === 1 ? [options.estimator === "reinforce" ? "reinforce++" : "reinforce++-baseline", "openrlhf"] : null,
  ],
  [
    "algo-reinforcepp/src/fixtures/verl-reinforce-plus-plus.json",
    ({ estimator, options }) =>
      (options?.gamma ?? 1) === 1 ? [estimator === "reinforce_plus_plus" ? "reinforce++" : "reinforce++-baseline", "verl"] : null,
  ],
  ["algo-stablereinforce/src/fixtures/r1-reward-whole.json", ({ rule }) => ["stable-reinforce", rule!]],
];

/** The certificates that there are, by `algorithm variant`. */
export async function certificates(
  packages: URL,
  algorithms: readonly Algorithm[],
  probe: Probe,
): Promise<Map<string, Certificate>> {
  const found = new Map<string, Certificate>();
  for (const [path, variantOf] of fixtures) {
    const { framework, version, batches, cases } = JSON.parse(readFileSync(new URL(path, packages), "utf8")) as Fixture;
    for (const each of cases) {
      const [use, variant] = variantOf(each) ?? [];
      if (!algorithms.some(({ name, presets }) => name === use && Object.hasOwn(presets, variant!))) continue;
      const batch = batches[each.batch]!;
      const ours = await probe({ use, variant }, { ...batch, ...given(each) });
      const gradient = largestDifference(insideMask(batch.mask, ours.gradLogProbs), insideMask(batch.mask, each.gradient));
      const loss = largestDifference(numbersOf(ours.loss), numbersOf(each.loss));
      const before = found.get(`${use} ${variant}`) ?? {
        framework,
        version,
        cases: 0,
        agreeing: 0,
        agreeingLosses: 0,
        largest: 0,
      };
      const agrees = gradient <= 1e-6;
      found.set(`${use} ${variant}`, {
        ...before,
        cases: before.cases + 1,
        agreeing: before.agreeing + Number(agrees),
        agreeingLosses: before.agreeingLosses + Number(loss <= 1e-6),
        largest: agrees ? Math.max(before.largest, gradient) : before.largest,
      });
    }
  }
  return found;
}

/** What a case has beside its batch. */
const given = ({ selected, weights }: Case) => ({ ...(selected && { selected }), ...(weights && { weights }) });

function insideMask(mask: readonly (readonly number[])[], values: unknown): number[] {
  return numbersOf(values).filter((_, index) => mask.flat()[index]! > 0);
}

/** Relative where a number is above 1; NaN agrees with NaN, an infinity with itself. */
function largestDifference(ours: readonly number[], theirs: readonly number[]): number {
  return Math.max(
    ...theirs.map((value, index) => {
      if (Object.is(value, ours[index])) return 0;
      const difference = Math.abs(value - ours[index]!) / Math.max(1, Math.abs(value));
      return Number.isNaN(difference) ? Infinity : difference;
    }),
  );
}
