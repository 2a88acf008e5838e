import { Random, State } from "@rewardlab/core";
import type { Component, Kind, PreferenceItem } from "@rewardlab/core";
import type { CreatedPart } from "@rewardlab/core/testing";
import type { Law } from "./law.ts";

/** What a component is tried with, besides what conformance brings itself. */
export interface ConformanceExamples {
  /** Items that the plugin's models can read and its rewards are about; a few plain ones otherwise. */
  readonly items?: readonly PreferenceItem[];
  /** Responses that its rewards are about, besides those that every rule must bear. */
  readonly responses?: readonly string[];
  /** The folder that its datasets' paths are relative to; the current one otherwise. */
  readonly folder?: string;
}

/** A component with one set of its options, ready to be created as often as a law asks. */
export interface Subject<K extends Kind> {
  readonly component: Component<K>;
  /** A part each of whose calls starts from its state as it was created: a function of its input, whatever it keeps. */
  readonly create: () => CreatedPart<K>;
  /** A part that keeps its state from call to call, as in a run. */
  readonly createKeeping: () => CreatedPart<K>;
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

/** It keeps something from one iteration to the next. */
export function keepsState({ component }: { readonly component: Pick<Component, "inject"> }): boolean {
  return Object.values(component.inject).some(({ key }) => key === State.key);
}

/** The part, its state as at first again after each call. */
export function forgetful<K extends Kind>({ part, states, ...counted }: CreatedPart<K>): CreatedPart<K> {
  const called = (method: (...given: unknown[]) => unknown) =>
    function (...given: unknown[]): unknown {
      const result = method.apply(part, given);
      if (result instanceof Promise) return result.finally(() => states.reset());
      states.reset();
      return result;
    };
  const { apply, score } = part as { apply?: () => unknown; score?: () => unknown };
  const own = { ...(apply ? { apply: called(apply) } : {}), ...(score ? { score: called(score) } : {}) };
  return { part: Object.assign(Object.create(part as object), own) as CreatedPart<K>["part"], states, ...counted };
}
