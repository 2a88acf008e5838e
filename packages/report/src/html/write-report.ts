import { writeFileAtomic } from "@rewardlab/core";
import { join } from "node:path";
import { readGrid } from "../read-grid.ts";
import { reportPage } from "./page.ts";

/** Writes a grid's page, runs/<experiment>/report.html, and gives its path. What was there stays whole until the new one is. */
export function writeReport(root: string): string {
  const path = join(root, "report.html");
  writeFileAtomic(path, reportPage(readGrid(root)));
  return path;
}
