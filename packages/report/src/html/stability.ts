import type { CellSummary, Summary } from "../summary.ts";
import { withCell } from "../metric-wording.ts";
import { seedsText } from "../seed-text.ts";
import { listing, percentage, plainNumber, tokenShare } from "../wording.ts";
import { longTable } from "./long-list.ts";
import { html } from "./markup.ts";
import type { Markup } from "./markup.ts";
import { cellName } from "./results.ts";

/** How stable training was: collapses with the interval of their rate, and how far each guard had to go. */
export function stabilitySection({ cells, seedLevels }: Summary): Markup {
  const skips = cells.some(({ stability }) => (stability.skippedUpdates ?? 0) > 0);
  return html`<section id="stability" aria-labelledby="stability-title">
    <h2 id="stability-title">Training stability</h2>
    <p class="lead">${collapseSentence(cells)} ${reading(cells)}</p>
    ${longTable(
      html`<div class="scroll" tabindex="0" role="region" aria-label="Training stability">
        <table>
          <caption>
            <span
              >Over all runs of a variant: the largest of any iteration, mean shares of the tokens each guard touched, and the
              share of runs that collapse with Wilson’s 95 % interval</span
            >
          </caption>
          <thead>
            <tr>
              <th scope="col" class="text">variant</th>
              <th scope="col">collapsed</th>
              <th scope="col">95 % interval<br />of the rate in %</th>
              <th scope="col">largest ratio</th>
              <th scope="col">largest<br />|log ratio|</th>
              <th scope="col">clipped</th>
              <th scope="col">pre-clipped</th>
              <th scope="col">filtered</th>
              <th scope="col">KL, at last<br />(largest)</th>
              <th scope="col">largest<br />gradient norm</th>
              ${skips && html`<th scope="col">skipped<br />updates</th>`}
            </tr>
          </thead>
          <tbody>
            ${cells.map((cell, index) => row(cell, index, { skips, seedLevels }))}
          </tbody>
        </table>
      </div>`,
      { count: cells.length },
    )}
  </section>`;
}

function row(
  { name, stability: one }: CellSummary,
  index: number,
  { skips, seedLevels }: { readonly skips: boolean; readonly seedLevels: Summary["seedLevels"] },
): Markup {
  const times = one.collapsedAt.map(
    ({ seed, iteration }) => `${seedsText(seedLevels, [seed], 1)}${iteration === null ? "" : ` at iteration ${iteration}`}`,
  );
  const rate = one.collapseRate;
  return html`<tr>
    <th scope="row">${cellName(name, index)}</th>
    <td>${one.collapsed} of ${one.ended}${times.map((text) => html`<br /><span class="flag">${text}</span>`)}</td>
    <td>${rate === null ? "–" : `${percentage(rate.low, 0)} to ${percentage(rate.high, 0)}`}</td>
    <td>${plainNumber(one.largestRatio)}</td>
    <td>${plainNumber(one.largestLogRatio)}</td>
    <td>${tokenShare(one.clipFraction)}</td>
    <td>${tokenShare(one.preClippedFraction)}</td>
    <td>${tokenShare(one.filteredFraction)}</td>
    <td>${plainNumber(one.lastKl)}${one.largestKl !== null && html` <small>(${plainNumber(one.largestKl)})</small>`}</td>
    <td>${plainNumber(one.largestGradientNorm)}</td>
    ${skips && html`<td>${one.skippedUpdates ?? "–"}</td>`}
  </tr>`;
}

function collapseSentence(cells: readonly CellSummary[]): string {
  const ended = cells.reduce((sum, { stability }) => sum + stability.ended, 0);
  const collapsed = cells.filter(({ stability }) => stability.collapsed > 0);
  if (ended === 0) return "No run has ended yet.";
  if (collapsed.length === 0)
    return `None of ${ended} finished runs collapsed; the intervals say what rate so few runs can’t rule out.`;
  return `${listing(collapsed.map(({ name, stability }) => `${stability.collapsed} of ${stability.ended} runs collapsed ${withCell(name)}`))}.`;
}

/** Where people stumble: shares that are 0 for a reason. */
function reading(cells: readonly CellSummary[]): string {
  const once = cells.filter(
    ({ stability: { clipFraction, largestRatio } }) => clipFraction === 0 && largestRatio !== null && largestRatio < 1.001,
  );
  if (once.length === 0) return "";
  return `The clip fraction of ${once.length === cells.length ? "every variant" : listing(once.map(({ name }) => name))} is 0 and no ratio is above 1.001, as it is where each rollout is used for a single update: π then equals π_old when the loss is taken, every ratio is 1, and there is nothing to clip.`;
}
