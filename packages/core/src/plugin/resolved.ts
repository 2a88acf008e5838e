import type { Component, Kind } from "./component.ts";
import type { ResolvedService } from "./service.ts";

/** A component named in a slot, with its options checked; nested slots are resolved ones too. */
export interface Resolved<K extends Kind = Kind> {
  readonly kind: K;
  readonly component: Component<K>;
  readonly options: unknown;
  /** Options of the slot itself (slotWith). */
  readonly own: Readonly<Record<string, unknown>> | undefined;
}

/** Marks a component and its parsed options as a slot's content. `own`: what the experiment itself wrote of them. */
export function asResolved<K extends Kind>(
  kind: K,
  component: Component<K>,
  options: unknown,
  own?: Resolved["own"],
): Resolved<K> {
  const made = { kind, component, options, own, [resolvedMark]: true };
  return made;
}

/** Whether a value among parsed options is a slot's content: a component that is still to be created. */
export function isResolved(value: unknown): value is Resolved {
  return typeof value === "object" && value !== null && resolvedMark in value;
}
const resolvedMark = Symbol("resolved component");

/** All components that a resolved one is made of, itself first. */
export function componentsOf(one: Resolved): Component[] {
  return placedComponents(one, []).map(({ component }) => component);
}

/** A component, and the steps to where it stands. */
export interface Placed {
  readonly component: Component;
  readonly place: readonly (string | number)[];
}

/** All components in a value, each before those in its own options. */
export function placedComponents(value: unknown, place: Placed["place"]): Placed[] {
  return placedResolved(value, place).map(({ resolved, place: where }) => ({ component: resolved.component, place: where }));
}

/** The same with their options. */
export function placedResolved(
  value: unknown,
  place: Placed["place"],
): { readonly resolved: Resolved; readonly place: Placed["place"] }[] {
  if (isResolved(value)) return [{ resolved: value, place }, ...placedResolved(value.options, place)];
  if (Array.isArray(value)) return value.flatMap((item, index) => placedResolved(item, [...place, index]));
  if (typeof value === "object" && value !== null)
    return Object.entries(value).flatMap(([key, item]) => placedResolved(item, [...place, key]));
  return [];
}

/** A service as plain data, as an experiment would write it. */
export function plainService({ service, options }: ResolvedService): Record<string, unknown> {
  return { use: service.name, ...(plainValue(options) as object) };
}

/** A resolved component as plain data, in the experiment's own notation with every default spelt out. */
export function plainResolved(resolved: Resolved): Record<string, unknown> {
  return { use: resolved.component.name, ...resolved.own, ...(plainValue(resolved.options) as object) };
}

function plainValue(value: unknown): unknown {
  if (isResolved(value)) return plainResolved(value);
  if (Array.isArray(value)) return value.map(plainValue);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plainValue(item)]));
  return value;
}
