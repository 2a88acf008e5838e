import { buildRegistry, describedMetrics, optionRows, PluginError } from "@rewardlab/core/host";
import type { Algorithm, Component, NamedKind, Plugin, Service } from "@rewardlab/core";
import type { MetricDescription, OptionRow, RegisteredPlugin } from "@rewardlab/core/host";
import { relative } from "node:path";
import { builtInPlugins, isBuiltIn } from "./plugins.ts";
import { installedPlugins } from "./plugins/installed.ts";
import { isFound, loadPlugin } from "./plugins/load.ts";

/** A plugin that is there. */
export interface ListedPlugin {
  readonly name: string;
  /** As `plugins:` and `--plugin` name it; null: it comes with the command. */
  readonly listed: string | null;
  /** null: it can't be loaded. */
  readonly version: string | null;
  /** Its file, from the current folder; null: it comes with the command, or can't be loaded. */
  readonly file: string | null;
  readonly integrity: string | null;
  /** How many it brings of each kind, services among them. */
  readonly brings: Readonly<Record<string, number>>;
  /** Why it can't be loaded. */
  readonly problem: string | null;
}

/** A component, an algorithm or a service that a plugin brings. */
export interface ListedPart {
  readonly kind: NamedKind | "service";
  readonly name: string;
  readonly summary: string;
  readonly package: string;
  readonly variants?: Readonly<Record<string, string>>;
  readonly metrics?: readonly MetricDescription[];
  /** Absent: it has none by its nature, as an algorithm, or its schema can't tell. */
  readonly options?: readonly OptionRow[];
  /** Of a service: the token that it is injected under, and how long it lives. */
  readonly token?: string;
  readonly scope?: string;
}

/** What several plugins bring under one name, so that an experiment can list only one of them. */
export interface NameConflict {
  readonly what: string;
  readonly packages: readonly string[];
}

export interface PluginList {
  readonly plugins: readonly ListedPlugin[];
  readonly parts: readonly ListedPart[];
  readonly conflicts: readonly NameConflict[];
}

/** All plugins that an experiment in a folder could name: built-in ones, installed ones, and those given besides. Each is loaded by itself, so one that is wrong hides no other. */
export async function listPlugins(folder: string, given: readonly string[]): Promise<PluginList> {
  const names = [...new Set([...installedPlugins(folder), ...given])].filter((name) => !isBuiltIn(name));
  const loaded: RegisteredPlugin[] = await builtInPlugins();
  const broken: ListedPlugin[] = [];
  for (const name of names) {
    try {
      const plugin = await loadPlugin(name, folder);
      buildRegistry([plugin]); // two parts of its own under one name are its own fault
      loaded.push(plugin);
    } catch (error) {
      if (!(error instanceof PluginError)) throw error;
      const problem = error.failures.map(({ message }) => message).join("; ");
      broken.push({ name, listed: name, version: null, file: null, integrity: null, brings: {}, problem });
    }
  }
  return {
    plugins: [...loaded.map((one) => listedPlugin(one, folder)), ...broken],
    parts: loaded.flatMap(partsOf),
    conflicts: conflictsOf(loaded.map(({ plugin }) => plugin)),
  };
}

function listedPlugin(one: RegisteredPlugin, folder: string): ListedPlugin {
  const { plugin, version, integrity } = one;
  const found = isFound(one) ? { listed: one.listed, file: shortPath(one.entry, folder) } : { listed: null, file: null };
  const brings: Record<string, number> = {};
  for (const { kind } of partsOf(one)) brings[kind] = (brings[kind] ?? 0) + 1;
  return { name: plugin.name, ...found, version, integrity, brings, problem: null };
}

function shortPath(file: string, folder: string): string {
  const path = relative(folder, file);
  return path.startsWith("..") ? file : path;
}

/** What a plugin brings: algorithms, components, services, each as it is told to people. */
export function partsOf({ plugin }: RegisteredPlugin): ListedPart[] {
  const registry = buildRegistry([{ plugin, version: "", integrity: null }]); // other libraries' schemas are zod's there
  const { name: owner, components = [], algorithms = [], services = [] } = plugin;
  return [
    ...algorithms.map((one) => ({ kind: "algorithm" as const, ...named(one, owner), ...variantsOf(one) })),
    ...components.map(({ kind, name }) => {
      const one = registry.component(kind, name)!;
      return { kind, ...named(one, owner), ...optionsOf(one), ...metricsOf(one) };
    }),
    ...services.map(({ token, name, scope }) => {
      const one = registry.services(token.name).find((other) => other.name === name)!;
      return { kind: "service" as const, ...named(one, owner), token: token.name, scope, ...optionsOf(one) };
    }),
  ];
}

const named = ({ name, summary }: Component | Algorithm | Service, owner: string) => ({ name, summary, package: owner });

function optionsOf({ options }: Pick<Component | Service, "options">): { options?: readonly OptionRow[] } {
  const rows = optionRows(options);
  const known = rows.length > 0 || options.safeParse({ "": 0 }).success === false; // one that takes anything says nothing of itself
  return known ? { options: rows } : {};
}

/** What it records in metrics.jsonl, told for its default options. */
function metricsOf(component: Component): { metrics?: readonly MetricDescription[] } {
  const metrics = describedMetrics(component);
  return metrics.length === 0 ? {} : { metrics };
}

/** Each variant with where it comes from; the first is the default. */
function variantsOf({ presets, sources, source }: Algorithm): { variants: Record<string, string> } {
  return { variants: Object.fromEntries(Object.keys(presets).map((variant) => [variant, sources?.[variant] ?? source])) };
}

function conflictsOf(plugins: readonly Plugin[]): NameConflict[] {
  const owners = new Map<string, string[]>();
  const brings = (what: string, owner: string) => void owners.set(what, [...(owners.get(what) ?? []), owner]);
  for (const { name: owner, components = [], algorithms = [], services = [] } of plugins) {
    for (const { kind, name } of components) brings(`${kind} "${name}"`, owner);
    for (const { name } of algorithms) brings(`algorithm "${name}"`, owner);
    for (const { token, name } of services) brings(`service ${token.name} "${name}"`, owner);
  }
  return [...owners].flatMap(([what, packages]) => (packages.length > 1 ? [{ what, packages }] : []));
}
