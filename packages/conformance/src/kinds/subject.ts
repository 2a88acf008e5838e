import { Random } from "@rewardlab/core";
import type { Component, Kind } from "@rewardlab/core";
import type { CreatedPart } from "@rewardlab/core/testing";
import type { Law } from "../law.ts";
import type { ConformanceExamples } from "../conformance.ts";

/** A component with one set of its options, ready to be created as often as a law asks. */
export interface Subject<K extends Kind> {
  readonly component: Component<K>;
  readonly create: () => CreatedPart<K>;
  readonly examples: ConformanceExamples;
}

/** Laws of one view of a component, as laws of the component. */
export function seenAs<K extends Kind, S>(view: (subject: Subject<K>) => S, laws: readonly Law<S>[]): readonly Law<Subject<K>>[] {
  return laws.map(({ name, check }) => ({ name, check: (subject) => check(view(subject)) }));
}

/** It draws from the run's random streams, which are saved. */
export function drawsRandomNumbers<K extends Kind>({ component }: Subject<K>): boolean {
  return Object.values(component.inject).some(({ key }) => key === Random.key);
}
