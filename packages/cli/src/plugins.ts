import { definePlugin } from "@rewardlab/core";
import { buildRegistry, createContainer, PluginError, standardComponents } from "@rewardlab/core/host";
import type { Plugin } from "@rewardlab/core";
import type { Container, PluginFailure, Registry, RegisteredPlugin } from "@rewardlab/core/host";
import { createRequire } from "node:module";
import { untilTheEnd } from "./containers.ts";
import { isFound, loadPlugin } from "./plugins/load.ts";
import { packageOf } from "./plugins/manifest.ts";

/** The composition root: the only place that knows the built-in packages. They are plugins like anybody's. */
const builtIn = {
  "@rewardlab/algo-reinforcepp": () => import("@rewardlab/algo-reinforcepp"),
  "@rewardlab/algo-stablereinforce": () => import("@rewardlab/algo-stablereinforce"),
  "@rewardlab/algo-grpo": () => import("@rewardlab/algo-grpo"),
  "@rewardlab/algo-off-policy": () => import("@rewardlab/algo-off-policy"),
  "@rewardlab/algo-ppo": () => import("@rewardlab/algo-ppo"),
  "@rewardlab/algo-soft-clip": () => import("@rewardlab/algo-soft-clip"),
  "@rewardlab/algo-entropy": () => import("@rewardlab/algo-entropy"),
  "@rewardlab/algo-bradley-terry": () => import("@rewardlab/algo-bradley-terry"),
  "@rewardlab/rewards": () => import("@rewardlab/rewards"),
  "@rewardlab/pipeline": () => import("@rewardlab/pipeline"),
  "@rewardlab/models": () => import("@rewardlab/models"),
  "@rewardlab/data": () => import("@rewardlab/data"),
  "@rewardlab/engines": () => import("@rewardlab/engines"),
} satisfies Record<string, () => Promise<{ default: Plugin }>>;

const standard = definePlugin({ name: "@rewardlab/core", api: "^1", components: standardComponents });

/** The plugins that come with the command, core's own components first. */
export async function builtInPlugins(): Promise<RegisteredPlugin[]> {
  const others = Object.entries(builtIn).map(async ([name, load]) => ({
    plugin: (await load()).default,
    version: versionOf(name, import.meta.url),
    integrity: null,
  }));
  return [
    { plugin: standard, version: versionOf("@rewardlab/core", import.meta.url), integrity: null },
    ...(await Promise.all(others)),
  ];
}

/** Whether a plugin comes with the command. */
export function isBuiltIn(name: string): boolean {
  return Object.hasOwn(builtIn, name) || name === standard.name;
}

/** The built-in plugins and those an experiment lists, which are found from its folder as Node would find them. */
export async function registryFor(names: readonly string[], folder: string): Promise<Registry> {
  if (names.length > 0) (await import("@rewardlab/engines")).quietTfjs(); // before a plugin brings a tfjs of its own
  const listed: RegisteredPlugin[] = [];
  const failures: PluginFailure[] = [];
  for (const name of new Set(names)) {
    if (isBuiltIn(name)) continue;
    try {
      listed.push(await loadPlugin(name, folder));
    } catch (error) {
      if (!(error instanceof PluginError)) throw error;
      failures.push(...error.failures);
    }
  }
  if (failures.length > 0) throw new PluginError(failures);
  return buildRegistry([...(await builtInPlugins()), ...listed]);
}

/** The built-in plugins and those named, found from the current folder. */
export async function registryHere(names: readonly string[]): Promise<{ registry: Registry; container: Container }> {
  const registry = await registryFor(names, process.cwd());
  return { registry, container: untilTheEnd(createContainer(registry)) };
}

/** The plugins that names stand for in a registry made for them: built-in ones by their own name, found ones by how they were listed. */
export function pluginsNamed(names: readonly string[], { plugins }: Registry): Plugin[] {
  const isCalled = (name: string) => (one: RegisteredPlugin) => (isFound(one) ? one.listed : one.plugin.name) === name;
  return [...new Set(names)].map((name) => plugins.find(isCalled(name))!.plugin);
}

function versionOf(name: string, from: string): string {
  return packageOf(createRequire(from).resolve(name)).version;
}
