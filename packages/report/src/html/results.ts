import type { ComparedMetric } from "../metric.ts";
import { bareValue, intervalText, signedDifference } from "../metric-wording.ts";
import type { MainRow } from "../main-table.ts";
import type { CellSummary, Measures, RunSummary, Summary } from "../summary.ts";
import { ruleNames, voteSizes } from "../table.ts";
import { percentage, points, probability } from "../wording.ts";
import { cellColour } from "./colours.ts";
import { differencesFigure } from "./differences.ts";
import { glance } from "./glance.ts";
import type { Groups } from "./groups.ts";
import { longTable } from "./long-list.ts";
import { html } from "./markup.ts";
import type { Markup } from "./markup.ts";

/** The main table with its intervals, the further metrics, and every run's numbers. */
export function resultsSection(summary: Summary, groups: Groups): Markup {
  return html`<section id="results" aria-labelledby="results-title">
    <h2 id="results-title">Results</h2>
    <p class="lead">A dash: not measured, or the variant has no such part.</p>
    ${mainTable(summary)} ${glance(summary.cells)} ${furtherMetrics(summary, groups)}
    <details>
      <summary>Every run</summary>
      ${accuracyTable(summary)}
    </details>
  </section>`;
}

// ---------------------------------------------------------------- the main table

function mainTable({ table: { metrics, rows } }: Summary): Markup {
  const [primary] = metrics as [ComparedMetric];
  const caption = `Means over seeds with 95 % intervals${metrics.some(({ isShare }) => isShare) ? ", shares in %" : ""}`;
  const compared = rows.some(({ comparison }) => comparison !== null);
  const unit = (metric: ComparedMetric) => (metric.isShare ? " in %" : "");
  return html`${longTable(
      html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}">
        <table id="main-table">
          <caption>
            <span>${caption}</span>
          </caption>
          <thead>
            <tr>
              <th scope="col" class="text">variant</th>
              <th scope="col">seeds</th>
              ${metrics.map((metric) => html`<th scope="col">${metric.title}${unit(metric)}</th>`)}
              ${
                compared &&
                html`<th scope="col">difference${primary.isShare && " in points"}</th>
                  <th scope="col">p</th>
                  <th scope="col" class="text">what may be said</th>`
              }
            </tr>
          </thead>
          <tbody>
            ${rows.map((row, index) => mainRow(row, index, metrics, compared))}
          </tbody>
        </table>
      </div>`,
      { count: rows.length },
    )}
    <p class="quiet below">
      Interval of a mean: Student’s t over seeds, on these test questions.
      ${compared && `Difference in ${primary.title}: the same seeds paired, with its own 95 % interval. p: after Holm’s correction.`}
      As numbers: <code>table.csv</code>, <code>table.tex</code> and <code>report.json</code> beside this page.
    </p>`;
}

function mainRow(row: MainRow, index: number, metrics: readonly ComparedMetric[], compared: boolean): Markup {
  const { cell, seeds, of, collapsed, failed, values, comparison, verdict } = row;
  const [primary] = metrics as [ComparedMetric];
  const troubles = [...(collapsed > 0 ? [`${collapsed} collapsed`] : []), ...(failed > 0 ? [`${failed} failed`] : [])];
  const p = comparison?.adjusted ?? null;
  const differences = html`<td>
      ${comparison === null ? "–" : html`<b>${signedDifference(primary, comparison.mean)}</b>${comparison.interval && html`<br /><small>${intervalText(primary, comparison.interval)}</small>`}`}
    </td>
    <td>${p === null ? "–" : probability(p)}</td>
    <td class="text wrap">${verdict ?? (row.baseline ? "the baseline" : "–")}</td>`;
  return html`<tr>
    <th scope="row">${cellName(cell, index)}</th>
    <td>${seeds === of ? seeds : `${seeds} of ${of}`}${troubles.map((text) => html`<br /><span class="flag">${text}</span>`)}</td>
    ${metrics.map((metric, place) => {
      const { mean, interval } = values[place]!;
      return html`<td>
        <b>${bareValue(metric, mean)}</b
        >${interval && html`<br /><small>${bareValue(metric, interval.low)} to ${bareValue(metric, interval.high)}</small>`}
      </td>`;
    })}
    ${compared && differences}
  </tr>`;
}

/** A variant's name with its colour, cut after two lines; the whole of it under the pointer. */
export function cellName(name: string, index: number): Markup {
  return html`<span class="name" title="${name}"><span class="dot" style="background:${cellColour(index)}"></span>${name}</span>`;
}

// ---------------------------------------------------------------- alsoCompare

function furtherMetrics({ metrics, alsoCompared }: Summary, groups: Groups): Markup | null {
  const [, ...others] = metrics;
  const figures = others.flatMap((metric) => {
    const own = differencesFigure(
      alsoCompared.filter((one) => one.metric === metric.path),
      metric,
      groups,
    );
    return own === null
      ? []
      : [
          html`<h3>${metric.title}</h3>
            ${own}`,
        ];
  });
  if (figures.length === 0) return null;
  return html`<div class="further">
    <h3>Also compared</h3>
    <p class="quiet">
      Each metric is corrected for the number of variants by itself, not for the number of metrics: take these as hints, and the
      answer from the primary metric.
    </p>
    ${figures}
  </div>`;
}

// ---------------------------------------------------------------- every run

interface Column {
  readonly head: string;
  readonly cell: (measures: Measures) => string;
}

function accuracyTable({ cells }: Summary): Markup {
  const columns: Column[] = [
    { head: "before RL", cell: (one) => percentage(one.accuracyBefore) },
    { head: "after RL", cell: (one) => percentage(one.accuracyAfter) },
    { head: "points", cell: (one) => points(one.gain) },
    ...ruleNames(cells).map((name) => ({ head: name, cell: (one: Measures) => percentage(one.rules[name]) })),
    ...voteSizes(cells).map((size) => ({
      head: `votes @${size}`,
      cell: (one: Measures) => `${percentage(one.votingBefore[size])} → ${percentage(one.votingAfter[size])}`,
    })),
  ];
  const caption =
    "Accuracy on test questions in %, the means of the rules after RL, and accuracy of the majority of several votes";
  return longTable(
    html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}">
      <table>
        <caption>
          <span>${caption}</span>
        </caption>
        <thead>
          <tr>
            <th scope="col" class="text">variant</th>
            <th scope="col" class="text">seed</th>
            ${columns.map(({ head }) => html`<th scope="col">${head}</th>`)}
          </tr>
        </thead>
        ${cells.map(
          (cell, index) =>
            html`<tbody>
              ${runRows(cell, index, columns)}
            </tbody>`,
        )}
      </table>
    </div>`,
    { count: cells.length, by: "body" },
  );
}

/** A line for each seed and one for the mean, under the variant's name. */
function runRows({ name, runs, mean }: CellSummary, index: number, columns: readonly Column[]): Markup[] {
  const values = (measures: Measures) => columns.map(({ cell }) => html`<td>${cell(measures)}</td>`);
  const lines = runs.length + (runs.length > 1 ? 1 : 0);
  const head = html`<th scope="rowgroup" rowspan="${lines}">${cellName(name, index)}</th>`;
  const rows = runs.map(
    (run, position) =>
      html`<tr>
        ${position === 0 && head}
        <td class="text">${run.label.replace(/^seed /, "")}${statusFlag(run)}</td>
        ${values(run.measures)}
      </tr>`,
  );
  return runs.length > 1
    ? [
        ...rows,
        html`<tr class="mean">
          <td class="text">mean</td>
          ${values(mean)}
        </tr>`,
      ]
    : rows;
}

function statusFlag({ status, countedAsWorst }: RunSummary): Markup | null {
  if (status === "done") return null;
  return html` <span class="flag">${status}${countedAsWorst && ", counts as 0"}</span>`;
}
