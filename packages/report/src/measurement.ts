import { metricPath } from "@rewardlab/core/host";
import { stageSettings } from "./settings.ts";
import { finiteOf, recordOf, textOf } from "./plain.ts";
import type { GridRun } from "./grid-run.ts";

/** A setting of an evaluation that isn't the same in all runs, with its values as they are written. */
export interface MeasuredBy {
  readonly name: string;
  readonly values: readonly string[];
}

/** How the stage of a metric measured, where runs differ in it. What a run doesn't say is not counted as different. */
export function measuredDifferently(runs: readonly GridRun[], path: string): MeasuredBy[] {
  const { stage, way } = metricPath(path);
  const all = runs.map((run) => measurementOf(run, stage, way.startsWith("rules.") ? way.slice("rules.".length) : null));
  const names = [...new Set(all.flatMap((one) => Object.keys(one)))];
  return names.flatMap((name) => {
    const values = [...new Set(all.flatMap((one) => one[name] ?? []))];
    return values.length > 1 ? [{ name, values }] : [];
  });
}

/** The settings that say which questions are asked, and how answers are drawn; not those of what is kept or shown. */
const SETTINGS = ["temperature", "maxNewTokens", "seed"];

/** `rule`: the one that the metric is the mean of. */
function measurementOf(run: GridRun, stage: string, rule: string | null): Readonly<Record<string, string>> {
  const results = recordOf(run.stages.findLast(({ name }) => name === stage)?.results);
  const settings = stageSettings(run.folder, stage) ?? {};
  const measured: Record<string, string> = {};
  const note = (name: string, value: string | number | null) => {
    if (value !== null) measured[name] = String(value);
  };
  note("split", textOf(results.split));
  note("items", finiteOf(results.items));
  note("samples per question", finiteOf(results.samples));
  for (const name of SETTINGS) if (name in settings) note(name, JSON.stringify(settings[name]));
  const rules = recordOf(settings.rules);
  if (rule !== null && rule in rules) note(`rule ${rule}`, JSON.stringify(rules[rule]));
  return measured;
}
