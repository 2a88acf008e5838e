import type { MainTable } from "../main-table.ts";

/** The main table as CSV (RFC 4180): numbers as they are, shares 0 to 1, nothing where nothing was measured. */
export function csvOf({ metrics, rows }: MainTable): string {
  const head = [
    "variant",
    "baseline",
    "against",
    "seeds",
    "of",
    "collapsed",
    "failed",
    ...metrics.flatMap(({ path }) => [`${path} mean`, `${path} low`, `${path} high`]),
    "difference",
    "difference low",
    "difference high",
    "interval over",
    "p",
    "p adjusted",
    "p sign flips",
    "verdict",
  ];
  const lines = rows.map(({ cell, baseline, against, seeds, of, collapsed, failed, values, comparison, verdict }) => [
    cell,
    baseline ? "yes" : "no",
    against,
    seeds,
    of,
    collapsed,
    failed,
    ...values.flatMap(({ mean, interval }) => [mean, interval?.low, interval?.high]),
    comparison?.mean,
    comparison?.interval?.low,
    comparison?.interval?.high,
    comparison?.interval?.over,
    comparison?.pValue,
    comparison?.adjusted,
    comparison?.signFlip?.pValue,
    verdict,
  ]);
  return [head, ...lines].map((line) => `${line.map(field).join(",")}\r\n`).join("");
}

function field(value: string | number | null | undefined): string {
  const text = value === null || value === undefined ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
