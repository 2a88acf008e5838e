import { shortPath } from "@rewardlab/storage";
import { jsonOf, readGrid, summaryTables, writeReport } from "@rewardlab/report";
import type { Grid } from "@rewardlab/report";
import pc from "picocolors";
import { textTable } from "./table.ts";

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
  for (const { title, headers, rows } of summaryTables(summary)) console.log(`\n${title}\n${textTable(headers, rows)}`);
  const { answer, warnings } = summary;
  const warned = warnings.map((text) => `${pc.yellow("warning")} ${text}\n`).join("");
  console.log(`\n${answer}\n\n${warned}Report: ${pc.underline(shortPath(page, process.cwd()))}`);
}
