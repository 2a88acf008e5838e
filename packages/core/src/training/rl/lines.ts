import { responseSample } from "../samples.ts";
import { outcomesAt, ruleMeans } from "../score.ts";
import type { IterationRecord } from "./loop.ts";
import type { Responses, Sampled, Scored } from "./responses.ts";
import type { Training } from "./training.ts";
import type { Updates } from "./update.ts";

/** What is written down of an iteration: what the policy did, what the updates did, and what the components counted. */
export function iterationRecord(training: Training, iteration: number, responses: Responses, updates: Updates): IterationRecord {
  const { options, context } = training;
  const { scored, sampled } = responses;
  const { score, ...spread } = scoreStatistics(sampled.scored.rows.map((row) => sampled.scored.plain[row]!));
  return {
    line: {
      ...(score === undefined ? {} : { score }),
      ...spread,
      ...summary(sampled),
      ...trainedScore(scored),
      ...updateMeans(updates),
      updates: updates.made,
      skippedUpdates: updates.skipped.length,
      ...(options.kl?.adaptive ? { klCoefficient: updates.klCoefficient } : {}),
      ...context.metrics.take(),
    },
    samples: samplesOf(training, iteration, responses),
    shown: { ...(score === undefined ? {} : { score }), ...ruleMeans(sampled.scored.outcomes) },
    ends: options.onNonFinite === "stop" ? (updates.skipped[0] ?? null) : null,
  };
}

/** What the policy did, the same whatever the sampler then made of it. */
function summary({ rollout, scored }: Sampled) {
  return {
    rules: ruleMeans(scored.outcomes),
    invalid: scored.invalid,
    responseTokens: rollout.lengths.reduce((a, b) => a + b, 0) / rollout.items.length,
  };
}

/** The mean score of what trains, after the sampler. */
function trainedScore({ rows, scores }: Scored): { trainedScore?: number } {
  const { score: mean } = scoreStatistics(rows.map((row) => scores[row]!));
  return mean === undefined ? {} : { trainedScore: mean };
}

/** Without a single score there is no mean either: it is left out, never 0. */
function scoreStatistics(scores: readonly number[]): { score?: number; scoreDeviation?: number } {
  if (scores.length === 0) return {};
  const mean = scores.reduce((a, b) => a + b, 0) / scores.length;
  return { score: mean, scoreDeviation: Math.sqrt(scores.reduce((a, b) => a + (b - mean) ** 2, 0) / scores.length) };
}

/** Means over the updates that were made: where all were skipped there is neither loss nor gradient norm, which a service need not say either. */
function updateMeans({ sums, made, learningRate }: Updates) {
  return {
    ...(made === 0 ? {} : { loss: sums.loss / made }),
    ...(made === 0 || sums.gradientNorm === null ? {} : { gradientNorm: sums.gradientNorm / made }),
    learningRate: made === 0 ? learningRate(0) : sums.learningRate / made,
  };
}

/** The first response to each of the first prompts. */
function samplesOf({ context, options }: Training, iteration: number, { rollout, scored }: Responses) {
  const kept = Math.min(options.samplesKept, options.rollout.prompts);
  return Array.from({ length: kept }, (_, prompt) => {
    const row = prompt * options.rollout.samplesPerPrompt;
    const given = scored.plain[row]!;
    const sample = responseSample(rollout.items[row]!, rollout.texts[row]!, outcomesAt(scored.outcomes, row), context.folder);
    const guards = scored.masked[row] ? { leftOut: "cut off" } : {};
    return { stage: context.name, iteration, ...sample, score: Number.isNaN(given) ? null : given, ...guards };
  });
}
