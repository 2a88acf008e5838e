import { buildRegistry, createContainer, definePlugin, InputError, messageOf, standardComponents } from "@rewardlab/core";
import type { Plugin, Registry, RegisteredPlugin } from "@rewardlab/core";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

/** The composition root: the only place that knows the built-in packages. They are plugins like anybody's. */
const builtIn = {
  "@rewardlab/algo-reinforcepp": () => import("@rewardlab/algo-reinforcepp"),
  "@rewardlab/algo-stablereinforce": () => import("@rewardlab/algo-stablereinforce"),
  "@rewardlab/algo-grpo": () => import("@rewardlab/algo-grpo"),
  "@rewardlab/rewards": () => import("@rewardlab/rewards"),
  "@rewardlab/models": () => import("@rewardlab/models"),
  "@rewardlab/data": () => import("@rewardlab/data"),
  "@rewardlab/engines": () => import("@rewardlab/engines"),
} satisfies Record<string, () => Promise<{ default: Plugin }>>;

const standard = definePlugin({ name: "@rewardlab/core", api: "^1", components: standardComponents });

/** The built-in plugins and those an experiment lists, which are found from its folder as Node would find them. */
export async function registryFor(names: readonly string[], folder: string): Promise<Registry> {
  const builtIns = await Promise.all(
    Object.entries(builtIn).map(async ([name, load]) => ({ plugin: (await load()).default, version: versionOf(name, import.meta.url), integrity: null })),
  );
  const listed: RegisteredPlugin[] = [];
  for (const name of new Set(names)) if (!(name in builtIn)) listed.push(await loadPlugin(name, folder));
  return buildRegistry([{ plugin: standard, version: versionOf("@rewardlab/core", import.meta.url), integrity: null }, ...builtIns, ...listed]);
}

export async function builtInRegistry(): Promise<{ registry: Registry; container: ReturnType<typeof createContainer> }> {
  const registry = await registryFor([], process.cwd());
  return { registry, container: createContainer(registry) };
}

async function loadPlugin(name: string, folder: string): Promise<RegisteredPlugin> {
  const from = pathToFileURL(join(folder, "experiment.yaml")).href;
  let file: string;
  try {
    file = createRequire(from).resolve(name);
  } catch {
    throw new InputError("RL_PLUGIN_MISSING", `plugin ${name}: is not installed where the experiment can find it. In ${folder}: npm install ${name}`);
  }
  try {
    const module = (await import(pathToFileURL(file).href)) as { default?: Plugin };
    if (module.default === undefined) throw new Error("it has no default export, expected the result of definePlugin");
    return { plugin: module.default, version: versionOf(name, from), integrity: createHash("sha256").update(readFileSync(file)).digest("hex") };
  } catch (error) {
    throw new InputError("RL_PLUGIN_LOAD", `plugin ${name}: fails to load from ${file}: ${messageOf(error)}`, { cause: error });
  }
}

/** The version in the package.json nearest to a package's entry. */
function versionOf(name: string, from: string): string {
  let folder = dirname(createRequire(from).resolve(name));
  while (folder !== dirname(folder)) {
    const manifest = join(folder, "package.json");
    if (existsSync(manifest)) return (JSON.parse(readFileSync(manifest, "utf8")) as { version?: string }).version ?? "unknown";
    folder = dirname(folder);
  }
  return "unknown";
}
