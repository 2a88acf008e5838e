import type { CellSummary } from "../summary.ts";
import { counted, percent, percentage, points } from "../wording.ts";
import { cellColour } from "./colours.ts";
import { longList } from "./long-list.ts";
import { html } from "./markup.ts";
import type { Markup } from "./markup.ts";
import { strip } from "./strip.ts";
import type { Domain } from "./strip.ts";

type Measured = { readonly cell: CellSummary; readonly index: number; readonly after: number };

/** Accuracy before RL and after it, a lane for each variant. */
export function glance(cells: readonly CellSummary[]): Markup | null {
  const measured = cells.flatMap((cell, index): Measured[] =>
    cell.mean.accuracyAfter === null ? [] : [{ cell, index, after: cell.mean.accuracyAfter }],
  );
  if (measured.length === 0) return null;
  const domain = domainOf(measured.map(({ cell }) => cell));
  const ticks = Array.from({ length: Math.round((domain[1] - domain[0]) * 10) + 1 }, (_, index) => domain[0] + index / 10);
  const hasError = measured.some(({ cell }) => cell.gainItemError !== null);
  return html`<figure class="glance panel">
    ${longList(html`<div class="lanes">${measured.map((one) => lane(one, domain))}</div>`, {
      count: measured.length,
      lines: ".lane",
      what: "variants",
    })}
    <div class="lanes">
      <div class="lane axis" aria-hidden="true">
        <span></span>
        <span class="ticks"
          >${ticks.map((tick) => html`<span style="left:${(((tick - domain[0]) / (domain[1] - domain[0])) * 100).toFixed(2)}%">${percent(tick, 0)}</span>`)}</span
        >
        <span></span>
      </div>
    </div>
    <figcaption>
      Accuracy on ${measured[0]!.cell.items === null ? "the test questions" : counted(measured[0]!.cell.items, "test question")}.
      Hollow: before RL. Filled: after RL, mean of the seeds; small dots: single seeds.
      ${hasError && "The bar around the mean is ±2 standard errors of the gain over test questions; it does not hold the chance between seeds."}
      50 % is guessing.
    </figcaption>
  </figure>`;
}

function lane({ cell, index, after }: Measured, domain: Domain): Markup {
  const { gain } = cell.mean;
  const before = gain === null ? cell.mean.accuracyBefore : after - gain;
  const colour = cellColour(index);
  const single = cell.runs.flatMap(({ measures }) => measures.accuracyAfter ?? []);
  const dots = [
    ...(before === null ? [] : [{ share: before, colour: null }]),
    ...(single.length > 1 ? single.map((share) => ({ share, colour, small: true })) : []),
    { share: after, colour },
  ];
  const error =
    cell.gainItemError === null ? [] : [{ from: after - 2 * cell.gainItemError, to: after + 2 * cell.gainItemError, colour }];
  return html`<div class="lane">
    <span class="who name" title="${cell.name}">${cell.name}</span>
    ${strip(dots, domain, error)}
    <span class="numbers"
      >${before !== null && html`${percentage(before)} → `}<b>${percent(after)}</b>${gain !== null && html` <span class="quiet">${points(gain)}</span>`}</span
    >
  </div>`;
}

/** Whole tens of percents around all numbers and around guessing. */
function domainOf(cells: readonly CellSummary[]): Domain {
  const shares = cells.flatMap(({ runs, gainItemError }) =>
    runs.flatMap(({ measures }) => [
      measures.accuracyBefore ?? 0.5,
      (measures.accuracyAfter ?? 0.5) + 2 * (gainItemError ?? 0),
      (measures.accuracyAfter ?? 0.5) - 2 * (gainItemError ?? 0),
    ]),
  );
  const low = Math.floor(Math.min(0.5, ...shares) * 10) / 10;
  return [Math.max(0, low), Math.min(1, Math.max(low + 0.2, Math.ceil(Math.max(...shares) * 10) / 10))];
}
