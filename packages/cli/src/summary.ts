import { shortPath } from "@rewardlab/core";
import { readGrid, summarise, summaryTables, writeReport } from "@rewardlab/report";
import pc from "picocolors";
import { textTable } from "./table.ts";

/** Writes the page of a grid, and prints its table with the page's path. */
export function showSummary(root: string, json: boolean): void {
  const summary = summarise(readGrid(root));
  const page = writeReport(root);
  if (json) {
    console.log(JSON.stringify({ ...summary, page }, null, 2));
    return;
  }
  for (const { title, headers, rows } of summaryTables(summary)) console.log(`\n${title}\n${textTable(headers, rows)}`);
  console.log(`\n${summary.answer}\n\nReport: ${pc.underline(shortPath(page, process.cwd()))}`);
}
