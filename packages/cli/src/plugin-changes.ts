import { runFolder, runKey } from "@rewardlab/core/host";
import type { Cell, Experiment, PluginCode, RegisteredPlugin } from "@rewardlab/core/host";
import { readJson, tolerant } from "@rewardlab/storage";
import { join } from "node:path";
import type { PlannedRun } from "./grid.ts";
import { codeOf, isFound } from "./plugins/load.ts";

/** What a run's provenance.json says of a plugin. */
export interface PluginRecord extends Partial<PluginCode> {
  readonly name: string;
  readonly version: string;
  readonly integrity: string | null;
}

/** What of a plugin is other than it was, each in a word: its version, files, packages that it imports. Empty: all of it is the same. */
export function pluginChanges(was: PluginRecord, is: PluginRecord): string[] {
  if (was.integrity === is.integrity) return [];
  const [before, after] = [was.files ?? {}, is.files ?? {}];
  const files = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort().flatMap((file) => {
    if (before[file] === after[file]) return [];
    return [before[file] === undefined ? `${file} is new` : after[file] === undefined ? `${file} is gone` : file];
  });
  const packages = (one: PluginRecord, other: PluginRecord) =>
    Object.keys(one.dependencies ?? {}).filter((name) => other.dependencies?.[name] !== one.dependencies![name]);
  const [gone, come] = [packages(was, is), packages(is, was)];
  return [
    ...(was.version === is.version ? [] : [`version ${was.version} → ${is.version}`]),
    ...files,
    ...(gone.length + come.length === 0
      ? []
      : [`imports ${come.join(", ") || "nothing"} instead of ${gone.join(", ") || "nothing"}`]),
  ];
}

/** The plugins whose code isn't what was loaded, if a run uses them: another process would run other code than those before it. null: none. */
export function changedMeanwhile(experiment: Experiment, cell: Cell, seed: number): string | null {
  const { registry } = experiment;
  const told: string[] = [];
  const plugins = registry.plugins.map((one): RegisteredPlugin => {
    if (!isFound(one)) return one;
    const now = tolerantCode(one);
    if (now?.integrity === one.integrity) return one;
    const { name } = one.plugin;
    const is = now === null ? null : { name, version: now.package.version, ...now };
    const what = is === null ? "its files can't be read any more" : pluginChanges({ name, ...one, ...one.code }, is).join(", ");
    told.push(`plugin ${one.listed}${what === "" ? "" : ` (${what})`}`);
    return { ...one, integrity: now?.integrity ?? "" };
  });
  if (told.length === 0) return null;
  const now = { ...experiment, registry: { ...registry, plugins } };
  if (runKey(now, cell, seed) === runKey(experiment, cell, seed)) return null; // nothing of it is in this cell
  return (
    `${told.join(" and ")} was changed while the grid ran. What was not started yet would be of other code than what ran before, so it isn't started. ` +
    "Undo the change and run again, and the grid goes on; or run again as it is: all runs that use it are then made anew, and what was there is kept under before"
  );
}

function tolerantCode(one: Parameters<typeof codeOf>[0]): ReturnType<typeof codeOf> | null {
  return tolerant(
    () => codeOf(one),
    null,
    () => {},
  );
}

/** For each plugin whose code is other than when runs were made that are there: a line that says what changed, and what that means. */
export function changedSince(
  { registry }: Experiment,
  root: string,
  runs: readonly Pick<PlannedRun, "cell" | "seed">[],
): string[] {
  const own = registry.plugins.filter(isFound);
  if (own.length === 0) return [];
  const told = new Map<string, string[]>();
  for (const { cell, seed } of runs) {
    const path = join(runFolder(root, cell.name, seed), "provenance.json");
    const record = tolerant(
      () => readJson(path) as { plugins?: readonly PluginRecord[] } | undefined,
      undefined,
      () => {},
    );
    for (const one of own) {
      const { name } = one.plugin;
      const was = record?.plugins?.find((other) => other.name === name);
      if (was === undefined || was.integrity === null || was.integrity === one.integrity) continue;
      told.set(one.listed, pluginChanges(was, { name, version: one.version, integrity: one.integrity, ...one.code }));
    }
  }
  return [...told].map(
    ([listed, changes]) =>
      `plugin ${listed} is other code than what made runs that are there${changes.length === 0 ? "" : ` (${changes.join(", ")})`}: stages that use it are made anew`,
  );
}
