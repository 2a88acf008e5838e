import type { WaitingResponses } from "./kept-form.ts";
import { keptResponses, responsesAgain } from "./kept-responses.ts";
import { freshResponses } from "./responses.ts";
import type { Responses } from "./responses.ts";
import type { Training } from "./training.ts";

/**
 * prompts → rollout → scores → sampler: the responses that this iteration trains on, with their scores. With `rollout.staleness: n` they were sampled n
 * iterations ago: the policy samples as ever, and what it gave waits.
 *
 *     iteration      1              2        3  …
 *     samples        1 2 … n + 1    n + 2    n + 3        the first n + 1 rollouts are the first policy's
 *     trains on      1              2        3
 *
 * The last n iterations sample nothing. What waits is plain data, and stands in checkpoints: a run that goes on trains on the same responses. What samplers and
 * rules count, they count in the iteration that samples.
 */
export async function collectResponses(training: Training): Promise<Responses> {
  const { iterations, rollout } = training.options;
  const { staleness = 0 } = rollout;
  if (staleness === 0) return freshResponses(training);
  const { waiting } = training;
  const isOver = () => training.iteration + waiting.length >= iterations; // enough for the iterations left
  while (waiting.length === 0 || (waiting.length <= staleness && !isOver())) waiting.push(kept(await freshResponses(training)));
  return again(training, waiting.shift()!);
}

function kept(responses: Responses): WaitingResponses {
  const { rollout, sampled } = responses;
  const before = { rollout: sampled.rollout, scored: { ...sampled.scored, masked: [] }, sampled };
  return { trains: keptResponses(responses), sampled: sampled.rollout === rollout ? null : keptResponses(before) };
}

async function again(training: Training, { trains, sampled }: WaitingResponses): Promise<Responses> {
  const responses = await responsesAgain(training, trains);
  return sampled === null ? responses : { ...responses, sampled: await responsesAgain(training, sampled) };
}
