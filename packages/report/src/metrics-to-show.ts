import type { DeclaredMetric } from "@rewardlab/core";
import type { GridCell } from "./read-grid.ts";
import { declarationsIn, largest, overRuns } from "./stability.ts";
import { called } from "./metric-wording.ts";
import { listing, plainNumber } from "./wording.ts";

/** A training metric as the report shows it: as whoever records it declares it, or by its name alone. */
export interface Metric {
  /** As in metrics.jsonl; rules as rules.<name>. */
  readonly name: string;
  readonly title: string;
  readonly unit: "number" | "share";
  /** What it is. Empty where nothing says. */
  readonly meaning: string;
  /** What it says that it is 0 from beginning to end. Empty where nothing says. */
  readonly zero: string;
  /** Drawn on a logarithmic axis where it spans more than a factor of 30. */
  readonly mayBeLogarithmic: boolean;
  /** How several iterations become one point where a curve is thinned out. */
  readonly thinBy: "mean" | "max";
}

/** A variant and what it declares of a metric. */
interface Saying {
  readonly cell: Pick<GridCell, "name" | "runs">;
  readonly declared: DeclaredMetric;
}

/** The metrics that runs have, those to look at first apart from the rest, in the order in which they are declared; those that nobody declared come last. */
export function metricsToShow(cells: readonly Pick<GridCell, "name" | "runs">[]): {
  readonly first: readonly Metric[];
  readonly rest: readonly Metric[];
} {
  const there = new Set(
    cells.flatMap(({ runs }) => runs.flatMap(({ iterations }) => iterations.flatMap(({ values }) => Object.keys(values)))),
  );
  const said = new Map<string, Saying[]>();
  for (const cell of cells)
    for (const [name, declared] of Object.entries(declarationsIn(cell.runs)))
      if (there.has(name)) said.set(name, [...(said.get(name) ?? []), { cell, declared }]);
  const declared = [...said].map(([name, all]) => ({ isFirst: all.some(isFirst), metric: asDeclared(name, all) }));
  const unknown = [...there].filter((name) => !said.has(name)).map(byName);
  return {
    first: declared.filter(({ isFirst: first }) => first).map(({ metric }) => metric),
    rest: [...declared.filter(({ isFirst: first }) => !first).map(({ metric }) => metric), ...unknown],
  };
}

const isFirst = ({ declared: { first, guard } }: Saying) => first === true || guard === true;

function asDeclared(name: string, all: readonly Saying[]): Metric {
  const { title, unit, stability } = all[0]!.declared;
  return {
    name,
    title,
    unit: unit === "share" ? "share" : "number",
    meaning: perVariant(all, ({ declared }) => declared.meaning),
    zero: perVariant(all, zeroOf),
    mayBeLogarithmic: stability === "largest",
    thinBy: stability === "largest" || unit === "count" ? "max" : "mean",
  };
}

function byName(name: string): Metric {
  return { name, title: name, unit: "number", meaning: "", zero: "", mayBeLogarithmic: false, thinBy: "mean" };
}

/** That what it counts can't act there, or what it says itself, with how near it came. */
function zeroOf({ cell: { runs }, declared }: Saying): string {
  const reasons = [...new Set(declared.by.map(({ idle }) => idle))];
  if (declared.by.length > 0 && !reasons.includes(undefined)) return `It can’t act here: ${reasons.join("; ")}.`;
  const { zero = "", near } = declared;
  const most =
    near === undefined
      ? null
      : overRuns(
          "largest",
          runs.map((run) => largest(run, near)),
        );
  return most === null ? zero : `${zero} ${nearText(declarationsIn(runs)[near!], most)}.`.trim();
}

/** "Largest |log ratio|: 0.31" */
export function nearText(near: Pick<DeclaredMetric, "title"> | undefined, most: number): string {
  return `${near?.title ?? "The largest"}: ${plainNumber(most)}`;
}

/** More variants than this are not listed by name. */
const LISTED = 3;

/** What variants say: once where all say the same, else with the variants that say it. */
function perVariant(all: readonly Saying[], textOf: (saying: Saying) => string): string {
  const texts = new Map<string, string[]>();
  for (const saying of all) {
    const text = textOf(saying);
    texts.set(text, [...(texts.get(text) ?? []), called(saying.cell.name)]);
  }
  if (texts.size === 1) return [...texts.keys()][0]!;
  return [...texts]
    .filter(([text]) => text !== "")
    .map(([text, names]) => `${names.length > LISTED ? `${names.length} variants` : listing(names)}: ${text}`)
    .join(" ");
}
