import type { SampledTokens, Sampler, SamplerBatch, SamplerChoice } from "../../kinds.ts";

/** The sampler chain on the scored responses of a rollout: scores flow through its steps, what they mask and replace adds up. */
export function applySamplers(chain: readonly Sampler[], batch: SamplerBatch): SamplerChoice {
  const { responseIds, mask, logProbs, ...given } = batch;
  const tokens = { responseIds, mask, logProbs } as Partial<SampledTokens>;
  let scores = batch.scores;
  const masked = Array.from(scores, () => false);
  const replaced = new Set<number>();
  for (const step of chain) {
    const choice = step.apply({ ...given, ...(step.seesTokens ? tokens : {}), scores });
    scores = choice.scores;
    choice.masked.forEach((left, row) => (masked[row] ||= left));
    for (const id of choice.replaced) replaced.add(id);
  }
  return { scores, masked, replaced };
}

/** Most rollouts that an iteration may take. */
export function samplingRounds(chain: readonly Sampler[]): number {
  return Math.max(...chain.map(({ rounds }) => rounds));
}
