import { shortPath } from "@rewardlab/core";
import { jsonOf, readGrid, summaryTables, writeReport } from "@rewardlab/report";
import type { Grid } from "@rewardlab/report";
import Table from "cli-table3";
import pc from "picocolors";

/** Writes the report of a grid, and prints its tables with the page's path. */
export function showSummary(root: string, json: boolean): void {
  showReport(readGrid(root), root, json);
}

/** `json`: prints what report.json holds instead, with the page's path. */
export function showReport(grid: Grid, folder: string, json: boolean): void {
  const { summary, page } = writeReport(grid, folder);
  if (json) {
    console.log(jsonOf(summary, { page }).trimEnd());
    return;
  }
  for (const { title, headers, rows } of summaryTables(summary)) {
    const table = new Table({
      head: headers.map((header) => pc.bold(header)),
      style: { head: [], border: pc.isColorSupported && process.stdout.isTTY ? ["dim"] : [], compact: true },
    });
    table.push(...rows.map((row) => [...row]));
    console.log(`\n${title}\n${table.toString()}`);
  }
  console.log(`\n${summary.answer}\n\nReport: ${pc.underline(shortPath(page, process.cwd()))}`);
}
