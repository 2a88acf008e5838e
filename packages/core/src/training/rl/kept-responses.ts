import { itemsAt } from "../../items/items.ts";
import type { Rollout } from "../rollout.ts";
import type { KeptResponses } from "./kept-form.ts";
import type { Responses } from "./responses.ts";
import type { Training } from "./training.ts";

/** What `responsesAgain` makes the same responses of: to train on a rollout in later iterations. */
export function keptResponses({ rollout, scored }: Responses): KeptResponses {
  const { items: _, groupIds, lengths, responseIds, mask, logProbs, ...rest } = rollout;
  const numbers = (values: Float32Array | Int32Array) => Array.from(values);
  const orNull = (values: Float32Array) => Array.from(values, (value) => (Number.isFinite(value) ? value : null));
  return {
    rollout: {
      ...rest,
      groupIds: numbers(groupIds),
      lengths: numbers(lengths),
      responseIds: numbers(responseIds),
      mask: numbers(mask),
      logProbs: orNull(logProbs),
    },
    scored: { ...scored, scores: orNull(scored.scores), plain: orNull(scored.plain) },
  };
}

/** The responses that were kept, with their items as the data have them. Log-probabilities are those of the policy that sampled. */
export async function responsesAgain({ items }: Training, kept: KeptResponses): Promise<Responses> {
  const { groupIds, lengths, responseIds, mask, logProbs, ...rest } = kept.rollout;
  const orNaN = (values: readonly (number | null)[]) => Float32Array.from(values, (value) => value ?? NaN);
  const byPlace = new Map<number, Awaited<ReturnType<typeof itemsAt>>[number]>();
  const places = [...new Set(rest.places)];
  (await itemsAt(items, places)).forEach((item, index) => byPlace.set(places[index]!, item));
  const rollout: Rollout = {
    ...rest,
    items: rest.places.map((place) => byPlace.get(place)!),
    groupIds: Int32Array.from(groupIds),
    lengths: Int32Array.from(lengths),
    responseIds: Int32Array.from(responseIds),
    mask: Float32Array.from(mask),
    logProbs: orNaN(logProbs),
  };
  const scored = { ...kept.scored, scores: orNaN(kept.scored.scores), plain: orNaN(kept.scored.plain) };
  return { rollout, scored, sampled: { rollout, scored } };
}
