import semver from "semver";
import type { Algorithm, Component, Kind, NamedKind } from "./component.ts";
import { InputError } from "../errors.ts";
import { apiVersion } from "./plugin.ts";
import type { Plugin } from "./plugin.ts";

export interface RegisteredPlugin {
  readonly plugin: Plugin;
  readonly version: string;
  /** SHA-256 of its package's code, or null for a built-in one. */
  readonly integrity: string | null;
}

/** What is wrong with plugins, for each one. */
export class PluginError extends InputError {
  override readonly name: string = "PluginError";
  readonly failures: readonly PluginFailure[];
  constructor(failures: readonly PluginFailure[], options?: ErrorOptions) {
    super("RL_PLUGIN", failures.map(({ plugin, message }) => `plugin ${plugin}: ${message}`).join("\n"), options);
    this.failures = failures;
  }
}
export interface PluginFailure {
  /** The package, as `plugins:` names it. */
  readonly plugin: string;
  readonly message: string;
}

/** What there is, by kind and name. */
export interface Registry {
  readonly plugins: readonly RegisteredPlugin[];
  component<K extends Kind>(kind: K, name: string): Component<K> | undefined;
  names(kind: NamedKind): readonly string[];
  algorithm(name: string): Algorithm | undefined;
  /** The package that brought a component or algorithm. */
  ownerOf(kind: NamedKind, name: string): string | undefined;
}

/** Builds the registry. Throws where a plugin is no plugin, was written for another interface, or brings a name already taken. */
export function buildRegistry(plugins: readonly RegisteredPlugin[]): Registry {
  const components = new Map<string, Component>();
  const algorithms = new Map<string, Algorithm>();
  const owners = new Map<string, string>();
  const claim = (kind: NamedKind, name: string, owner: string) => {
    const key = `${kind} ${name}`;
    const taken = owners.get(key);
    if (taken !== undefined)
      throw refused(
        owner,
        `brings ${kind} "${name}", which ${taken} has brought already. Leave one of the two out of \`plugins:\`, or ask its author for another name.`,
      );
    owners.set(key, owner);
    return key;
  };
  for (const { plugin } of plugins) {
    checkPlugin(plugin);
    for (const component of plugin.components ?? [])
      components.set(claim(component.kind, component.name, plugin.name), component);
    for (const algorithm of plugin.algorithms ?? []) algorithms.set(claim("algorithm", algorithm.name, plugin.name), algorithm);
  }
  return {
    plugins,
    component: (kind, name) => components.get(`${kind} ${name}`) as never,
    names: (kind) =>
      kind === "algorithm"
        ? [...algorithms.keys()].map((key) => key.slice(kind.length + 1))
        : [...components.values()].filter((c) => c.kind === kind).map((c) => c.name),
    algorithm: (name) => algorithms.get(`algorithm ${name}`),
    ownerOf: (kind, name) => owners.get(`${kind} ${name}`),
  };
}

/** Throws a `PluginError` where a plugin is none, or was written for another interface. `listed`: the name it was found by. */
export function checkPlugin(plugin: unknown, listed?: string): asserts plugin is Plugin {
  const given = plugin as Partial<Plugin> | null | undefined;
  const name = listed ?? (typeof given?.name === "string" ? given.name : "without a name");
  if (typeof given?.name !== "string" || typeof given.api !== "string")
    throw refused(name, "expected the result of definePlugin({ name, api, … }) as default export");
  if (semver.validRange(given.api) === null || !semver.satisfies(apiVersion, given.api))
    throw refused(
      name,
      `was written for plugin interface "${given.api}", this RewardLab speaks ${apiVersion}. Install a version of ${name} for it.`,
    );
  const { components = [], algorithms = [] } = given;
  if (!Array.isArray(components) || !components.every(isComponent))
    throw refused(name, "its components: expected a list of what advantageStep, reward, model and the like return");
  if (!Array.isArray(algorithms) || !algorithms.every(isAlgorithm))
    throw refused(name, "its algorithms: expected a list of what algorithm({ … }) returns, each with a preset");
}

function isComponent(value: unknown): value is Component {
  const { kind, name, options, create } = (value ?? {}) as Partial<Component>;
  return (
    typeof kind === "string" &&
    typeof name === "string" &&
    typeof options?.safeParse === "function" &&
    typeof create === "function"
  );
}

function isAlgorithm(value: unknown): value is Algorithm {
  const { name, presets } = (value ?? {}) as Partial<Algorithm>;
  return typeof name === "string" && Object.keys(presets ?? {}).length > 0;
}

function refused(plugin: string, message: string): PluginError {
  return new PluginError([{ plugin, message }]);
}
