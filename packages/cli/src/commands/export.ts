import { InputError } from "@rewardlab/core";
import { shortPath, writeFileAtomic } from "@rewardlab/storage";
import { resolve } from "node:path";
import { findRuns, runsNamed } from "../find-runs.ts";
import { count } from "../grid.ts";
import { csvOfColumns, longColumns, metricRows, wideColumns } from "../metric-rows.ts";
import type { Column } from "../metric-rows.ts";

interface ExportOptions {
  readonly runs: string;
  readonly csv?: string;
  readonly parquet?: string;
  readonly wide?: boolean;
  readonly json?: boolean;
}

/** Writes the metrics of runs as one table. */
export async function exportRuns(names: readonly string[], options: ExportOptions): Promise<void> {
  const { csv, parquet } = options;
  if ((csv === undefined) === (parquet === undefined))
    throw new InputError("RL_FLAG", "export: expected one of --csv FILE and --parquet FILE; --csv - prints");
  if (csv === "-" && options.json)
    throw new InputError("RL_FLAG", "export: --csv - prints the table, expected a file with --json");
  const all = findRuns(options.runs);
  const runs = [...new Set(names.flatMap((name) => runsNamed(all, options.runs, name)))];
  const notes: string[] = [];
  const rows = runs.flatMap((run) =>
    metricRows(run, (message) => {
      notes.push(message);
      console.error(message);
    }),
  );
  if (rows.length === 0)
    throw new InputError("RL_EXPORT_EMPTY", `export: ${count(runs.length, "run")}, none of which has written metrics`);
  const columns = options.wide ? wideColumns(rows) : longColumns(rows);
  const file = csv ?? parquet!;
  if (csv === "-") {
    process.stdout.write(csvOfColumns(columns));
    return;
  }
  writeFileAtomic(resolve(file), csv === undefined ? await parquetOf(columns) : csvOfColumns(columns));
  const written = columns[0]!.values.length;
  if (options.json)
    console.log(
      JSON.stringify(
        { file, runs: runs.map(({ path }) => path), rows: written, columns: columns.map(({ name }) => name), notes },
        null,
        2,
      ),
    );
  else
    console.log(
      `${shortPath(resolve(file), process.cwd())}: ${count(written, "row")} of ${count(runs.length, "run")}, ${columns.length} columns`,
    );
}

async function parquetOf(columns: readonly Column[]): Promise<Uint8Array> {
  const { parquetWriteBuffer } = await import("hyparquet-writer");
  const columnData = columns.map(({ name, type, values }) => ({ name, type, data: [...values] }));
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}
