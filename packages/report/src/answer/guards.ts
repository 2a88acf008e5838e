import { called } from "../metric-wording.ts";
import { seedsText } from "../seed-text.ts";
import type { CellSummary, Summary } from "../summary.ts";
import { counted, listing, plainNumber, tokenShare } from "../wording.ts";

/** More variants than this are summed up. */
const SPELT_OUT = 3;

/** Parts that did nothing can't be the reason; of what can't be read it isn't known whether they did. */
export function guardSentences({ cells, seedLevels }: Pick<Summary, "cells" | "seedLevels">): string[] {
  const still = cells.filter(({ mean }) => mean.preClippedFraction === 0);
  const idle = still.filter(({ stability, mean }) => stability.unread.preClip.length === 0 && mean.largestLogRatio !== null);
  const unknown = cells.filter(
    ({ mean, stability }) => stability.unread.preClip.length > 0 && (mean.preClippedFraction ?? 0) === 0,
  );
  const filters = cells.filter(({ mean }) => mean.filteredFraction !== null);
  const unreadFilters = cells.filter(({ stability }) => stability.unread.filter.length > 0);
  return [
    ...(idle.length === 0
      ? []
      : [
          `The clamp on the log ratio (Pre-CLIP) ${idle.every(isWhole) ? "never acted" : "has not acted so far"} in ${idle.length > SPELT_OUT ? `any of ${idle.length} variants that have it` : listing(idle.map(({ name }) => called(name)))}: the largest |log ratio| was ` +
            `${plainNumber(Math.max(...idle.map(({ mean }) => mean.largestLogRatio!)))}, so it explains no difference here.`,
        ]),
    ...(unknown.length === 0
      ? []
      : [
          `Whether the clamp on the log ratio (Pre-CLIP) acted in ${unreadText(unknown, "preClip", seedLevels)} can’t be told: their metrics can’t be read whole.`,
        ]),
    ...(filters.length === 0
      ? []
      : [
          filters.length > SPELT_OUT
            ? `The advantage filter set at most ${tokenShare(Math.max(...filters.map(({ mean }) => mean.filteredFraction ?? 0)))} of the tokens to 0.`
            : `The advantage filter set ${listing(filters.map(({ name, mean }, index) => `${tokenShare(mean.filteredFraction)}${index === 0 ? " of the tokens to 0" : ""} in ${called(name)}`))}.`,
        ]),
    ...(unreadFilters.length === 0
      ? []
      : [
          `What the advantage filter did in ${unreadText(unreadFilters, "filter", seedLevels)} is not in that: their metrics can’t be read whole.`,
        ]),
  ];
}

/** Of a run that is still to be done, or failed, it isn't known what will act. */
const isWhole = ({ runs }: CellSummary) => runs.every(({ status }) => status === "done" || status === "collapsed");

/** "stable-reinforce (seeds 2 and 3)" */
function unreadText(cells: readonly CellSummary[], guard: "preClip" | "filter", levels: Summary["seedLevels"]): string {
  if (cells.length > SPELT_OUT) return counted(cells.length, "variant");
  return listing(
    cells.map(({ name, stability: { unread } }) => {
      const seeds = unread[guard];
      return `${called(name)} (${seedsText(levels, seeds, 5)})`;
    }),
  );
}
