import { called } from "../metric-wording.ts";
import type { Summary } from "../summary.ts";
import { listing, plainNumber, tokenShare } from "../wording.ts";

/** More variants than this are summed up. */
const SPELT_OUT = 3;

/** Parts that did nothing can't be the reason. */
export function guardSentences({ cells }: Pick<Summary, "cells">): string[] {
  const idle = cells.filter(({ mean }) => mean.preClippedFraction === 0);
  const filters = cells.filter(({ mean }) => mean.filteredFraction !== null);
  return [
    ...(idle.length === 0
      ? []
      : [
          `The clamp on the log ratio (Pre-CLIP) never acted in ${idle.length > SPELT_OUT ? `any of the ${idle.length} variants that have it` : listing(idle.map(({ name }) => called(name)))}: the largest |log ratio| was ` +
            `${plainNumber(Math.max(...idle.map(({ mean }) => mean.largestLogRatio ?? 0)))}, so it explains no difference here.`,
        ]),
    ...(filters.length === 0
      ? []
      : [
          filters.length > SPELT_OUT
            ? `The advantage filter set at most ${tokenShare(Math.max(...filters.map(({ mean }) => mean.filteredFraction ?? 0)))} of the tokens to 0.`
            : `The advantage filter set ${listing(filters.map(({ name, mean }, index) => `${tokenShare(mean.filteredFraction)}${index === 0 ? " of the tokens to 0" : ""} in ${called(name)}`))}.`,
        ]),
  ];
}
