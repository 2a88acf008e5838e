import { LEVEL } from "../level.ts";
import type { CellSummary, Comparison, Measures, Summary } from "../summary.ts";
import { ruleNames, voteSizes } from "../table.ts";
import { percentage, plainNumber, points, probability, tokenShare, unsignedPoints } from "../wording.ts";
import { cellColour } from "./chart.ts";
import { html } from "./markup.ts";
import type { Markup } from "./markup.ts";

/** Every run's numbers, and every variant against the baseline. */
export function resultsSection(summary: Summary): Markup {
  return html`<section id="results" aria-labelledby="results-title">
    <h2 id="results-title">Results</h2>
    <p class="lead">Shares in %. A dash: not measured, or the variant has no such part.</p>
    ${accuracyTable(summary)} ${stabilityTable(summary)} ${summary.comparisons.length > 0 && comparisonTable(summary.comparisons)}
  </section>`;
}

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
  return runTable(
    "Accuracy on test questions, the means of the rules after RL, and accuracy of the majority of several votes",
    cells,
    columns,
  );
}

function stabilityTable({ cells }: Summary): Markup {
  return runTable("Training: the largest importance ratio of any token, and the share of tokens that each guard touched", cells, [
    { head: "largest ratio", cell: (one) => plainNumber(one.largestRatio) },
    { head: "largest |log ratio|", cell: (one) => plainNumber(one.largestLogRatio) },
    { head: "clipped", cell: (one) => tokenShare(one.clipFraction) },
    { head: "pre-clipped", cell: (one) => tokenShare(one.preClippedFraction) },
    { head: "filtered", cell: (one) => tokenShare(one.filteredFraction) },
  ]);
}

function runTable(caption: string, cells: readonly CellSummary[], columns: readonly Column[]): Markup {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}">
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
  </div>`;
}

/** A line for each seed and one for the mean, under the variant's name. */
function runRows({ name, runs, mean }: CellSummary, index: number, columns: readonly Column[]): Markup[] {
  const values = (measures: Measures) => columns.map(({ cell }) => html`<td>${cell(measures)}</td>`);
  const lines = runs.length + (runs.length > 1 ? 1 : 0);
  const head = html`<th scope="rowgroup" rowspan="${lines}">${cellName(name, index)}</th>`;
  const rows = runs.map(
    ({ seed, status, measures }, position) =>
      html`<tr>
        ${position === 0 && head}
        <td class="text">${seed}${status !== "done" && html` <span class="flag">${status}</span>`}</td>
        ${values(measures)}
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

/** A variant's name with its colour, cut after two lines; the whole of it under the pointer. */
function cellName(name: string, index: number): Markup {
  return html`<span class="name" title="${name}"><span class="dot" style="background:${cellColour(index)}"></span>${name}</span>`;
}

function comparisonTable(comparisons: readonly Comparison[]): Markup {
  const caption = `Accuracy after RL against ${comparisons[0]!.baseline}, in points, the same seeds paired`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}">
      <table>
        <caption>
          <span>${caption}</span>
        </caption>
        <thead>
          <tr>
            <th scope="col" class="text">variant</th>
            <th scope="col">each seed</th>
            <th scope="col">mean</th>
            <th scope="col">standard error<br />over questions</th>
            <th scope="col">p over seeds</th>
            <th scope="col" class="text">what may be said</th>
          </tr>
        </thead>
        <tbody>
          ${comparisons.map(
            (one) =>
              html`<tr>
                <th scope="row"><span class="name" title="${one.cell}">${one.cell}</span></th>
                <td>${one.perSeed.map(({ difference }) => points(difference)).join(", ") || "–"}</td>
                <td>${points(one.mean)}</td>
                <td>${one.itemError === null ? "–" : `±${unsignedPoints(one.itemError)}`}</td>
                <td>${one.pValue === null ? "–" : probability(one.pValue)}</td>
                <td class="text wrap">${verdict(one)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <p class="quiet" style="margin-top:.7rem">
      Two kinds of chance are kept apart. <b>Seeds</b>: p is from the exact paired sign-flip
      test${comparisons.length > 1 && ", Holm-corrected for the number of variants"}; with n seeds it cannot go below
      2/2<sup>n</sup>, so fewer than 6 seeds never show a difference at the 5 % level. <b>Questions</b>: the standard error says
      how far the mean would move with other test questions and the very same models.
    </p>`;
}

function verdict({ perSeed, smallestPValue, distinguishable, mean }: Comparison): string {
  if (perSeed.length === 0) return "nothing yet: no seed has both";
  if (distinguishable) return `${mean! > 0 ? "better" : "worse"} than the baseline`;
  if (smallestPValue! > LEVEL)
    return `nothing: ${perSeed.length === 1 ? "one seed" : `${perSeed.length} seeds`} can’t show a difference`;
  return "not distinguishable from the baseline";
}
