import type { PreferenceItem, RewardOutcome } from "../kinds.ts";
import { readAnswer, readThought } from "../responses.ts";

/** A response as samples.jsonl keeps it. */
export function responseSample(item: PreferenceItem, response: string, rules: Readonly<Record<string, RewardOutcome>>) {
  return {
    item: item.id,
    kind: item.kind ?? null,
    images: item.images.map(({ path }) => path),
    question: item.question,
    responses: item.responses,
    preferred: item.preferred,
    response,
    thought: readThought(response),
    answer: readAnswer(response),
    rules,
  };
}
