import { writtenByIteration } from "../cost.ts";
import { secondsByIteration } from "../iteration-times.ts";
import type { GridCell } from "../read-grid.ts";
import type { GridRun } from "../grid-run.ts";

/** Another horizontal axis than iterations: where each line is at each point. Lines are named as in the pictures: cell, or cell/seed. */
export interface CurveAxis {
  readonly name: "tokens" | "seconds";
  readonly at: Readonly<Record<string, readonly (number | null)[]>>;
}

/** Those that every run with iterations can be drawn over. `x`: the iterations that curves have points at. `singles`: whether single seeds are drawn. */
export function curveAxes(cells: readonly GridCell[], x: readonly number[], singles: boolean): CurveAxis[] {
  const axes = [
    { name: "tokens", costs: (run: GridRun) => writtenByIteration(run)?.map(({ tokens }) => tokens) ?? null },
    { name: "seconds", costs: secondsByIteration },
  ] as const;
  return axes.flatMap(({ name, costs }): CurveAxis[] => {
    const byCell = cells.map(({ runs }) =>
      runs.filter(({ iterations }) => iterations.length > 0).map((run) => sums(run, costs(run), x)),
    );
    if (byCell.flat().length === 0 || byCell.flat().includes(null)) return [];
    const known = byCell as number[][][];
    const at = Object.fromEntries(
      known.flatMap((runs, cell) => [
        [String(cell), x.map((_, index) => meanOf(runs.map((one) => one[index])))] as const,
        ...(singles
          ? cells[cell]!.runs.filter(({ iterations }) => iterations.length > 0).map(
              (run, index) => [`${cell}/${run.seed}`, x.map((_, point) => runs[index]![point] ?? null)] as const,
            )
          : []),
      ]),
    );
    return [{ name, at }];
  });
}

/** What a run had cost at each of the iterations `x` that it reached; null where that is not known of all of them. */
function sums({ iterations }: GridRun, costs: readonly (number | null)[] | null, x: readonly number[]): number[] | null {
  if (costs === null || costs.includes(null)) return null;
  let sum = 0;
  const reached = iterations.map(({ iteration }, index) => ({ iteration, sum: (sum += costs[index]!) }));
  return x.flatMap((point) => {
    const here = reached.findLast(({ iteration }) => iteration <= point);
    return here === undefined || reached.at(-1)!.iteration < point ? [] : [here.sum];
  });
}

/** null where a run has ended: the line of means ends there as well. */
function meanOf(values: readonly (number | undefined)[]): number | null {
  const there = values.filter((value) => value !== undefined);
  return there.length === 0 || there.length < values.length
    ? null
    : Number((there.reduce((a, b) => a + b, 0) / there.length).toPrecision(5));
}
