import { checkPlugin, PluginError, tensorsProblem } from "@rewardlab/core/host";
import type { RegisteredPlugin } from "@rewardlab/core/host";
import { isInputError } from "@rewardlab/storage";
import { codeGraph } from "./code-graph.ts";
import type { CodeGraph } from "./code-graph.ts";
import { entryOf, isPath } from "./find.ts";
import { importPlugin } from "./import-plugin.ts";
import { refusal } from "./refusal.ts";

/** A plugin, and where it was found. */
export interface FoundPlugin extends RegisteredPlugin {
  /** As it was asked for: a package's name or a path. */
  readonly listed: string;
  /** The file that was loaded. */
  readonly entry: string;
  readonly graph: CodeGraph;
}

/** Whether a plugin was found on this disk: a built-in one was not. */
export function isFound(one: RegisteredPlugin): one is FoundPlugin {
  return "entry" in one;
}

/** A found plugin's code as it is now. */
export function codeOf({ listed, entry }: FoundPlugin): CodeGraph {
  return graphOf(listed, entry);
}

/** Finds a plugin from a folder, as an experiment there lists it, and loads it. Throws a `PluginError` that says what is wrong with it. */
export async function loadPlugin(name: string, folder: string): Promise<FoundPlugin> {
  const entry = entryOf(name, folder);
  const graph = graphOf(name, entry);
  const otherTensors = tensorsProblem(graph.dependencies);
  if (otherTensors !== null) throw refusal("RL_PLUGIN_COPY", name, otherTensors); // before its code runs, which would register kernels
  const plugin = await importPlugin(name, entry, graph);
  checkPlugin(plugin, name);
  const { integrity, files, dependencies } = graph;
  return { plugin, version: graph.package.version, integrity, code: { files, dependencies }, listed: name, entry, graph };
}

function graphOf(name: string, entry: string): CodeGraph {
  try {
    return codeGraph(entry, isPath(name) ? "file" : "package");
  } catch (error) {
    if (error instanceof PluginError || !isInputError(error)) throw error;
    throw refusal(error.code, name, error.message, error);
  }
}
