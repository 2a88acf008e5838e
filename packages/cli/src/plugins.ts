import { definePlugin, messageOf } from "@rewardlab/core";
import { buildRegistry, checkPlugin, createContainer, PluginError, standardComponents } from "@rewardlab/core/host";
import type { Plugin } from "@rewardlab/core";
import type { Container, PluginFailure, Registry, RegisteredPlugin } from "@rewardlab/core/host";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve as resolvePath } from "node:path";
import { pathToFileURL } from "node:url";
import { untilTheEnd } from "./containers.ts";
import { packageHash, packageOf } from "./package-hash.ts";

/** The composition root: the only place that knows the built-in packages. They are plugins like anybody's. */
const builtIn = {
  "@rewardlab/algo-reinforcepp": () => import("@rewardlab/algo-reinforcepp"),
  "@rewardlab/algo-stablereinforce": () => import("@rewardlab/algo-stablereinforce"),
  "@rewardlab/algo-grpo": () => import("@rewardlab/algo-grpo"),
  "@rewardlab/algo-off-policy": () => import("@rewardlab/algo-off-policy"),
  "@rewardlab/algo-ppo": () => import("@rewardlab/algo-ppo"),
  "@rewardlab/rewards": () => import("@rewardlab/rewards"),
  "@rewardlab/models": () => import("@rewardlab/models"),
  "@rewardlab/data": () => import("@rewardlab/data"),
  "@rewardlab/engines": () => import("@rewardlab/engines"),
} satisfies Record<string, () => Promise<{ default: Plugin }>>;

const standard = definePlugin({ name: "@rewardlab/core", api: "^1", components: standardComponents });

/** The built-in plugins and those an experiment lists, which are found from its folder as Node would find them. */
export async function registryFor(names: readonly string[], folder: string): Promise<Registry> {
  const builtIns = await Promise.all(
    Object.entries(builtIn).map(async ([name, load]) => ({
      plugin: (await load()).default,
      version: versionOf(name, import.meta.url),
      integrity: null,
    })),
  );
  const listed: RegisteredPlugin[] = [];
  const failures: PluginFailure[] = [];
  for (const name of new Set(names)) {
    if (Object.hasOwn(builtIn, name) || name === standard.name) continue;
    try {
      listed.push(await loadPlugin(name, folder));
    } catch (error) {
      if (!(error instanceof PluginError)) throw error;
      failures.push(...error.failures);
    }
  }
  if (failures.length > 0) throw new PluginError(failures);
  return buildRegistry([
    { plugin: standard, version: versionOf("@rewardlab/core", import.meta.url), integrity: null },
    ...builtIns,
    ...listed,
  ]);
}

/** The built-in plugins and those named, found from the current folder. */
export async function registryHere(names: readonly string[]): Promise<{ registry: Registry; container: Container }> {
  const registry = await registryFor(names, process.cwd());
  return { registry, container: untilTheEnd(createContainer(registry)) };
}

/** The plugins that names stand for in a registry made for them: built-in ones by their own name, listed ones by how they were listed. */
export function pluginsNamed(names: readonly string[], { plugins }: Registry): Plugin[] {
  const listed = [...new Set(names)].filter((name) => !Object.hasOwn(builtIn, name) && name !== standard.name);
  const first = plugins.length - listed.length;
  return [...new Set(names)].map(
    (name) =>
      (listed.includes(name) ? plugins[first + listed.indexOf(name)] : plugins.find(({ plugin }) => plugin.name === name))!
        .plugin,
  );
}

async function loadPlugin(name: string, folder: string): Promise<RegisteredPlugin> {
  const from = pathToFileURL(join(folder, "experiment.yaml")).href;
  const file = entryOf(name, from, folder);
  let plugin: unknown;
  try {
    plugin = ((await import(pathToFileURL(file).href)) as { default?: unknown }).default;
  } catch (error) {
    throw new PluginError([{ plugin: name, message: `fails to load from ${file}: ${messageOf(error)}` }], { cause: error });
  }
  checkPlugin(plugin, name);
  return { plugin, version: packageOf(file).version, integrity: packageHash(file) };
}

/** The file that `import name` would load there. */
function entryOf(name: string, from: string, folder: string): string {
  const { resolve } = createRequire(from);
  try {
    return resolve(name);
  } catch (error) {
    const entry =
      (error as NodeJS.ErrnoException).code === "ERR_PACKAGE_PATH_NOT_EXPORTED"
        ? importEntry(name, resolve.paths(name) ?? [])
        : undefined;
    if (entry !== undefined) return entry;
    const message = /^(\.{0,2}\/|[a-z]:)/i.test(name)
      ? `there is no file ${resolvePath(folder, name)}`
      : `is not installed where it is looked for. In ${folder}: npm install ${name}`;
    throw new PluginError([{ plugin: name, message }]);
  }
}

/** The entry of a package that can only be imported: `require.resolve` looks at the other conditions. */
function importEntry(name: string, folders: readonly string[]): string | undefined {
  const packageFolder = folders.map((folder) => join(folder, name)).find((folder) => existsSync(join(folder, "package.json")));
  if (packageFolder === undefined) return undefined;
  const { exports } = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8")) as { exports?: Exports };
  const entry = targetOf(typeof exports === "object" && "." in exports ? exports["."] : exports);
  return entry === undefined ? undefined : join(packageFolder, entry);
}

type Exports = string | { readonly [condition: string]: Exports };

function targetOf(exports: Exports | undefined): string | undefined {
  if (typeof exports !== "object") return exports;
  const condition = Object.keys(exports).find((key) => ["node", "import", "default"].includes(key));
  return condition === undefined ? undefined : targetOf(exports[condition]);
}

function versionOf(name: string, from: string): string {
  return packageOf(createRequire(from).resolve(name)).version;
}
