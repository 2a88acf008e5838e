import { coverageTable } from "./coverage-table.ts";
import { checkCount } from "./numbers.ts";

/** What counts as covering 95 %. */
export const COVERED = { least: 0.93, most: 0.97 } as const;

/**
 * In words, for which shapes of values a method's 95 % intervals cover less than 93 % or more than 97 %, with the figures of the largest simulated
 * sample that is no larger than this one; null where there is none.
 */
export function coverageWarning(method: string, values: number): string | null {
  checkCount("coverageWarning", "values", values, 1);
  const rows = coverageTable.filter((row) => row.method === method);
  const row = rows.findLast((one) => one.values <= values) ?? rows[0];
  if (row === undefined) return `how often a 95 % interval by ${method} covers was not simulated`;
  const off = Object.entries(row.coverage).filter(([, share]) => share < COVERED.least || share > COVERED.most);
  if (off.length === 0) return null;
  const figures = off.map(([shape, share]) => `${(100 * share).toFixed(1)} % (${shape})`).join(", ");
  return `with ${row.values} values a 95 % interval by ${method} covers, by simulation, ${figures}`;
}
