import { withCell } from "../metric-wording.ts";
import type { CellSummary, Summary } from "../summary.ts";
import { counted, listing, percent, points, unsignedPoints } from "../wording.ts";

/** More variants than this are summed up by the lowest and the highest; the table has them all. */
const SPELT_OUT = 3;

type Evaluated = CellSummary & { readonly gain: number; readonly before: number; readonly after: number };

/** What RL did: the main sentence, then how sure that is. Made from the numbers alone. */
export function gainSentences({ cells, runs }: Pick<Summary, "cells" | "runs">): string[] {
  const measured = cells.flatMap((cell): Evaluated[] => {
    const { gain, accuracyAfter: after } = cell.mean;
    return gain === null || after === null ? [] : [{ ...cell, gain, before: after - gain, after }]; // before: of the runs that have both
  });
  if (measured.length === 0) {
    const evaluated = cells.filter(({ evaluated: count }) => count > 0);
    if (evaluated.length === 0)
      return [`No run has been evaluated after RL yet (of ${counted(runs, "run")}), so there is no result.`];
    const order = evaluated.toSorted((a, b) => a.mean.accuracyAfter! - b.mean.accuracyAfter!);
    const some = order.length <= SPELT_OUT + 1 ? evaluated : [order[0]!, order.at(-1)!];
    const which = some.length < evaluated.length ? `, lowest and highest of ${evaluated.length} variants` : "";
    return [
      `After RL the accuracy is ${listing(some.map(({ name, mean }) => `${percent(mean.accuracyAfter)} ${withCell(name)}`))}${which}; it was not measured before RL on the same questions.`,
    ];
  }
  const shown = measured.length <= SPELT_OUT ? measured : extremes(measured);
  const sameStart = measured.every(({ before }) => Math.abs(before - measured[0]!.before) < 1e-9);
  const ends = shown.map(
    ({ name, before, after }) => `${sameStart ? "" : `from ${percent(before)} `}to ${percent(after)} ${withCell(name)}`,
  );
  const where = measured[0]!.items === null ? "" : ` on ${counted(measured[0]!.items, "test question")}`;
  const among = shown.length < measured.length ? `, lowest and highest of ${measured.length} variants` : "";
  const gains = measured.flatMap((cell) => cell.runs.flatMap(({ measures }) => measures.gain ?? []));
  return [
    `RL ${verb(measured)} accuracy${where} ${sameStart ? `from ${percent(measured[0]!.before)} ` : ""}${listing(ends)}${among} ` +
      `(${listing(shown.map(gainText))} points; ${meanOf(measured)}).`,
    `${agreement(gains, runs)}${itemSentence(measured)}`,
  ];
}

function extremes(cells: readonly Evaluated[]): Evaluated[] {
  const order = [...cells].sort((a, b) => a.after - b.after);
  return [order[0]!, order.at(-1)!];
}

/** "raised" only where no variant's gain could be the test items' chance. */
function verb(cells: readonly Evaluated[]): string {
  const clear = cells.every(({ gain, gainItemError }) => gainItemError !== null && Math.abs(gain) > 2 * gainItemError);
  if (clear && cells.every(({ gain }) => gain > 0)) return "raised";
  if (clear && cells.every(({ gain }) => gain < 0)) return "lowered";
  return "took";
}

const gainText = ({ gain }: Evaluated) => points(gain);

function meanOf(cells: readonly Evaluated[]): string {
  const counts = [...new Set(cells.map(({ evaluated }) => evaluated))];
  if (counts.length > 1) return `means of ${Math.min(...counts)} to ${Math.max(...counts)} seeds`;
  return counts[0] === 1 ? "one seed" : `mean${cells.length > 1 ? "s" : ""} of ${counts[0]} seeds`;
}

/** `runs`: how many there are; of those that were not measured nothing is said. */
function agreement(gains: readonly number[], runs: number): string {
  if (gains.length === 1) return "It is a single run.";
  const up = gains.filter((gain) => gain > 0).length;
  const of = `${gains.length} ${gains.length < runs ? "measured runs" : "runs"}`;
  if (up === gains.length) return `All ${of} gained.`;
  return up === 0 ? `None of the ${of} gained.` : `${up} of ${of} gained.`;
}

function itemSentence(cells: readonly Evaluated[]): string {
  const errors = cells.flatMap(({ gainItemError }) => gainItemError ?? []);
  return errors.length === 0
    ? ""
    : ` Another set of test questions would move a gain by about ±${unsignedPoints(Math.max(...errors))} points (standard error over questions).`;
}
