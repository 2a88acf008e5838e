import { messageOf } from "@rewardlab/core";
import { fileBytes } from "@rewardlab/storage";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { listOf, recordOf } from "./plain.ts";
import type { Plain } from "./plain.ts";

/** A run's experiment as resolved, experiment.yaml in its folder; null where it is missing or can't be read. */
export function settingsOf(folder: string): Plain | null {
  const read = readSettings(folder);
  return typeof read === "string" ? null : read;
}

/** Why a run's settings are not known; null where they are. */
export function settingsProblem(folder: string): string | null {
  const read = readSettings(folder);
  return typeof read === "string" ? read : null;
}

function readSettings(folder: string): Plain | string {
  const path = join(folder, "experiment.yaml");
  if (!existsSync(path)) return `${path}: is missing`;
  try {
    const settings = parsed(fileBytes(path).toString("utf8"));
    return Array.isArray(settings.stages) ? settings : `${path}: holds no stages, expected an experiment as resolved`;
  } catch (error) {
    const [line] = messageOf(error).split("\n");
    return line!.startsWith(path) ? line! : `${path}: not valid YAML (${line})`;
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
