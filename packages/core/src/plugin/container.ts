// The one file that knows the injection library. reflect-metadata must be imported before tsyringe.
import "reflect-metadata";
import { container as globalContainer } from "tsyringe";
import type { DependencyContainer } from "tsyringe";
import type { Component, Kind, Parts } from "./component.ts";
import { InputError, messageOf, RunError } from "../errors.ts";
import { isResolved } from "./resolved.ts";
import type { Resolved } from "./resolved.ts";
import type { Registry } from "./registry.ts";
import { Compiler, uncompiled } from "../services/compiler.ts";
import type { Token } from "../services/token.ts";

type Factory = (options: unknown) => unknown;

/** Creates components by kind and name, with what they need injected. A run has a child, so two runs in one process share nothing. */
export interface Container {
  provide<T>(token: Token<T>, service: T): void;
  get<T>(token: Token<T>): T;
  /** Creates a resolved component, nested slots first. */
  create<K extends Kind>(resolved: Resolved<K>): Parts[K];
  /** A value with every resolved component in it created. */
  fill(value: unknown): unknown;
  child(): Container;
}

export function createContainer(registry: Registry): Container {
  const container = globalContainer.createChildContainer();
  for (const { plugin } of registry.plugins)
    for (const component of plugin.components ?? [])
      container.register<Factory>(tokenOf(component.kind, component.name), {
        useFactory: (resolver) => (options) => callCreate(component, plugin.name, options, resolver),
      });
  container.register(Compiler.key, { useValue: uncompiled }); // a run's engine may bring another
  return wrap(container);
}

function wrap(container: DependencyContainer): Container {
  const create = <K extends Kind>(resolved: Resolved<K>): Parts[K] =>
    container.resolve<Factory>(tokenOf(resolved.kind, resolved.component.name))(fill(resolved.options)) as Parts[K];

  const fill = (value: unknown): unknown => {
    if (isResolved(value)) return value.own === undefined ? create(value) : { ...value.own, part: create(value) };
    if (Array.isArray(value)) return value.map(fill);
    if (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype)
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item)]));
    return value;
  };

  return {
    provide: (token, service) => void container.register(token.key, { useValue: service }),
    get: (token) => container.resolve(token.key),
    create,
    fill,
    child: () => wrap(container.createChildContainer()),
  };
}

const tokenOf = (kind: Kind, name: string) => Symbol.for(`@rewardlab/component/${kind}/${name}`);

function injected(component: Component, resolver: DependencyContainer): Record<string, unknown> {
  return Object.fromEntries(Object.entries(component.inject).map(([name, token]) => [name, resolver.resolve(token.key)]));
}

/** What goes wrong in a plugin's `create` is told with its name; what it says of the user's input stays that. */
function callCreate(component: Component, owner: string, options: unknown, resolver: DependencyContainer): unknown {
  try {
    return component.create(options, injected(component, resolver));
  } catch (error) {
    const where = `${owner}: ${component.kind} ${component.name}`;
    if (error instanceof InputError) throw new InputError(error.code, `${where}: ${error.message}`, { cause: error });
    throw new RunError("RL_COMPONENT_CREATE", `${where}: create failed: ${messageOf(error)}`, { cause: error });
  }
}
