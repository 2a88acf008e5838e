import type { SampledTokens, Sampler, SamplerBatch, SamplerChoice } from "../../kinds.ts";
import { RunError } from "@rewardlab/storage";

/** The sampler chain on the scored responses of a rollout: scores flow through its steps, what they mask and replace adds up. */
export function applySamplers(chain: readonly Sampler[], batch: SamplerBatch): SamplerChoice {
  const { responseIds, mask, logProbs, ...given } = batch;
  const tokens = { responseIds, mask, logProbs } as Partial<SampledTokens>;
  let scores = batch.scores;
  const masked = Array.from(scores, () => false);
  const replaced = new Set<number>();
  chain.forEach((step, index) => {
    const choice = step.apply({ ...given, ...(step.seesTokens ? tokens : {}), scores });
    if (choice.scores.length !== scores.length || choice.masked.length !== scores.length)
      throw new RunError(
        "RL_SAMPLER_SHAPE",
        `sampler chain, step ${index + 1} of ${chain.length}: gave ${choice.scores.length} scores and ${choice.masked.length} masks for ${scores.length} responses`,
      );
    scores = choice.scores;
    choice.masked.forEach((left, row) => (masked[row] ||= left));
    for (const id of choice.replaced) replaced.add(id);
  });
  return { scores, masked, replaced };
}

/** Most rollouts that an iteration may take. */
export function samplingRounds(chain: readonly Sampler[]): number {
  return Math.max(...chain.map(({ rounds }) => rounds));
}
