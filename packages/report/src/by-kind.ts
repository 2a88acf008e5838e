import { crossedInterval, meanInterval } from "@rewardlab/statistics";
import { metricByItem } from "./item-values.ts";
import { LEVEL } from "./level.ts";
import { dataOf, measuredAlike } from "./obstacles.ts";
import { pairItems } from "./pairing.ts";
import type { Grid, GridCell } from "./read-grid.ts";
import { independentValues, startsOf } from "./start.ts";

/** A cell's accuracy on one kind of question after RL, the mean of its evaluated runs. */
export interface KindAccuracy {
  readonly kind: string;
  readonly items: number;
  readonly accuracy: number;
  readonly runs: number;
  /**
   * 95 %, for new seeds and new questions of the kind where items are known, else for new seeds on these questions. null: one run, no spread, or runs that were
   * not measured alike.
   */
  readonly interval: { readonly low: number; readonly high: number; readonly over: "seeds and items" | "seeds" } | null;
}

/** A cell's accuracy after RL by kind of question, over its runs; null as interval where the runs weren't measured alike. */
export function byKindOf(
  { runs }: Pick<GridCell, "runs">,
  { seedLevels: levels, gathered }: Pick<Grid, "seedLevels" | "gathered">,
): KindAccuracy[] {
  const evaluated = runs.flatMap((run) => (run.after ? [{ run, after: run.after }] : []));
  const alike = (some: typeof evaluated) =>
    measuredAlike({ gathered }, some.map(({ run }) => run), `${some[0]!.after.stage}.accuracy`) === null; // prettier-ignore
  const kinds = [...new Set(evaluated.flatMap(({ after }) => Object.keys(after.byKind)))];
  return kinds.map((kind) => {
    const having = evaluated.filter(({ after }) => after.byKind[kind] !== undefined);
    const values = having.map(({ after }) => after.byKind[kind]!.accuracy);
    const items = pairItems(
      having.map(({ run, after }) => metricByItem(run, `${after.stage}.byKind.${kind}.accuracy`)),
      dataOf(having.map(({ run }) => run)) === "same",
    );
    return {
      kind,
      items: having[0]!.after.byKind[kind]!.items,
      accuracy: values.reduce((a, b) => a + b, 0) / values.length,
      runs: values.length,
      interval: !alike(having)
        ? null
        : intervalOf(
            values,
            "rows" in items ? items.rows : null,
            startsOf(
              having.map(({ run }) => run),
              levels,
            ),
          ),
    };
  });
}

function intervalOf(
  values: readonly number[],
  rows: readonly (readonly number[])[] | null,
  starts: readonly string[] | null,
): KindAccuracy["interval"] {
  const independent = independentValues(values, starts);
  if (independent.length < 2) return null;
  const { low, high } = rows
    ? crossedInterval(rows, { level: 1 - LEVEL, ...(starts ? { groups: starts } : {}) })
    : meanInterval(independent, { level: 1 - LEVEL });
  if (low === high) return null;
  return { low: Math.max(0, low), high: Math.min(1, high), over: rows ? "seeds and items" : "seeds" };
}
