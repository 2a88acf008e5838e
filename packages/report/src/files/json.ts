import type { Summary } from "../summary.ts";

/** report.json: the summary as it is, with a format number. Numbers that JSON has no notation for are the strings "NaN", "Infinity" and "-Infinity". */
export function jsonOf(summary: Summary, more: Readonly<Record<string, unknown>> = {}): string {
  const text = (_key: string, value: unknown) => (typeof value === "number" && !Number.isFinite(value) ? String(value) : value);
  return `${JSON.stringify({ format: FORMAT, ...summary, ...more }, text, 2)}\n`;
}

/** Raised where a field goes or changes its meaning; new fields don't raise it. */
const FORMAT = 1;
