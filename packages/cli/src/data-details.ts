import type { Dataset } from "@rewardlab/core";
import type { Cell, Experiment } from "@rewardlab/core/host";

/** What the datasets of an experiment say of themselves, each once, with the first cell that has it. */
export interface DataDetails {
  readonly cell: string;
  readonly details: unknown;
}

/** Reads what there is to read of each dataset that says more of itself. Throws what they throw of data that are wrong. */
export function dataDetails({ cells }: Pick<Experiment, "cells">, dataOf: (cell: Cell) => Dataset): DataDetails[] {
  const seen = new Set<Dataset>();
  return cells.flatMap((cell) => {
    const data = dataOf(cell);
    if (seen.has(data)) return [];
    seen.add(data);
    return data.details === undefined ? [] : [{ cell: cell.name, details: data.details }];
  });
}

/** A line for each file of rows: what it was recognised as, how many rows it has, and how many were left out. */
export function dataLines(all: readonly DataDetails[]): string[] {
  return all.flatMap(({ cell, details }) =>
    filesIn(details).map(({ file, split, kind, format, rows, ...left }) => {
      const out = ["broken", "ties", "identical"].flatMap((what) => ((left[what] ?? 0) > 0 ? [`${left[what]} ${what}`] : []));
      return `${cell}: ${file}: ${kind}, ${format}, ${rows} rows of ${split}${out.length === 0 ? "" : `; left out: ${out.join(", ")}`}`;
    }),
  );
}

type FileLine = { file: string; split: string; kind: string; format: string; rows: number } & Record<string, number>;

function filesIn(details: unknown): FileLine[] {
  const files = typeof details === "object" && details !== null && "files" in details ? details.files : undefined;
  return Array.isArray(files)
    ? (files as FileLine[]).filter(({ file, rows }) => typeof file === "string" && typeof rows === "number")
    : [];
}
