import { readJson, readJsonLines, shortPath } from "@rewardlab/storage";
import { existsSync, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { FoundRun } from "./find-runs.ts";

/** One line of a run's metrics. */
export interface MetricRow {
  readonly experiment: string;
  readonly cell: string;
  readonly seed: number;
  readonly stage: string;
  /** The iteration, from 1. */
  readonly step: number;
  /** By name; what lies in a map has its key before it: rules.accuracy. NaN and ±∞ were measured; null was written for what was not a number. */
  readonly values: ReadonlyMap<string, number | null>;
}

/** The metrics of a run's own stages, in order. `note` is told of a last line that was cut short, and dropped. */
export function metricRows(run: FoundRun, note: (message: string) => void): MetricRow[] {
  const below = readdirSync(run.folder)
    .filter((name) => name !== "checkpoints" && name !== "before" && lstatSync(join(run.folder, name)).isDirectory())
    .sort();
  return [run.folder, ...below.map((name) => join(run.folder, name))].flatMap((folder) => {
    const path = join(folder, "metrics.jsonl");
    if (!existsSync(path)) return [];
    const { stage = "" } = (readJson(join(folder, "stage.json")) as { stage?: string } | undefined) ?? {};
    const { lines, torn } = readJsonLines(path);
    if (torn > 0) note(`${shortPath(path, process.cwd())}: the last line was cut short and is left out`);
    return lines.map((line, index): MetricRow => {
      const values = new Map<string, number | null>();
      flatten(line, "", values);
      const step = values.get("iteration") ?? values.get("step") ?? index + 1;
      values.delete("iteration");
      values.delete("step");
      return { experiment: run.experiment, cell: run.cell, seed: run.seed, stage, step, values };
    });
  });
}

const notFinite: Readonly<Record<string, number>> = { NaN, Infinity, "-Infinity": -Infinity };

function flatten(value: unknown, name: string, into: Map<string, number | null>): void {
  if (typeof value === "number" || value === null) into.set(name, value);
  else if (typeof value === "string" && Object.hasOwn(notFinite, value)) into.set(name, notFinite[value]!);
  else if (typeof value === "object" && !Array.isArray(value))
    for (const [key, item] of Object.entries(value as object)) flatten(item, name ? `${name}.${key}` : key, into);
}

/** A table by columns, as both kinds of file are written from. */
export interface Column {
  readonly name: string;
  readonly type: "STRING" | "INT32" | "DOUBLE";
  readonly values: readonly (string | number | null)[];
}

/** A row for each line, a column for each metric; null where a run doesn't have it. */
export function wideColumns(rows: readonly MetricRow[]): Column[] {
  const names = [...new Set(rows.flatMap(({ values }) => [...values.keys()]))].sort();
  return [
    ...keyColumns(rows),
    ...names.map((name) => ({ name, type: "DOUBLE" as const, values: rows.map(({ values }) => values.get(name) ?? null) })),
  ];
}

/** A row for each number. */
export function longColumns(rows: readonly MetricRow[]): Column[] {
  const each = rows.flatMap((row) => [...row.values].map(([metric, value]) => ({ row, metric, value })));
  return [
    ...keyColumns(each.map(({ row }) => row)),
    { name: "metric", type: "STRING", values: each.map(({ metric }) => metric) },
    { name: "value", type: "DOUBLE", values: each.map(({ value }) => value) },
  ];
}

function keyColumns(rows: readonly MetricRow[]): Column[] {
  const column = (name: "experiment" | "cell" | "seed" | "stage" | "step", type: Column["type"]): Column => ({
    name,
    type,
    values: rows.map((row) => row[name]),
  });
  return [
    column("experiment", "STRING"),
    column("cell", "STRING"),
    column("seed", "INT32"),
    column("stage", "STRING"),
    column("step", "INT32"),
  ];
}

/** RFC 4180, with a header. NaN, Infinity and -Infinity as such; null is empty. */
export function csvOfColumns(columns: readonly Column[]): string {
  const field = (value: string | number | null) => {
    const text = value === null ? "" : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const rows = columns[0]?.values.length ?? 0;
  const lines = Array.from({ length: rows }, (_, row) => columns.map(({ values }) => field(values[row]!)).join(","));
  return `${[columns.map(({ name }) => field(name)).join(","), ...lines].join("\n")}\n`;
}
