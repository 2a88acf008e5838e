import { asZod } from "./options.ts";
import semver from "semver";
import type { Algorithm, Component, Kind, NamedKind } from "./component.ts";
import { InputError } from "@rewardlab/storage";
import type { ErrorCode } from "@rewardlab/storage";
import { copyProblem } from "./copy.ts";
import { definitionProblems } from "./definition.ts";
import { watchedDefinition } from "./guards/definition.ts";
import { apiVersion } from "./plugin.ts";
import { emptyContainer } from "./injection.ts";
import type { DependencyContainer } from "./injection.ts";
import type { Plugin } from "./plugin.ts";
import type { Service } from "./service.ts";

/** A plugin with where its code is from. */
export interface RegisteredPlugin {
  readonly plugin: Plugin;
  readonly version: string;
  /** SHA-256 of its code, or null for a built-in one. Stage keys hold it, so other code makes other stages. */
  readonly integrity: string | null;
  /** What that hash is of; absent for a built-in one. */
  readonly code?: PluginCode;
}

/** What a plugin's integrity is the hash of, so that whoever finds another one can say what changed. */
export interface PluginCode {
  /** SHA-256 of each file that its entry reaches, by its path in the plugin's package. */
  readonly files: Readonly<Record<string, string>>;
  /** The packages that those import, `name@version`, each with its tarball's hash as the package manager wrote it down; null: it didn't. */
  readonly dependencies: Readonly<Record<string, string | null>>;
}

/** What is wrong with plugins, for each one. */
export class PluginError extends InputError {
  override readonly name: string = "PluginError";
  readonly failures: readonly PluginFailure[];
  constructor(failures: readonly PluginFailure[], options?: ErrorOptions) {
    super(codeOf(failures), failures.map(({ plugin, message }) => `plugin ${plugin}: ${message}`).join("\n"), options);
    this.failures = failures;
  }
}
/** What is wrong with one plugin. */
export interface PluginFailure {
  /** The package, as `plugins:` names it. */
  readonly plugin: string;
  readonly message: string;
  /** Absent: `RL_PLUGIN`. */
  readonly code?: ErrorCode;
}

/** The code that all of them have; where they differ, the general one. */
function codeOf(failures: readonly PluginFailure[]): ErrorCode {
  const codes = new Set(failures.map(({ code }) => code ?? "RL_PLUGIN"));
  return codes.size === 1 ? [...codes][0]! : "RL_PLUGIN";
}

/** What there is, by kind and name. */
export interface Registry {
  readonly plugins: readonly RegisteredPlugin[];
  component<K extends Kind>(kind: K, name: string): Component<K> | undefined;
  names(kind: NamedKind): readonly string[];
  algorithm(name: string): Algorithm | undefined;
  /** The services that plugins bring under a token's name. */
  services(token: string): readonly Service[];
  /** Names of the tokens that something brings or injects. */
  readonly tokens: readonly string[];
  /** The package that brought a component or algorithm. */
  ownerOf(kind: NamedKind, name: string): string | undefined;
  /** The package that brought a service. */
  ownerOfService(service: Service): string | undefined;
  /** Where it is all registered: a run's container is a child of this one. */
  readonly definitions: DependencyContainer;
}

/** What a component or an algorithm is registered under. */
export function definitionKey(kind: NamedKind, name: string): symbol {
  return Symbol.for(`@rewardlab/${kind}/${name}`);
}

/** Builds the registry. Throws where a plugin is no plugin, was written for another interface, or brings a name already taken. */
export function buildRegistry(plugins: readonly RegisteredPlugin[]): Registry {
  const definitions = emptyContainer();
  const owners = new Map<symbol, string>();
  const names = new Map<NamedKind, string[]>();
  const services = new Map<string, { readonly service: Service; readonly owner: string }[]>();
  const register = (kind: NamedKind, definition: Component | Algorithm, owner: string) => {
    const { name } = definition;
    const key = definitionKey(kind, name);
    refuseTaken(owner, `${kind} "${name}"`, owners.get(key));
    owners.set(key, owner);
    names.set(kind, [...(names.get(kind) ?? []), name]);
    definitions.register(key, { useValue: definition });
  };
  const registerService = (service: Service, owner: string) => {
    const { token, name } = service;
    const others = services.get(token.name) ?? [];
    refuseTaken(owner, `service ${token.name} "${name}"`, others.find((one) => one.service.name === name)?.owner);
    services.set(token.name, [...others, { service, owner }]);
  };
  for (const { plugin } of plugins) {
    checkPlugin(plugin);
    for (const component of plugin.components ?? []) {
      const whole = { ...component, options: asZod(component.options) }; // one made without a definer may hold any schema
      register(component.kind, watchedDefinition(whole, plugin.name), plugin.name);
    }
    for (const algorithm of plugin.algorithms ?? []) register("algorithm", algorithm, plugin.name);
    for (const service of plugin.services ?? []) registerService({ ...service, options: asZod(service.options) }, plugin.name);
  }
  const find = <T>(kind: NamedKind, name: string): T | undefined =>
    owners.has(definitionKey(kind, name)) ? definitions.resolve<T>(definitionKey(kind, name)) : undefined;
  const injecting = plugins.flatMap(({ plugin }) => [...(plugin.components ?? []), ...(plugin.services ?? [])]);
  return {
    plugins,
    component: <K extends Kind>(kind: K, name: string) => find<Component<K>>(kind, name),
    names: (kind) => names.get(kind) ?? [],
    algorithm: (name) => find<Algorithm>("algorithm", name),
    services: (token) => (services.get(token) ?? []).map(({ service }) => service),
    tokens: [
      ...new Set([...services.keys(), ...injecting.flatMap(({ inject }) => Object.values(inject).map(({ name }) => name))]),
    ],
    ownerOf: (kind, name) => owners.get(definitionKey(kind, name)),
    ownerOfService: (service) => services.get(service.token.name)?.find((one) => one.service === service)?.owner,
    definitions,
  };
}

function refuseTaken(owner: string, what: string, taken: string | undefined): void {
  if (taken !== undefined)
    throw refused(
      owner,
      `brings ${what}, which ${taken} has brought already. Leave one of the two out of \`plugins:\`, or ask its author for another name.`,
    );
}

/** Throws a `PluginError` where a plugin is none, or was written for another interface. `listed`: the name it was found by. */
export function checkPlugin(plugin: unknown, listed?: string): asserts plugin is Plugin {
  const given = plugin as Partial<Plugin> | null | undefined;
  const name = listed ?? (typeof given?.name === "string" ? given.name : "without a name");
  if (typeof given?.name !== "string" || typeof given.api !== "string")
    throw refused(
      name,
      `its default export is ${shown(plugin)}, expected what definePlugin({ name, api, … }) returns`,
      "RL_PLUGIN_EXPORT",
    );
  if (semver.validRange(given.api) === null || !semver.satisfies(apiVersion, given.api))
    throw refused(
      name,
      `was written for plugin interface "${given.api}", this RewardLab speaks ${apiVersion}. Install a version of ${name} for it.`,
      "RL_PLUGIN_API",
    );
  const copy = copyProblem(given);
  if (copy !== null) throw refused(name, copy, "RL_PLUGIN_COPY");
  const problems = definitionProblems(given as Plugin);
  if (problems.length > 0) throw new PluginError(problems.map((message) => ({ plugin: name, message })));
}

/** Something that is no plugin, in a few words. */
function shown(value: unknown): string {
  if (value === undefined) return "missing";
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? String(value);
  if (Array.isArray(value)) return "a list";
  if (typeof (value as { then?: unknown }).then === "function") return "a promise";
  const keys = Object.keys(value);
  const lacks = ["name", "api"].filter((key) => typeof (value as Record<string, unknown>)[key] !== "string");
  return `an object with ${keys.length === 0 ? "nothing in it" : `${keys.slice(0, 6).join(", ")}${keys.length > 6 ? ", …" : ""}`}, without ${lacks.join(" and ")} as text`;
}

function refused(plugin: string, message: string, code?: ErrorCode): PluginError {
  return new PluginError([{ plugin, message, ...(code === undefined ? {} : { code }) }]);
}
