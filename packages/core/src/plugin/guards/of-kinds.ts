import type { Component, Kind, Parts } from "../component.ts";
import { guarded } from "../guard.ts";
import type { Guard } from "../guard.ts";
import { advantageGuard, aggregateGuard, klGuard, optimizerGuard, ratioGuard, scheduleGuard, surrogateGuard } from "./method.ts";
import { modelGuard } from "./model.ts";
import { rewardGuard, samplerGuard } from "./responses.ts";
import { datasetGuard, engineGuard, stageGuard } from "./surroundings.ts";

/** How the parts of each kind are watched; a kind that is missing here doesn't compile. */
const guards: { readonly [K in Kind]: Guard<Parts[K]> | ((component: Component<K>) => Guard<Parts[K]>) } = {
  advantage: ({ gives }) => advantageGuard(gives),
  ratio: ratioGuard,
  surrogate: surrogateGuard,
  aggregate: aggregateGuard,
  kl: klGuard,
  reward: rewardGuard,
  sampler: samplerGuard,
  model: modelGuard,
  dataset: datasetGuard,
  stage: stageGuard,
  optimizer: optimizerGuard,
  schedule: scheduleGuard,
  engine: engineGuard,
};

/** What a component's `create` gave, watched: whatever goes wrong in it is told with `who`. */
export function guardedPart<K extends Kind>(who: string, component: Component<K>, part: Parts[K]): Parts[K] {
  const guard = guards[component.kind as K];
  return guarded(who, part, typeof guard === "function" ? guard(component) : guard);
}
