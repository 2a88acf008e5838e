import { verdict } from "./verdict.ts";
import { intervalText, signedDifference } from "./metric-wording.ts";
import type { CellSummary, Measures, Summary } from "./summary.ts";
import { watchedColumns, watchedText } from "./watched-columns.ts";
import type { WatchedColumn } from "./watched-columns.ts";
import { percentage, points, probability, short } from "./wording.ts";

export interface TextTable {
  readonly title: string;
  readonly headers: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What a terminal has room for. */
const MOST_COLUMNS = 4;
const WIDEST_HEADER = 24;

/** For a terminal, each at most about 130 characters wide: every run, how stable training was, and the differences where there are several. */
export function summaryTables(summary: Summary): TextTable[] {
  return [...runTables(summary), ...(summary.comparisons.length > 1 ? [differencesTable(summary)] : [])];
}

/** What came out of every run, and how stable training was. */
export function runTables(summary: Summary): TextTable[] {
  return [accuracyTable(summary), stabilityTable(summary)];
}

function differencesTable({ comparisons, metrics: [metric] }: Summary): TextTable {
  return {
    title: `Differences in ${metric.title}${metric.isShare ? ", in points" : ""}: the same seeds paired, 95 % intervals, p after Holm’s correction`,
    headers: ["variant", "against", "seeds", "difference", "95 % interval", "p", "what may be said"],
    rows: comparisons.map((one) => [
      short(one.cell, 32),
      short(one.against, 24),
      String(one.perSeed.length),
      signedDifference(metric, one.mean),
      one.interval === null ? "–" : intervalText(metric, one.interval),
      one.adjusted === null ? "–" : probability(one.adjusted),
      verdict(one, metric),
    ]),
  };
}

function accuracyTable({ cells }: Summary): TextTable {
  const rules = ruleNames(cells).slice(0, 3);
  const votes = voteSizes(cells).slice(-3);
  return {
    title: "Accuracy on the test questions, in %",
    headers: ["variant", "seed", "before RL", "after RL", "points", ...rules, ...votes.map((size) => `votes @${size}`)],
    rows: lines(cells, (measures) => [
      percentage(measures.accuracyBefore),
      percentage(measures.accuracyAfter),
      points(measures.gain),
      ...rules.map((name) => percentage(measures.rules[name])),
      ...votes.map((size) => `${percentage(measures.votingBefore[size])} → ${percentage(measures.votingAfter[size])}`),
    ]),
  };
}

function stabilityTable({ cells }: Summary): TextTable {
  const columns = watchedColumns(cells).filter(isFirstOf(cells)).slice(0, MOST_COLUMNS);
  return {
    title: "Training: what its parts count, means or largest of the iterations",
    headers: ["variant", "seed", "status", ...columns.map(({ title }) => short(title, WIDEST_HEADER))],
    rows: lines(cells, (measures, status) => [
      status,
      ...columns.map((column) => watchedText(column, measures.training[column.name])),
    ]),
  };
}

/** Guards, and what else of the components' own is to be looked at first. */
function isFirstOf(cells: readonly CellSummary[]): (column: WatchedColumn) => boolean {
  return ({ name }) =>
    cells.some(({ stability }) => {
      const declared = stability.metrics[name]?.declared;
      return (declared?.guard ?? declared?.first) === true && declared!.by.some(({ kind }) => kind !== "stage");
    });
}

/** A line for each run, and where there are several seeds one for their mean. */
function lines(cells: readonly CellSummary[], values: (measures: Measures, status: string) => string[]): string[][] {
  return cells.flatMap(({ name, runs, mean }) => [
    ...runs.map(({ label, status, measures }) => [short(name, 32), label.replace(/^seed /, ""), ...values(measures, status)]),
    ...(runs.length > 1 ? [["", "mean", ...values(mean, "")]] : []),
  ]);
}

/** The evaluation's rules, but for the one that is the accuracy itself. */
export function ruleNames(cells: readonly CellSummary[]): string[] {
  return [...new Set(cells.flatMap(({ mean }) => Object.keys(mean.rules)))].filter((name) => name !== "accuracy");
}

/** Numbers of votes, smallest first. */
export function voteSizes(cells: readonly CellSummary[]): string[] {
  const sizes = cells.flatMap(({ mean }) => [...Object.keys(mean.votingBefore), ...Object.keys(mean.votingAfter)]);
  return [...new Set(sizes)].sort((a, b) => Number(a) - Number(b));
}
