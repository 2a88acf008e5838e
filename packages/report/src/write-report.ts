import { writeFileAtomic } from "@rewardlab/storage";
import { join } from "node:path";
import { csvOf } from "./files/csv.ts";
import { jsonOf } from "./files/json.ts";
import { latexOf } from "./files/latex.ts";
import { markdownOf } from "./files/markdown.ts";
import { reportPage } from "./html/page.ts";
import type { Grid } from "./read-grid.ts";
import { summarise } from "./summarise.ts";
import type { Summary } from "./summary.ts";

export interface WrittenReport {
  readonly summary: Summary;
  /** report.html */
  readonly page: string;
  /** All that was written, the page among it. */
  readonly files: readonly string[];
}

/** Writes report.html, report.md, report.json and the main table as table.csv and table.tex. What was there stays whole until the new one is. */
export function writeReport(grid: Grid, folder: string = grid.root): WrittenReport {
  const summary = summarise(grid);
  const contents: Readonly<Record<string, string>> = {
    "report.html": reportPage(grid, summary),
    "report.md": markdownOf(summary),
    "report.json": jsonOf(summary),
    "table.csv": csvOf(summary.table),
    "table.tex": latexOf(summary.table),
  };
  const files = Object.entries(contents).map(([name, content]) => {
    const path = join(folder, name);
    writeFileAtomic(path, content);
    return path;
  });
  return { summary, page: files[0]!, files };
}
