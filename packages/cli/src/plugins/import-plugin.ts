import { isInputError, isRunError, messageOf } from "@rewardlab/storage";
import { isInstalled } from "./manifest.ts";
import { pathToFileURL } from "node:url";
import type { CodeGraph } from "./code-graph.ts";
import { watchLoading } from "./never-loads.ts";
import { loadedWithoutExit, placeInPlugin } from "./no-exit.ts";
import { placeText, refusal } from "./refusal.ts";
import { allowTypeScript, isTypeScript } from "./typescript.ts";

/**
 * What a plugin's file exports by default, which may be anything. Throws a `PluginError` where its code can't be run to its end: it doesn't parse, throws,
 * waits for ever, would end the process, or exports nothing by default.
 */
export async function importPlugin(name: string, entry: string, graph: CodeGraph): Promise<unknown> {
  const typed = graph.paths.filter(isTypeScript);
  const published = typed.find(isInstalled);
  if (published !== undefined)
    throw refusal(
      "RL_PLUGIN_TYPESCRIPT",
      name,
      `${published} is TypeScript, which Node doesn't run under node_modules; expected its author to publish JavaScript, or its folder to be linked (npm install ../its-folder)`,
    );
  if (typed.length > 0) allowTypeScript();
  const watch = watchLoading(name);
  try {
    const load = () => Promise.race([import(pathToFileURL(entry).href) as Promise<Exports>, watch.never]);
    return defaultOf(name, entry, await loadedWithoutExit(name, graph.paths, load));
  } catch (error) {
    throw isPluginError(error) ? error : whyNotLoaded(name, entry, graph, error);
  } finally {
    watch.end();
  }
}

type Exports = Readonly<Record<string, unknown>>;

/** A CommonJS file's default is its `module.exports`; one that was compiled from a module has the module's default in there. */
function defaultOf(name: string, entry: string, module: Exports): unknown {
  const { default: own } = module;
  if (own === undefined) {
    const named = Object.keys(module).filter((key) => key !== "default" && key !== "module.exports");
    throw refusal(
      "RL_PLUGIN_EXPORT",
      name,
      `${entry} has no default export${named.length === 0 ? "" : ` (it exports ${named.slice(0, 6).join(", ")})`}, expected \`export default definePlugin({ … })\``,
    );
  }
  if (typeof own !== "object" || own === null) return own;
  if ("__esModule" in own && "default" in own) return own.default;
  if (Object.keys(own).length === 0)
    throw refusal(
      "RL_PLUGIN_EXPORT",
      name,
      `${entry} exports an empty object, expected what definePlugin({ name, api, … }) returns; a CommonJS file sets module.exports to it`,
    );
  return own;
}

function whyNotLoaded(name: string, entry: string, { problems, paths }: CodeGraph, error: unknown): unknown {
  const [problem] = problems;
  if (problem !== undefined && isSyntaxError(error)) {
    const { file, line, column, message } = problem;
    const typed = isTypeScript(file) && /strip-only|not supported/.test(message);
    const rule = "; Node runs TypeScript of which only types need to be left out (tsconfig: erasableSyntaxOnly)";
    return refusal(
      typed ? "RL_PLUGIN_TYPESCRIPT" : "RL_PLUGIN_SYNTAX",
      name,
      `${placeText(file, line, column)}: ${message}${typed ? rule : ""}`,
      error,
    );
  }
  if (isRunError(error) || isInputError(error)) return refusal(error.code, name, messageOf(error), error);
  if (!(error instanceof Error))
    return refusal("RL_PLUGIN_LOAD", name, `fails to load from ${entry}: threw ${messageOf(error)}, expected an Error`, error);
  if (/^(never ends|isn't loaded)/.test(error.message))
    return refusal("RL_PLUGIN_WAITS", name, `${entry} ${error.message}`, error);
  const place = error instanceof SyntaxError ? syntaxPlace(error) : placeInPlugin(error.stack ?? "")?.place;
  const kind = error.name === "Error" || "code" in error ? "" : `${error.name}: `;
  return refusal(
    "RL_PLUGIN_LOAD",
    name,
    `fails to load${place === undefined ? ` from ${entry}` : ""}: ${kind}${error.message}${place === undefined ? "" : ` (${place})`}${withExtension(error, paths)}`,
    error,
  );
}

/** A module is looked for as it is written: TypeScript's compiler turns `.js` into `.ts`, Node does not. */
function withExtension(error: Error, paths: readonly string[]): string {
  const [, looked, from] = /Cannot find module '(.+)\.js' imported from (.+)/.exec(error.message) ?? [];
  return looked !== undefined && from !== undefined && paths.some((path) => isTypeScript(path))
    ? ". Unbuilt TypeScript imports its own files by their own names, ./x.ts"
    : "";
}

/** Node says where an import asks for a name that isn't exported by the first line of the stack. */
function syntaxPlace({ stack }: Error): string | undefined {
  return /^(?:file:\/\/)?(\/.+:\d+)$/m.exec(stack ?? "")?.[1];
}

function isSyntaxError(error: unknown): boolean {
  return error instanceof SyntaxError || /TYPESCRIPT_SYNTAX/.test(String((error as { code?: unknown } | null)?.code));
}

function isPluginError(error: unknown): boolean {
  return error instanceof Error && error.name === "PluginError";
}
