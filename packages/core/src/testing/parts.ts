import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Component, Kind, Parts } from "../plugin/component.ts";
import { createContainer } from "../plugin/container.ts";
import type { ContainerOptions } from "../plugin/container.ts";
import { InputError } from "@rewardlab/storage";
import { declaredMetrics } from "../experiment/declared-metrics.ts";
import { createResolver } from "../experiment/resolve.ts";
import { treeOf } from "../experiment/tree.ts";
import type { DeclaredMetric } from "../services/metric-declaration.ts";
import { definePlugin } from "../plugin/plugin.ts";
import type { Plugin } from "../plugin/plugin.ts";
import { buildRegistry } from "../plugin/registry.ts";
import type { Registry } from "../plugin/registry.ts";
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

/**
 * Creates components of a registry one at a time, as a run would: options resolved, checked and defaulted, slots in them created too. Each has
 * metrics, random streams (all of one seed) and progress of its own. Throws an InputError with all that is wrong with the options.
 */
export function partsOf(
  registry: Registry,
  files: Files = { folder: process.cwd(), cache: join(tmpdir(), "rewardlab-test-cache") },
  watching: ContainerOptions = {},
): <K extends Kind>(component: Component<K>, options?: object) => CreatedPart<K> {
  const container = createContainer(registry, watching);
  return <K extends Kind>(component: Component<K>, options: object = {}) => {
    const { resolved, problems } = resolve(registry, component, options);
    if (resolved === undefined || problems.length > 0)
      throw new InputError("RL_OPTIONS", problems.map((problem) => `${component.kind} ${component.name}: ${problem}`).join("\n"));
    const metrics = new MetricsCollector();
    const child = container.child();
    child.provide(Metrics, metrics);
    child.provide(Random, new RandomStreams(1, "test"));
    child.provide(Progress, { update: () => {}, note: () => {} });
    child.provide(Files, files);
    const states = new StateStore();
    child.provideEach(State, (place) => states.at(place));
    return { part: child.create<K>(resolved), metrics, declared: declaredMetrics(resolved), states };
  };
}
