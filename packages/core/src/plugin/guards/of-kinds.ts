import type { Model, RemoteModel } from "../../kinds.ts";
import type { Component, Kind, Parts } from "../component.ts";
import { guarded } from "../guard.ts";
import type { Guard } from "../guard.ts";
import {
  advantageGuard,
  aggregateGuard,
  correctionGuard,
  klGuard,
  maskGuard,
  optimizerGuard,
  pairLossGuard,
  ratioGuard,
  scheduleGuard,
  surrogateGuard,
} from "./method.ts";
import { modelGuard, remoteModelGuard } from "./model.ts";
import { rewardGuard, samplerGuard } from "./responses.ts";
import { datasetGuard, engineGuard, stageGuard } from "./surroundings.ts";

type GuardOf<K extends Kind> = Guard<Parts[K]> | ((component: Component<K>) => Guard<Parts[K]>);

/** How the parts of each kind are watched; a kind that is missing here doesn't compile. A model is one of two things. */
const guards: { readonly [K in Exclude<Kind, "model">]: GuardOf<K> } = {
  advantage: ({ gives }) => advantageGuard(gives),
  ratio: ratioGuard,
  surrogate: surrogateGuard,
  correction: correctionGuard,
  mask: maskGuard,
  aggregate: aggregateGuard,
  kl: klGuard,
  "pair-loss": pairLossGuard,
  reward: rewardGuard,
  sampler: samplerGuard,
  dataset: datasetGuard,
  stage: stageGuard,
  optimizer: optimizerGuard,
  schedule: scheduleGuard,
  engine: engineGuard,
};

/** What a component's `create` gave, watched: whatever goes wrong in it is told with `who`. */
export function guardedPart<K extends Kind>(who: string, component: Component<K>, part: Parts[K]): Parts[K] {
  if (component.kind === "model") return guardedModel(who, part as Parts["model"]) as Parts[K];
  const guard = guards[component.kind as Exclude<K, "model">] as GuardOf<K>;
  return guarded(who, part, typeof guard === "function" ? guard(component) : guard);
}

function guardedModel(who: string, part: Parts["model"]): Parts["model"] {
  const isFar = (part as Parts["model"] | null | undefined)?.kind === "remote"; // whatever create gave
  return isFar ? guarded(who, part as RemoteModel, remoteModelGuard) : guarded(who, part as Model, modelGuard);
}
