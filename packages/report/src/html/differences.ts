import { verdict } from "../verdict.ts";
import type { CellComparison } from "../comparisons.ts";
import type { ComparedMetric } from "../metric.ts";
import { called, intervalText, signedDifference } from "../metric-wording.ts";
import { plainNumber, points } from "../wording.ts";
import { forest } from "./forest.ts";
import type { Groups } from "./groups.ts";
import { html } from "./markup.ts";
import type { Markup } from "./markup.ts";

/** Every variant's difference, as a forest plot. null where nothing can be compared yet. */
export function differencesFigure(
  comparisons: readonly CellComparison[],
  metric: ComparedMetric,
  groups: Groups = new Map(),
): Markup | null {
  const made = comparisons.filter((one): one is CellComparison & { mean: number } => one.mean !== null);
  if (made.length === 0) return null;
  const references = [...new Set(made.map(({ against }) => against))];
  const several = references.length > 1;
  const rows = made.map((one) => ({
    name: several ? `${one.cell}, against ${one.against}` : one.cell,
    estimate: one.mean,
    interval: one.interval,
    singles: one.perSeed.map(({ difference }) => difference),
    decided: one.distinguishable,
    group: groups.get(one.cell) ?? "every variant",
    numbers: html`<b>${signedDifference(metric, one.mean)}</b
      >${one.interval && html` <span class="quiet">[${intervalText(metric, one.interval)}]</span>`}<span class="quiet said"
        >${verdict(one, metric)}</span
      >`,
  }));
  return forest(rows, {
    caption: html`Difference in ${metric.title}${metric.isShare && ", in points,"}
    ${several ? "against the variant named" : `against ${called(references[0]!)}`}; the same seeds paired. Large mark: mean,
    filled where it is distinguishable from 0. Small marks: single seeds. ${overText(made)}`,
    tickText: metric.isShare ? points : (value) => (value > 0 ? `+${plainNumber(value)}` : plainNumber(value)),
    ...(metric.isShare ? { bounds: [-1, 1] as const } : {}),
  });
}

function overText(made: readonly CellComparison[]): string {
  const over = new Set(made.flatMap(({ interval }) => interval?.over ?? []));
  if (over.size === 0) return "";
  const [only] = over.size === 1 ? over : [null];
  if (only === "items")
    return "Line: 95 % interval over test questions alone; of the chance between seeds one seed says nothing.";
  if (only === "seeds") return "Line: 95 % interval over new seeds, on the very same test questions.";
  if (only === "seeds and items")
    return "Line: 95 % interval for one comparison, over new seeds and new test questions together.";
  return "Line: 95 % interval, over new seeds and, where items are known, new test questions.";
}
