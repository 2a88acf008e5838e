import { relative } from "node:path";
import type { ItemOutline, RewardOutcome } from "../kinds.ts";
import { readAnswer, readThought } from "../items/responses.ts";

/** A response as samples.jsonl in `folder` keeps it; image paths are relative to that folder. */
export function responseSample(
  item: ItemOutline,
  response: string,
  rules: Readonly<Record<string, RewardOutcome>>,
  folder: string,
) {
  return {
    item: item.id,
    kind: item.kind ?? null,
    images: item.images.map(({ path }) => relative(folder, path)),
    question: item.question,
    responses: item.responses,
    preferred: item.preferred,
    response,
    thought: readThought(response),
    answer: readAnswer(response),
    rules,
  };
}
