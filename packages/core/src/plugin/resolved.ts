import type { Component, Kind } from "./component.ts";

/** A component named in a slot, with its options checked; nested slots are resolved ones too. */
export interface Resolved<K extends Kind = Kind> {
  readonly kind: K;
  readonly component: Component<K>;
  readonly options: unknown;
  /** Options of the slot itself (slotWith). */
  readonly own: Readonly<Record<string, unknown>> | undefined;
}

export function asResolved<K extends Kind>(
  kind: K,
  component: Component<K>,
  options: unknown,
  own?: Resolved["own"],
): Resolved<K> {
  const made = { kind, component, options, own, [resolvedMark]: true };
  return made;
}

export function isResolved(value: unknown): value is Resolved {
  return typeof value === "object" && value !== null && resolvedMark in value;
}
const resolvedMark = Symbol("resolved component");

/** All components that a resolved one is made of, itself first. */
export function componentsOf(resolved: Resolved): Component[] {
  const inside = (value: unknown): Component[] => {
    if (isResolved(value)) return componentsOf(value);
    if (Array.isArray(value)) return value.flatMap(inside);
    if (typeof value === "object" && value !== null) return Object.values(value).flatMap(inside);
    return [];
  };
  return [resolved.component, ...inside(resolved.options)];
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
