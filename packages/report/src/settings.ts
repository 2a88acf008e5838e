import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { listOf, recordOf } from "./plain.ts";
import type { Plain } from "./plain.ts";

/** A run's experiment as resolved, experiment.yaml in its folder; null where it is missing or can't be read. */
export function settingsOf(folder: string): Plain | null {
  const path = join(folder, "experiment.yaml");
  if (!existsSync(path)) return null;
  try {
    return parsed(readFileSync(path, "utf8"));
  } catch {
    return null; // what can't be read is not known; the numbers stand without it
  }
}

/** The settings of one stage; null where they are not known. */
export function stageSettings(folder: string, stage: string): Plain | null {
  const stages = listOf(settingsOf(folder)?.stages).map(recordOf);
  const found = stages.find((one) => Object.hasOwn(one, stage));
  return found === undefined ? null : recordOf(found[stage]);
}

/** A cell's seeds have one text, and reading YAML is the slowest part of a large grid's report. */
function parsed(text: string): Plain {
  const known = read.get(text) ?? recordOf(parse(text, { maxAliasCount: 100 }));
  if (read.size >= MOST_KEPT) read.clear();
  read.set(text, known);
  return known;
}
const read = new Map<string, Plain>();
const MOST_KEPT = 500;
