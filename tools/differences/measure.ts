import type { Algorithm } from "@rewardlab/core";
import { numbersOf } from "@rewardlab/core/testing";
import type { Probe } from "./certificates.ts";
import type { BatchName } from "./standard-batches.ts";
import { standardBatches } from "./standard-batches.ts";

/** The places of a method that variants fill differently, as paths of the rl stage's options. What comes before the scores is shown, but has nothing to measure on a batch of scores. */
export const terms = [
  "reward.rules",
  "reward.formula",
  "reward.normalise",
  "sampler",
  "kl",
  "advantage",
  "critic",
  "loss.ratio",
  "loss.surrogate",
  "loss.correction",
  "loss.mask",
  "loss.aggregate",
] as const;
export type Term = (typeof terms)[number];
const beforeTheScores: ReadonlySet<Term> = new Set<Term>(["reward.rules", "reward.formula", "sampler"]);
export const isMeasured = (term: Term) => !beforeTheScores.has(term);
type Preset = Readonly<Record<string, unknown>>;

export function termOf(preset: Preset, term: Term): unknown {
  return term.split(".").reduce<unknown>((inside, key) => (inside as Preset | undefined)?.[key], preset) ?? null;
}

/** What a variant gives on a batch, and how far its gradient is from the first variant's. */
export interface Measured {
  readonly loss: number;
  /** |g − g₁| / |g₁|, Euclidean over response tokens; 0 is the same update, 1 as far as no update at all. */
  readonly gradientChange: number;
}

/** Every variant of an algorithm on a standard batch. */
export async function measureVariants(algorithm: Algorithm, batch: BatchName, probe: Probe): Promise<Map<string, Measured>> {
  const results = new Map<string, { loss: number; gradient: number[] }>();
  for (const variant of Object.keys(algorithm.presets))
    results.set(variant, await result({ use: algorithm.name, variant }, batch, probe));
  const [first] = results.values();
  return new Map(
    [...results].map(([variant, { loss, gradient }]) => [variant, { loss, gradientChange: change(first!.gradient, gradient) }]),
  );
}

/**
 * The first variant with one term of another's in the place of its own: what that difference does by itself to the gradient.
 * null where the two don't fit together (a KL in the reward, and no step that takes it off there).
 */
export async function measureTerm(
  algorithm: Algorithm,
  variant: string,
  term: Term,
  batch: BatchName,
  probe: Probe,
): Promise<number | null> {
  const [first] = Object.keys(algorithm.presets);
  const base = { algorithm: { use: algorithm.name, variant: first } };
  const value = termOf(algorithm.presets[variant]!, term);
  const [slot, inner] = term.split(".");
  const swapped = { ...base, [slot!]: inner === undefined ? value : { [inner]: value } };
  const before = await result(base, batch, probe);
  try {
    return change(before.gradient, (await result(swapped, batch, probe)).gradient);
  } catch {
    return null; // the same error that an experiment with this composition would get
  }
}

async function result(spec: object, batch: BatchName, probe: Probe): Promise<{ loss: number; gradient: number[] }> {
  const { loss, gradLogProbs } = await probe(spec, standardBatches[batch]);
  return { loss: Number(loss), gradient: numbersOf(gradLogProbs) };
}

const norm = (values: readonly number[]) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));

function change(from: readonly number[], to: readonly number[]): number {
  return norm(to.map((value, index) => value - from[index]!)) / norm(from);
}
