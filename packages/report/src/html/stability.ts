import type { CellSummary, Summary } from "../summary.ts";
import { called, withCell } from "../metric-wording.ts";
import { seedsText } from "../seed-text.ts";
import { columnTitle, largestBeside, watchedColumns, watchedText } from "../watched-columns.ts";
import type { WatchedColumn } from "../watched-columns.ts";
import { listing, percentage } from "../wording.ts";
import { longTable } from "./long-list.ts";
import { html } from "./markup.ts";
import type { Markup } from "./markup.ts";
import { cellName } from "./results.ts";

/** How stable training was: collapses with the interval of their rate, and how far each guard had to go. */
export function stabilitySection({ cells, seedLevels }: Summary): Markup {
  const columns = watchedColumns(cells);
  return html`<section id="stability" aria-labelledby="stability-title">
    <h2 id="stability-title">Training stability</h2>
    <p class="lead">${collapseSentence(cells)} ${reading(cells)}</p>
    ${longTable(
      html`<div class="scroll" tabindex="0" role="region" aria-label="Training stability">
        <table>
          <caption>
            <span
              >Over all runs of a variant: shares are means over the iterations, counts their sums; and the share of runs that
              collapse with Wilson’s 95 % interval</span
            >
          </caption>
          <thead>
            <tr>
              <th scope="col" class="text">variant</th>
              <th scope="col">collapsed</th>
              <th scope="col">95 % interval<br />of the rate in %</th>
              ${columns.map((column) => html`<th scope="col">${columnTitle(column)}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${cells.map((cell, index) => row(cell, index, { columns, seedLevels }))}
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
  { columns, seedLevels }: { readonly columns: readonly WatchedColumn[]; readonly seedLevels: Summary["seedLevels"] },
): Markup {
  const times = one.collapsedAt.map(
    ({ seed, iteration }) => `${seedsText(seedLevels, [seed], 1)}${iteration === null ? "" : ` at iteration ${iteration}`}`,
  );
  const rate = one.collapseRate;
  return html`<tr>
    <th scope="row">${cellName(name, index)}</th>
    <td>${one.collapsed} of ${one.ended}${times.map((text) => html`<br /><span class="flag">${text}</span>`)}</td>
    <td>${rate === null ? "–" : `${percentage(rate.low, 0)} to ${percentage(rate.high, 0)}`}</td>
    ${columns.map((column) => {
      const metric = one.metrics[column.name];
      const most = largestBeside(column, metric);
      return html`<td>
        ${watchedText(column, metric?.value)}${most !== null && html` <small>(${watchedText(column, most)})</small>`}
      </td>`;
    })}
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

/** Where people stumble: metrics that are 0 because what they count can't act. */
function reading(cells: readonly CellSummary[]): string {
  const found = new Map<string, string[]>();
  for (const { name, stability } of cells)
    for (const { declared, value } of Object.values(stability.metrics)) {
      const because = declared.by.every(({ idle }) => idle !== undefined) ? declared.by[0]?.idle : undefined;
      if (value !== 0 || because === undefined || declared.guard) continue; // of guards the answer tells
      const key = JSON.stringify([declared.title, because]);
      found.set(key, [...(found.get(key) ?? []), name]);
    }
  return [...found]
    .map(([key, names]) => {
      const [title, because] = JSON.parse(key) as [string, string];
      const of = names.length === cells.length ? "every variant" : listing(names.slice(0, 5).map(called));
      return `“${title}” is 0 in ${of}${names.length > 5 && names.length < cells.length ? ` and ${names.length - 5} more` : ""}: ${because}.`;
    })
    .join(" ");
}
