import { shortPath } from "@rewardlab/core";
import { readGrid, summarise, summaryTables, writeReport } from "@rewardlab/report";
import Table from "cli-table3";
import pc from "picocolors";

/** Writes the page of a grid, and prints its table with the page's path. */
export function showSummary(root: string, json: boolean): void {
  const summary = summarise(readGrid(root));
  const page = writeReport(root);
  if (json) {
    console.log(JSON.stringify({ ...summary, page }, null, 2));
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
