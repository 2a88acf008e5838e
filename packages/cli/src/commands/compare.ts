import { gridOfRuns } from "@rewardlab/report";
import { showReport } from "../summary.ts";

interface CompareOptions {
  readonly metric?: string;
  readonly out: string;
  readonly json?: boolean;
}

/** Compares finished runs from anywhere, by the statistics and on the page of a grid. */
export function compare(runs: readonly string[], { metric, out, json }: CompareOptions): void {
  showReport(gridOfRuns(runs, { metric }), out, json === true);
}
