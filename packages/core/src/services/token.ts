/**
 * A token names a service that components get injected. It is a constant with its interface's name, beside the interface.
 * A component lists what it needs, `inject: { metrics: Metrics }`, and its `create(options, { metrics })` receives it.
 */
export interface Token<T> {
  readonly key: symbol;
  /** What experiments call it: `services: { judge: … }`. */
  readonly name: string;
  /** What every service under it must have, as functions; looked for when one is made. */
  readonly methods: readonly string[];
  /** Carries the service's type; never set. */
  readonly type?: T;
}

/** `methods`: which functions a service must have, so that one of another shape is told where it is made: `token<Judge>("judge", { methods: ["ask"] })`. */
export function token<T>(name: string, { methods = [] }: { readonly methods?: readonly (keyof T & string)[] } = {}): Token<T> {
  return { key: Symbol.for(`@rewardlab/service/${name}`), name, methods };
}

/** By its shape, since a plugin may have a copy of this file. */
export function isToken(value: unknown): value is Token<unknown> {
  const { key, name, methods } = (value ?? {}) as Partial<Token<unknown>>;
  return typeof key === "symbol" && typeof name === "string" && Array.isArray(methods);
}
