import type { ComparedMetric } from "./metric.ts";
import { counted, percentage, plainNumber, points, short } from "./wording.ts";

type Unit = Pick<ComparedMetric, "isShare">;

/** A value in a table whose heading names the unit: 61.2 (of %), or 3.14 */
export function bareValue({ isShare }: Unit, value: number | null): string {
  return isShare ? percentage(value) : plainNumber(value);
}

/** Signed, without a unit: −3.1 (of points), +0.02 */
export function signedDifference({ isShare }: Unit, difference: number | null): string {
  if (isShare || difference === null) return points(difference);
  return difference > 0 ? `+${plainNumber(difference)}` : plainNumber(difference);
}

/** −3.1 points */
export function differenceText(metric: Unit, difference: number | null): string {
  const text = signedDifference(metric, difference);
  return metric.isShare && difference !== null ? `${text} points` : text;
}

/** −5.0 to −1.2; so narrow that both ends are written alike: +0.012 to +0.034, for it isn't a single point. */
export function intervalText(metric: Unit, { low, high }: { readonly low: number; readonly high: number }): string {
  const [from, to] = [signedDifference(metric, low), signedDifference(metric, high)];
  if (from !== to || low === high) return `${from} to ${to}`;
  const fine = (end: number) => signedDifference({ isShare: false }, metric.isShare ? end * 100 : end);
  return `${fine(low)} to ${fine(high)}`;
}

/** The size of an error or a difference: 1.2 points */
export function amountText(metric: Unit, size: number): string {
  return metric.isShare ? `${percentage(Math.abs(size))} points` : plainNumber(Math.abs(size));
}

/** A cell's name in a sentence. */
export const called = (name: string) => short(name, 60);

/** "with full", but "without filter" as it is. */
export const withCell = (name: string) => (/^with(out)?\b/i.test(name) ? called(name) : `with ${called(name)}`);

/** "240 questions", or where they belong together "120 groups of questions" */
export const questions = (count: number, grouped: boolean) =>
  counted(count, grouped ? "group of questions" : "question", grouped ? "groups of questions" : "questions");
