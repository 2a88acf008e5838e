/**
 * A token names a service that components get injected. It is a constant with its interface's name, beside the interface.
 * A component lists what it needs, `inject: { metrics: Metrics }`, and its `create(options, { metrics })` receives it.
 */
export interface Token<T> {
  readonly key: symbol;
  /** Carries the service's type; never set. */
  readonly type?: T;
}
export function token<T>(name: string): Token<T> {
  return { key: Symbol.for(`@rewardlab/service/${name}`) };
}
