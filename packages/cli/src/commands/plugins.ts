import { InputError, suggestion } from "@rewardlab/core";
import { kindNames } from "@rewardlab/core/host";
import type { OptionRow } from "@rewardlab/core/host";
import pc from "picocolors";
import { listPlugins } from "../plugin-list.ts";
import type { ListedPart, ListedPlugin, NameConflict, PluginList } from "../plugin-list.ts";

const kinds = ["algorithm", ...kindNames, "service"];

interface PluginsOptions {
  readonly json?: boolean;
  readonly plugin?: readonly string[];
}

/** `rewardlab plugins`: the plugins that experiments here can name, and what they bring. Exit code 2 where one can't be loaded. */
export async function plugins(kind: string | undefined, options: PluginsOptions): Promise<void> {
  checkKind(kind);
  const list = await listPlugins(process.cwd(), options.plugin ?? []);
  if (list.plugins.some(({ problem }) => problem !== null)) process.exitCode = 2;
  const parts = list.parts.filter((part) => kind === undefined || part.kind === kind);
  if (options.json) {
    console.log(JSON.stringify({ ...list, parts }, null, 2));
    return;
  }
  tellPlugins(kind === undefined ? list : { ...list, plugins: list.plugins.filter(({ problem }) => problem !== null) });
  const width = Math.max(0, ...parts.map(({ name }) => name.length));
  for (const one of kinds) {
    const its = parts.filter((part) => part.kind === one);
    if (its.length > 0 || one === kind) console.log(pc.bold(one));
    for (const part of its) tellPart(part, width, kind !== undefined);
  }
}

function tellPlugins({ plugins: all, conflicts }: PluginList): void {
  const [nameWidth, versionWidth] = [(one: ListedPlugin) => one.name.length, (one: ListedPlugin) => one.version?.length ?? 0].map(
    (size) => Math.max(0, ...all.map(size)),
  ) as [number, number];
  if (all.length > 0) console.log(pc.bold("plugins"));
  for (const { name, version, listed, file, brings, problem } of all) {
    const start = `  ${name.padEnd(nameWidth)}  ${(version ?? "").padEnd(versionWidth)}`;
    const counted = Object.entries(brings).map(([kind, count]) => `${count} ${kind}`);
    const from = listed === null ? "built in" : `${listed === name ? "" : `listed as ${listed}, `}${file}`;
    console.log(problem === null ? `${start}  ${counted.join(", ")}  ${pc.dim(from)}` : `${start}  ${pc.red("✘")} ${problem}`);
  }
  for (const conflict of conflicts) console.log(`${pc.yellow("conflict")} ${conflictLine(conflict)}`);
  if (all.length > 0) console.log("");
}

function conflictLine({ what, packages }: NameConflict): string {
  const [first, ...others] = packages;
  return `${what} is brought by ${others.join(", ")} and by ${first}, so no experiment can name them together`;
}

function tellPart(part: ListedPart, width: number, whole: boolean): void {
  const { name, summary, package: owner, variants, metrics, token, scope, options = [] } = part;
  console.log(`  ${name.padEnd(width)}  ${summary}  ${pc.dim(owner)}`);
  if (token !== undefined) {
    console.log(pc.dim(`    injected as ${token}, lives as long as the ${scope}`));
    for (const one of options)
      console.log(
        pc.dim(`    ${one.name}: ${[one.values, defaultText(one), one.meaning].filter((text) => text !== "").join("; ")}`),
      );
  }
  for (const [variant, source] of Object.entries(variants ?? {})) console.log(pc.dim(`    ${variant}: ${source}`));
  for (const metric of metrics ?? [])
    console.log(
      pc.dim(`    counts ${metric.name}: ${metric.title}${!whole || metric.meaning === null ? "" : `. ${metric.meaning}`}`),
    );
}

function defaultText({ default: given, required }: OptionRow): string {
  return given === undefined ? (required ? "must be given" : "") : `default ${JSON.stringify(given)}`;
}

/** Refuses a kind that is none. */
export function checkKind(kind: string | undefined): void {
  if (kind !== undefined && !kinds.includes(kind))
    throw new InputError("RL_KIND", `plugins: there is no kind "${kind}".${suggestion(kind, kinds)}`);
}
