import type { Grid } from "../read-grid.ts";
import type { CellSummary, Summary } from "../summary.ts";
import { voteSizes } from "../table.ts";
import { counted, percent, percentage } from "../wording.ts";
import { drawChart } from "./chart.ts";
import { cellColour, isCrowded } from "./colours.ts";
import { legend } from "./curves.ts";
import { longTable } from "./long-list.ts";
import { html } from "./markup.ts";
import type { Markup } from "./markup.ts";
import { cellName } from "./results.ts";

/** Of more variants only the lowest and the highest are told. */
const MOST_TOLD = 6;

/** Accuracy of the majority of several votes, before and after RL. */
export function votingSection(grid: Grid, { cells }: Summary): Markup | null {
  const sizes = voteSizes(cells);
  if (sizes.length < 2) return null;
  const most = sizes.at(-1)!;
  const before = average(cells.flatMap(({ mean }) => mean.votingBefore[most] ?? []));
  const singles = cells.flatMap(({ name, mean }) =>
    mean.votingAfter["1"] === undefined ? [] : [{ name, share: mean.votingAfter["1"] }],
  );
  const sorted = singles.toSorted((a, b) => a.share - b.share);
  const told = singles.length > MOST_TOLD ? [sorted[0]!, sorted.at(-1)!] : singles;
  const reading =
    before !== null && singles.length > 0
      ? ` Before RL, ${most} votes reach ${percent(before)}; after RL a single response reaches ${told.length < singles.length ? "from " : ""}${told.map(({ name, share }) => `${percent(share)} (${name})`).join(told.length < singles.length ? " to " : ", ")}.`
      : "";
  return html`<section id="voting" aria-labelledby="voting-title">
    <h2 id="voting-title">Voting</h2>
    <p class="lead">
      Several responses are sampled for each question and the majority decides. Where RL only removes noise, a single response
      comes near what voting gave before.${reading}
    </p>
    ${isCrowded(cells) ? voteTable(cells, sizes) : voteFigure(grid, cells, sizes)}
  </section>`;
}

function voteFigure(grid: Grid, cells: readonly CellSummary[], sizes: readonly string[]): Markup {
  return html`${legend(grid)}
    <figure class="panel" style="max-width:640px">
      ${drawVotes(cells, sizes)}
      <figcaption>
        Accuracy of the majority by number of votes; grey and dashed: before RL. Means of the seeds; dots: single seeds.
      </figcaption>
    </figure>`;
}

/** Lines of so many variants can't be told apart. */
function voteTable(cells: readonly CellSummary[], sizes: readonly string[]): Markup {
  const caption = "Accuracy of the majority by number of votes, in %, before RL and after it";
  return longTable(
    html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}">
      <table>
        <caption>
          <span>${caption}</span>
        </caption>
        <thead>
          <tr>
            <th scope="col" class="text">variant</th>
            ${sizes.map((size) => html`<th scope="col">${counted(Number(size), "vote")}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${cells.map(
            ({ name, mean }, index) =>
              html`<tr>
                <th scope="row">${cellName(name, index)}</th>
                ${sizes.map((size) => html`<td>${percentage(mean.votingBefore[size])} → ${percentage(mean.votingAfter[size])}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`,
    { count: cells.length },
  );
}

function drawVotes(cells: readonly CellSummary[], sizes: readonly string[]): Markup {
  const numbers = cells.map((_, index) => index);
  const means = cells.flatMap(({ mean }, cell) =>
    sizes.flatMap((size) => (mean.votingAfter[size] === undefined ? [] : [{ size, y: mean.votingAfter[size], cell }])),
  );
  const singles = cells.flatMap(({ runs }, cell) =>
    runs.flatMap(({ measures }) =>
      sizes.flatMap((size) => (measures.votingAfter[size] === undefined ? [] : [{ size, y: measures.votingAfter[size], cell }])),
    ),
  );
  const starts = sizes.flatMap((size) => average(cells.flatMap(({ mean }) => mean.votingBefore[size] ?? [])) ?? []);
  const before = starts.map((y, index) => ({ size: sizes[index], y }));
  const x = {
    field: "size",
    type: "ordinal",
    sort: [...sizes],
    axis: { title: "votes", labelAngle: 0 },
    scale: { padding: 0.25 },
  } as const;
  const y = {
    field: "y",
    type: "quantitative",
    axis: { title: null, format: ".0%" },
    scale: { zero: false, nice: true },
  } as const;
  const color = {
    field: "cell",
    type: "nominal",
    scale: { domain: numbers, range: numbers.map(cellColour) },
    legend: null,
  } as const;
  const label = cells
    .map(({ name, mean }) => `${name}: ${sizes.map((size) => `${percent(mean.votingAfter[size])} with ${size}`).join(", ")}`)
    .join("; ");
  return drawChart(
    {
      layer: [
        {
          data: { values: before },
          mark: {
            type: "line",
            color: "var(--before)",
            strokeDash: [5, 4],
            strokeWidth: 2,
            point: { filled: false, fill: "var(--raised)", color: "var(--before)", size: 42 },
          },
          encoding: { x, y },
        },
        { data: { values: means }, mark: { type: "line", strokeWidth: 2.2 }, encoding: { x, y, color } },
        { data: { values: singles }, mark: { type: "point", filled: true, size: 36, opacity: 0.8 }, encoding: { x, y, color } },
      ],
    },
    { width: 560, height: 240, title: "Accuracy by number of votes after RL", label: `${label}.` },
  );
}

function average(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length;
}
