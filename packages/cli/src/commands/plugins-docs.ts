import { suggestion } from "@rewardlab/core";
import { buildRegistry, PluginError } from "@rewardlab/core/host";
import type { OptionRow } from "@rewardlab/core/host";
import { listPlugins, partsOf } from "../plugin-list.ts";
import type { ListedPart } from "../plugin-list.ts";
import { builtInPlugins, isBuiltIn } from "../plugins.ts";
import { loadPlugin } from "../plugins/load.ts";

/** `rewardlab plugins docs`: what a plugin brings, or what is called so, with its options as a table: Markdown, from the schemas themselves. */
export async function pluginsDocs(name: string, { json }: { readonly json?: boolean }): Promise<void> {
  const { title, parts } = await partsNamed(name);
  console.log(json ? JSON.stringify(parts, null, 2) : [`# ${title}`, ...parts.map(markdownOf)].join("\n\n"));
}

interface Documented {
  readonly title: string;
  readonly parts: readonly ListedPart[];
}

/** A built-in plugin by its name, a component, algorithm or service by its own, else a plugin that is looked for. */
async function partsNamed(name: string): Promise<Documented> {
  if (isBuiltIn(name)) {
    const one = (await builtInPlugins()).find(({ plugin }) => plugin.name === name)!;
    return { title: `${name} ${one.version}`, parts: partsOf(one) };
  }
  const list = await listPlugins(process.cwd(), []);
  const called = list.parts.filter((part) => part.name === name || `${part.kind} ${part.name}` === name);
  if (called.length > 0) return { title: name, parts: called };
  try {
    const found = await loadPlugin(name, process.cwd());
    buildRegistry([found]);
    return { title: `${found.plugin.name}${found.version === "unknown" ? "" : ` ${found.version}`}`, parts: partsOf(found) };
  } catch (error) {
    if (!(error instanceof PluginError) || error.code !== "RL_PLUGIN_MISSING") throw error;
    const near = suggestion(name, [...new Set([...list.plugins, ...list.parts].map((one) => one.name))]);
    if (!near.startsWith(" Did you mean")) throw error;
    throw new PluginError(
      error.failures.map((failure) => ({ ...failure, message: `${failure.message}.${near}` })),
      { cause: error },
    );
  }
}

function markdownOf({ kind, name, summary, package: owner, token, scope, variants, options, metrics }: ListedPart): string {
  const what = token === undefined ? kind : `service, injected as ${token}, lives as long as the ${scope}`;
  return [
    `## \`${name}\` (${what})`,
    `${capital(summary)}. From ${owner}.`,
    ...(variants === undefined ? [] : [table(["variant", "as in"], Object.entries(variants).map(([one, source]) => [code(one), source]))]), // prettier-ignore
    ...(options === undefined ? [] : [optionsText(options)]),
    ...(metrics === undefined
      ? []
      : [table(["metric", "", "what it means"], metrics.map((one) => [code(one.name), one.title, one.meaning ?? ""]))]), // prettier-ignore
  ].join("\n\n");
}

function optionsText(options: readonly OptionRow[]): string {
  if (options.length === 0) return "It has no options.";
  return table(
    ["option", "default", "values", ""],
    options.map((one) => [code(one.name), defaultText(one), one.values, one.meaning]),
  );
}

function defaultText({ default: given, required }: OptionRow): string {
  if (given !== undefined) return code(typeof given === "string" ? given : JSON.stringify(given));
  return required ? "must be given" : "none";
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(" | ")} |`;
  return [line(head), `|${" --- |".repeat(head.length)}`, ...rows.map(line)].join("\n");
}

/** A bar would end it, and so would a line. */
const cell = (text: string) => text.replace(/\s*\n\s*/g, " ").replaceAll("|", "\\|");
const code = (text: string) => `\`${text}\``;
const capital = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1).replace(/\.$/, "");
