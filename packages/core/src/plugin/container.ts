import { InputError, isInputError, RunError } from "@rewardlab/storage";
import { builtInServices } from "../services/built-in.ts";
import { Compiler, uncompiled } from "../services/compiler.ts";
import { State, StateStore } from "../services/state.ts";
import type { Token } from "../services/token.ts";
import type { Algorithm, Component, Injections, Kind, Parts } from "./component.ts";
import { blamed, nameOf, nameOfService } from "./blame.ts";
import { guardedWhole } from "./guard.ts";
import { guardedPart } from "./guards/of-kinds.ts";
import { instanceCachingFactory } from "./injection.ts";
import type { DependencyContainer } from "./injection.ts";
import { definitionKey } from "./registry.ts";
import type { Registry } from "./registry.ts";
import { isResolved, plainService } from "./resolved.ts";
import type { Resolved } from "./resolved.ts";
import { endOf } from "./lifetime.ts";
import type { Lifetime } from "./lifetime.ts";
import type { ResolvedService, Scope, Services } from "./service.ts";

/**
 * Creates components by kind and name, with what they need injected. There are three levels: the process, a run in it, a component in that; each looks
 * for a service in itself, then above. Two runs in one process share what the process has, and nothing else.
 */
export interface Container {
  /** Whoever provides a service ends it. */
  provide<T>(token: Token<T>, service: T): void;
  /** A service of its own for each component that is created here and injects it, made from where the component stands: "advantage.1". */
  provideEach<T>(token: Token<T>, make: (place: string) => T): void;
  get<T>(token: Token<T>): T;
  algorithm(name: string): Algorithm | undefined;
  /** Creates a resolved component, nested slots first. `place`: where it stands, e.g. "stages.rl"; those in its slots stand below it. */
  create<K extends Kind>(resolved: Resolved<K>, place?: string): Parts[K];
  /** A value with every resolved component in it created. */
  fill(value: unknown, place?: string): unknown;
  /** One level down, with the services named: those of scope "run" are made in it, those of scope "process" at the top. */
  child(services?: Services): Container;
  /** Ends the services that were made here, the last one first, and gives what went wrong with it. Nothing can be had from it afterwards. */
  dispose(): Promise<readonly string[]>;
}

/** How a container treats what it makes. */
export interface ContainerOptions {
  /** Whether calls of components and services are watched: errors with the component's name, results checked. The conformance tests do that themselves; everywhere else they are. */
  readonly watched?: boolean;
}

/**
 * The container of a process: it makes components and services of what is registered. A run has a child of it (`child()`), so that what lives in a
 * run ends with it.
 */
export function createContainer(registry: Registry, { watched = true }: ContainerOptions = {}): Container {
  const top: Top = { registry, watched, making: [], shared: new Map() };
  const own = registry.definitions.createChildContainer();
  own.register(Compiler.key, { useValue: uncompiled }); // a run's engine may bring another
  // A component keeps its state for as long as it lives; a stage brings states that its checkpoints save.
  const each: Level["each"] = new Map([[State, (place) => new StateStore().at(place)]]);
  const level: Level = { scope: "process", own, each, life: endOf(null) };
  return at(level, { ...top, process: level });
}

interface Level {
  readonly scope: Scope;
  readonly own: DependencyContainer;
  /** By token, what makes a component's own. */
  readonly each: Map<Token<unknown>, (place: string) => unknown>;
  readonly life: Lifetime;
}
interface Top {
  readonly registry: Registry;
  readonly watched: boolean;
  /** The services that are being made, for telling a circle. */
  readonly making: Making[];
  /** Services of scope "process", by token, name and options. */
  readonly shared: Map<string, symbol>;
}
interface Making {
  readonly token: string;
  readonly service: string;
}
type Whole = Top & { readonly process: Level };

function at(level: Level, whole: Whole): Container {
  const create = <K extends Kind>(one: Resolved<K>, place: string = one.component.name): Parts[K] => {
    const own = level.own.createChildContainer();
    for (const [{ key }, make] of level.each) own.register(key, { useFactory: instanceCachingFactory(() => make(place)) });
    const component = own.resolve<Component<K>>(definitionKey(one.kind, one.component.name));
    const options = fill(one.options, place);
    const owner = whole.registry.ownerOf(component.kind, component.name) ?? "";
    const who = nameOf(owner, component.kind, component.name, place);
    const part = called(who, () => component.create(options, injected(component.inject, own, level, whole)));
    return whole.watched ? guardedPart(who, component, part) : part;
  };

  const fill = (value: unknown, place = ""): unknown => {
    if (isResolved(value)) return value.own === undefined ? create(value, place) : { ...value.own, part: create(value, place) };
    if (Array.isArray(value)) return value.map((item, index) => fill(item, below(place, index)));
    if (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype)
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, below(place, key))]));
    return value;
  };

  return {
    provide: (token, service) => {
      checkShape(token, service, "what was provided");
      level.own.register(token.key, { useValue: service });
    },
    provideEach: (token, make) => void level.each.set(token, make),
    get: (token) => find(token, level.own, level, whole),
    algorithm: (name) => {
      const key = definitionKey("algorithm", name);
      return level.own.isRegistered(key, true) ? level.own.resolve<Algorithm>(key) : undefined;
    },
    create,
    fill,
    child: (services = {}) => {
      const run: Level = {
        scope: "run",
        own: level.own.createChildContainer(),
        each: new Map(level.each),
        life: endOf(level.life),
      };
      for (const one of Object.values(services)) register(one, run, whole);
      return at(run, whole);
    },
    dispose: async () => {
      const wrong = await level.life.end();
      await level.own.dispose();
      return wrong;
    },
  };
}

function below(place: string, key: string | number): string {
  return place === "" ? String(key) : `${place}.${key}`;
}

// ---------------------------------------------------------------- services

/** Registers a service where it lives; it is made by whoever asks first, with what can be had there. */
function register(one: ResolvedService, run: Level, whole: Whole): void {
  const { token, scope } = one.service;
  if (scope === "run") {
    run.own.register(token.key, { useFactory: instanceCachingFactory(() => makeService(one, run, whole)) });
    return;
  }
  const name = `${token.name} ${JSON.stringify(plainService(one))}`;
  const known = whole.shared.get(name);
  const key = known ?? Symbol(name);
  if (known === undefined) {
    whole.process.own.register(key, { useFactory: instanceCachingFactory(() => makeService(one, whole.process, whole)) });
    whole.shared.set(name, key);
  }
  run.own.register(token.key, { useFactory: () => whole.process.own.resolve(key) });
}

function makeService(one: ResolvedService, level: Level, whole: Whole): unknown {
  const { service } = one;
  const { token } = service;
  const who = nameOfService(whole.registry.ownerOfService(service) ?? "", service);
  const circle = whole.making.findIndex((making) => making.token === token.name);
  if (circle !== -1)
    throw new InputError(
      "RL_SERVICE_CIRCLE",
      `services: each of these needs the next: ${[...whole.making.slice(circle), { token: token.name, service: service.name }].map((making) => `${making.token} (${making.service})`).join(" → ")}; replace one of them under services:`,
    );
  whole.making.push({ token: token.name, service: service.name });
  try {
    const options = at(level, whole).fill(one.options, `services.${token.name}`);
    const made = called(who, () => service.create(options, injected(service.inject, level.own, level, whole)));
    checkShape(token, made, `${who}: create gave`);
    const dispose = service.dispose?.bind(service);
    if (dispose) level.life.add(who, () => dispose(made));
    return whole.watched ? guardedWhole(who, made) : made;
  } finally {
    whole.making.pop();
  }
}

function injected(inject: Injections, from: DependencyContainer, level: Level, whole: Whole): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(inject).map(([name, token]) => [name, find(token, from, level, whole)]));
}

function find<T>(token: Token<T>, from: DependencyContainer, level: Level, { registry, making }: Whole): T {
  if (from.isRegistered(token.key, true)) return from.resolve<T>(token.key);
  const { name } = token;
  const brought = registry.services(name).map((service) => `${service.name} (${registry.ownerOfService(service)})`);
  const given = Object.hasOwn(builtInServices, name) && brought.length === 0;
  const asking = making.at(-1);
  const why = level.each.has(token)
    ? "it is a component's own, and a service outlives the component"
    : level.scope === "process" && asking !== undefined
      ? `${asking.service} is a service of the whole process, and ${name} belongs to a run or a component; expected scope: "run"`
      : given
        ? "it is given in a run, and here is none"
        : brought.length > 0
          ? `there are ${brought.join(", ")}; the experiment may name one, services: { ${name}: ${registry.services(name)[0]!.name} }`
          : "no plugin here brings one";
  throw new RunError("RL_SERVICE_MISSING", `service ${name}: ${why}`);
}

/** A service that isn't one is told where it is made, not where it is first used. */
function checkShape({ name, methods }: Token<unknown>, service: unknown, gave: string): void {
  const expected = methods.length === 0 ? `a service ${name}` : `a service ${name} with ${methods.join(", ")}`;
  const tell = (given: string) => {
    throw new RunError("RL_SERVICE_SHAPE", `${gave} ${given}, expected ${expected}`);
  };
  if (service === null || service === undefined) tell(String(service));
  if (typeof (service as { then?: unknown }).then === "function")
    tell("a promise; create must give the service itself, and what takes time is done in its methods");
  const lacking = methods.filter((method) => typeof (service as Record<string, unknown>)[method] !== "function");
  if (lacking.length > 0) tell(`something without ${lacking.join(", ")}`);
}

/** What goes wrong in a plugin's `create` is told with its name; what it says of the user's input stays that. */
function called<T>(who: string, create: () => T): T {
  try {
    return create();
  } catch (error) {
    throw blamed(isInputError(error) ? who : `${who}: create failed`, error, "RL_COMPONENT_CREATE");
  }
}
