import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Component, Kind, Parts } from "../plugin/component.ts";
import { createContainer } from "../plugin/container.ts";
import type { Container, ContainerOptions } from "../plugin/container.ts";
import { InputError } from "@rewardlab/storage";
import { declaredMetrics } from "../experiment/declared-metrics.ts";
import { createResolver } from "../experiment/resolve.ts";
import { treeOf } from "../experiment/tree.ts";
import type { DeclaredMetric } from "../services/metric-declaration.ts";
import { definePlugin } from "../plugin/plugin.ts";
import type { Plugin } from "../plugin/plugin.ts";
import { buildRegistry } from "../plugin/registry.ts";
import type { Registry } from "../plugin/registry.ts";
import type { Service, Services } from "../plugin/service.ts";
import { checkRemote } from "../plugin/remote-model.ts";
import type { Resolved } from "../plugin/resolved.ts";
import { Files } from "../services/files.ts";
import { Metrics } from "../services/metrics.ts";
import { Progress } from "../services/progress.ts";
import { Random } from "../services/random.ts";
import { State, StateStore } from "../services/state.ts";
import { standardComponents } from "../standard.ts";
import { MetricsCollector } from "../services/metrics.ts";
import { RandomStreams } from "../services/random.ts";

/** A part created on its own, the metrics that it records, what it says of them, and the state that it keeps. */
export interface CreatedPart<K extends Kind> {
  readonly part: Parts[K];
  readonly metrics: MetricsCollector;
  readonly declared: Readonly<Record<string, DeclaredMetric>>;
  readonly states: StateStore;
}

/** Core's own components and those of further plugins. */
export function registryWith(...plugins: readonly Plugin[]): Registry {
  const standard = definePlugin({ name: "@rewardlab/core", api: "^1", components: standardComponents });
  const all = plugins.some(({ name }) => name === standard.name) ? plugins : [standard, ...plugins];
  return buildRegistry(all.map((plugin) => ({ plugin, version: "0", integrity: null })));
}

/** What is wrong with a component's options, as an experiment would be told; empty where they are sound. */
export function optionProblems(registry: Registry, component: Component, options: object): string[] {
  return resolve(registry, component, options).problems;
}

function resolve<K extends Kind>(registry: Registry, { kind, name }: Component<K>, options: object) {
  const resolver = createResolver(registry);
  const written = treeOf({ ...options, use: name }, { from: "flag", text: `${kind} ${name}` });
  const resolved = resolver.slot(kind as K, written, "");
  return { resolved, problems: resolver.problems.map(({ path, message }) => (path ? `${path}: ${message}` : message)) };
}

/** What is wrong with a service's options, as an experiment would be told; empty where they are sound. */
export function serviceProblems(registry: Registry, service: Service, options: object): string[] {
  return resolveService(registry, service, options).problems;
}

function resolveService(registry: Registry, { token, name }: Service, options: object) {
  const resolver = createResolver(registry);
  const written = treeOf({ ...options, use: name }, { from: "flag", text: `service ${token.name} ${name}` });
  const resolved = resolver.service(token.name, written, "");
  return { resolved, problems: resolver.problems.map(({ path, message }) => (path ? `${path}: ${message}` : message)) };
}

/** Of each token that plugins provide the first service whose options are complete with these: by default, none. */
function servicesIn(registry: Registry, optionsFor: ServiceOptions): Services {
  const found = registry.tokens.flatMap((token) => {
    const all = registry.services(token).map((service) => resolveService(registry, service, optionsFor(service) ?? {}));
    const sound = all.find(({ problems }) => problems.length === 0)?.resolved;
    return sound === undefined ? [] : [[token, sound] as const];
  });
  return Object.fromEntries(found);
}
/** Options to make a service with that others are injected; undefined: its defaults. */
export type ServiceOptions = (service: Service) => object | undefined;

/** What parts are created with. */
export interface PartsOptions extends ContainerOptions {
  readonly files?: Files;
  /** Of the services that plugins provide. Components are injected the first of each token that can be made. */
  readonly serviceOptions?: ServiceOptions;
}

const elsewhere: Files = { folder: process.cwd(), cache: join(tmpdir(), "rewardlab-test-cache") };
const silent: Progress = { update: () => {}, note: () => {} };

/** Creates parts, and ends the services that they were injected. */
export interface PartMaker {
  <K extends Kind>(component: Component<K>, options?: object): CreatedPart<K>;
  /** Gives what went wrong with it. */
  end(): Promise<readonly string[]>;
}

/**
 * Creates components of a registry one at a time, as a run would: options resolved, checked and defaulted, slots in them created too. Each has
 * metrics, random streams (all of one seed) and progress of its own; services of plugins they share, until `end`. Throws an InputError with all that is wrong
 * with the options.
 */
export function partsOf(registry: Registry, options: PartsOptions = {}): PartMaker {
  const { files = elsewhere, serviceOptions = () => undefined, ...watching } = options;
  const container = createContainer(registry, watching);
  const shared = withBuiltIns(container.child(), files).child(servicesIn(registry, serviceOptions));
  const make = <K extends Kind>(component: Component<K>, given: object = {}): CreatedPart<K> => {
    const { resolved, problems } = resolve(registry, component, given);
    if (resolved === undefined || problems.length > 0)
      throw new InputError("RL_OPTIONS", problems.map((problem) => `${component.kind} ${component.name}: ${problem}`).join("\n"));
    const metrics = new MetricsCollector();
    const child = shared.child();
    child.provide(Metrics, metrics);
    child.provide(Random, new RandomStreams(1, "test"));
    const states = new StateStore();
    child.provideEach(State, (place) => states.at(place));
    const part = child.create<K>(resolved);
    if (isModel(resolved)) checkRemote(part as Parts["model"], resolved);
    return { part, metrics, declared: declaredMetrics(resolved), states };
  };
  return Object.assign(make, { end: () => container.dispose() });
}

function isModel(resolved: Resolved): resolved is Resolved<"model"> {
  return resolved.kind === "model";
}

/** A service made on its own, and how it ends. */
export interface CreatedService {
  readonly service: unknown;
  /** Ends it, and what it was injected, and gives what went wrong with it. */
  end(): Promise<readonly string[]>;
}

/** Makes a service as a run would that injects it. Throws where its options are unsound, or it is not what its token promises. */
export function serviceOf(registry: Registry, service: Service, given: object, options: PartsOptions = {}): CreatedService {
  const { files = elsewhere, serviceOptions = () => undefined, ...watching } = options;
  const { resolved, problems } = resolveService(registry, service, given);
  if (resolved === undefined || problems.length > 0)
    throw new InputError("RL_OPTIONS", problems.map((problem) => `service ${service.name}: ${problem}`).join("\n"));
  const container = createContainer(registry, watching);
  const others = servicesIn(registry, serviceOptions);
  const own = withBuiltIns(container.child(), files).child({ ...others, [service.token.name]: resolved });
  return { service: own.get(service.token), end: () => container.dispose() };
}

/** With what every run gives. */
function withBuiltIns(container: Container, files: Files): Container {
  container.provide(Metrics, new MetricsCollector());
  container.provide(Progress, silent);
  container.provide(Files, files);
  return container;
}
