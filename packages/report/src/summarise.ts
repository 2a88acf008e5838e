import type { MetricSummary } from "@rewardlab/core";
import { cautions, certainty, headline, verdictLine } from "./answer/differences.ts";
import { gainSentences } from "./answer/gain.ts";
import { guardSentences } from "./answer/guards.ts";
import { seedsSentences } from "./answer/seeds.ts";
import { byKindOf } from "./by-kind.ts";
import { calibrationOf } from "./calibration.ts";
import { comparisonsOf } from "./comparisons.ts";
import { costOf } from "./cost.ts";
import { effectsOf } from "./effects.ts";
import { itemStandardError } from "./item-error.ts";
import { mainTableOf } from "./main-table.ts";
import { mcnemarPairs } from "./mcnemar.ts";
import { comparedMetrics } from "./metric.ts";
import type { Evaluation } from "./read-evaluation.ts";
import type { Grid, GridCell } from "./read-grid.ts";
import type { GridRun } from "./grid-run.ts";
import { robustOf } from "./robust.ts";
import { average, declarationsIn, ofRun, overRuns, stabilityOf, summaryOf } from "./stability.ts";
import type { Declarations } from "./read-declarations.ts";
import { warningsOf } from "./warnings.ts";
import type { CellSummary, Measures, Summary } from "./summary.ts";

/** What a grid's runs measured, and what may be said of it. */
export function summarise(grid: Grid): Summary {
  const metrics = comparedMetrics(grid);
  const [primary, ...others] = metrics;
  const cells = grid.cells.map((cell) => summariseCell(cell, grid));
  const comparisons = comparisonsOf(grid, primary);
  const models = mcnemarPairs(grid);
  const runs = cells.reduce((sum, cell) => sum + cell.runs.length, 0);
  const [gain = "", ...caveats] = gainSentences({ cells, runs });
  const paragraphs = [
    headline(comparisons, primary),
    [gain, ...caveats].join(" ").trim(),
    certainty(comparisons, primary).join(" "),
    seedsSentences(grid).join(" "),
    guardSentences({ cells, seedLevels: grid.seedLevels }).join(" "),
  ].filter((text) => text !== null && text !== "") as string[];
  return {
    name: grid.name,
    answer: paragraphs.join("\n"),
    paragraphs,
    verdicts: comparisons.map((one) => verdictLine(one, primary)),
    cautions: cautions(comparisons),
    warnings: warningsOf(grid),
    runs,
    seeds: grid.seeds.length,
    seedLevels: grid.seedLevels,
    metrics,
    cells,
    table: mainTableOf(grid, metrics, comparisons),
    comparisons,
    alsoCompared: others.flatMap((metric) => comparisonsOf(grid, metric)),
    effects: effectsOf(grid, primary),
    robust: robustOf(grid, primary, comparisons),
    mcnemar: models.pairs,
    mcnemarRefused: models.refused,
  };
}

function summariseCell(cell: GridCell, grid: Pick<Grid, "seedLevels" | "gathered">): CellSummary {
  const { name, baseline, runs } = cell;
  const declared = declarationsIn(runs);
  const summaries = runs.map((run) => ({
    seed: run.seed,
    label: run.label,
    status: run.status,
    reason: run.reason,
    countedAsWorst: isWorst(run),
    measures: measure(run, declared),
  }));
  const evaluated = runs.filter(({ after }) => after !== null);
  const pairs = evaluated.flatMap(({ before, after }) => (before && after ? [[before, after] as const] : []));
  return {
    name,
    baseline,
    runs: summaries,
    mean: meanMeasures(
      summaries.map(({ measures }) => measures),
      declared,
    ),
    evaluated: evaluated.length,
    gainItemError: summaries.some(({ countedAsWorst }) => countedAsWorst) ? null : itemStandardError(pairs),
    items: evaluated[0]?.after?.items ?? null,
    stability: stabilityOf(cell),
    cost: costOf(cell),
    calibration: calibrationOf(evaluated.flatMap(({ after }) => after ?? [])),
    byKind: byKindOf(cell, grid),
  };
}

// ---------------------------------------------------------------- one run

const isWorst = ({ status, after }: GridRun) => status === "collapsed" && after === null;

function measure(run: GridRun, declared: Declarations): Measures {
  const { before, after } = run;
  const accuracy = after?.accuracy ?? (isWorst(run) ? 0 : null);
  return {
    accuracyBefore: before?.accuracy ?? null,
    accuracyAfter: accuracy,
    gain: before && accuracy !== null && onSame(before, after) ? accuracy - before.accuracy : null,
    rules: after?.rules ?? {},
    votingBefore: before?.voting ?? {},
    votingAfter: after?.voting ?? {},
    training: watched(declared, (name, summary) => ofRun(run, name, summary)),
  };
}

/** Whether two evaluations are of the same questions; a run without the second counts as the worst on whatever they are. */
const onSame = (before: Evaluation, after: Evaluation | null) =>
  after === null || (before.split === after.split && before.items === after.items && before.itemIds === after.itemIds);

/** A number for each metric that tells how stable training was. */
function watched(declared: Declarations, valueOf: (name: string, summary: MetricSummary) => number | null): Measures["training"] {
  return Object.fromEntries(
    Object.entries(declared).flatMap(([name, one]) => {
      const summary = summaryOf(one);
      return summary === null ? [] : [[name, valueOf(name, summary)] as const];
    }),
  );
}

function meanMeasures(all: readonly Measures[], declared: Declarations): Measures {
  const mean = (pick: (one: Measures) => number | null) => average(all.flatMap((one) => pick(one) ?? []));
  const byName = (pick: (one: Measures) => Readonly<Record<string, number>>) => {
    const names = [...new Set(all.flatMap((one) => Object.keys(pick(one))))];
    return Object.fromEntries(names.map((name) => [name, average(all.flatMap((one) => pick(one)[name] ?? [])) ?? 0]));
  };
  return {
    accuracyBefore: mean((one) => one.accuracyBefore),
    accuracyAfter: mean((one) => one.accuracyAfter),
    gain: mean((one) => one.gain),
    rules: byName((one) => one.rules),
    votingBefore: byName((one) => one.votingBefore),
    votingAfter: byName((one) => one.votingAfter),
    training: watched(declared, (name, summary) =>
      overRuns(
        summary,
        all.map(({ training }) => training[name] ?? null),
      ),
    ),
  };
}
