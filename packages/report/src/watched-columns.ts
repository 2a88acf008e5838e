import type { MetricSummary } from "@rewardlab/core";
import { summaryOf } from "./stability.ts";
import type { WatchedMetric } from "./stability.ts";
import type { CellSummary } from "./summary.ts";
import { plainNumber, tokenShare } from "./wording.ts";

/** A column of a table of how stable training was. */
export interface WatchedColumn {
  readonly name: string;
  readonly title: string;
  readonly summary: MetricSummary;
  readonly isShare: boolean;
}

/** The metrics that variants have and that tell of it, in the order in which they are declared. What is a sum and 0 everywhere is left out, but not a guard's. */
export function watchedColumns(cells: readonly Pick<CellSummary, "stability">[]): WatchedColumn[] {
  const columns = new Map<string, WatchedColumn>();
  for (const { stability } of cells)
    for (const [name, { declared, value }] of Object.entries(stability.metrics)) {
      const summary = summaryOf(declared)!;
      const isEmpty = value === null || (summary === "sum" && value === 0 && !declared.guard);
      if (!columns.has(name) && !isEmpty)
        columns.set(name, { name, title: declared.title, summary, isShare: declared.unit === "share" });
    }
  return [...columns.values()];
}

/** "Largest |log ratio|"; a title that doesn't say so itself is told to be the largest or the last. */
export function columnTitle({ title, summary }: WatchedColumn): string {
  if (summary === "largest") return /^largest/i.test(title) ? title : `${title}, largest`;
  return summary === "last" ? `${title}, at last (largest)` : title;
}

/** A number of such a column. */
export function watchedText({ isShare }: Pick<WatchedColumn, "isShare">, value: number | null | undefined): string {
  return isShare ? tokenShare(value) : plainNumber(value);
}

/** Of one that tells the last, the largest as well. */
export function largestBeside({ summary }: WatchedColumn, metric: WatchedMetric | undefined): number | null {
  return summary === "last" ? (metric?.largest ?? null) : null;
}
