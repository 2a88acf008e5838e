import type { Grid } from "../read-grid.ts";
import type { CellSummary, Summary } from "../summary.ts";
import { voteSizes } from "../table.ts";
import { listing, percent } from "../wording.ts";
import { cellColour, drawChart } from "./chart.ts";
import { legend } from "./curves.ts";
import { html } from "./markup.ts";
import type { Markup } from "./markup.ts";

/** Accuracy of the majority of several votes, before and after RL. */
export function votingSection(grid: Grid, { cells }: Summary): Markup | null {
  const sizes = voteSizes(cells);
  if (sizes.length < 2) return null;
  const most = sizes.at(-1)!;
  const before = average(cells.flatMap(({ mean }) => mean.votingBefore[most] ?? []));
  const single = cells.flatMap(({ mean }) => mean.votingAfter["1"] ?? []);
  const reading =
    before !== null && single.length > 0
      ? ` Before RL, ${most} votes reach ${percent(before)}; after RL a single response reaches ${listing(cells.flatMap(({ name, mean }) => (mean.votingAfter["1"] === undefined ? [] : [`${percent(mean.votingAfter["1"])} (${name})`])))}.`
      : "";
  return html`<section id="voting" aria-labelledby="voting-title">
    <h2 id="voting-title">Voting</h2>
    <p class="lead">
      Several responses are sampled for each question and the majority decides. Where RL only removes noise, a single response
      comes near what voting gave before.${reading}
    </p>
    ${legend(grid)}
    <figure class="panel" style="max-width:640px">
      ${drawVotes(cells, sizes)}
      <figcaption>
        Accuracy of the majority by number of votes; grey and dashed: before RL. Means of the seeds; dots: single seeds.
      </figcaption>
    </figure>
  </section>`;
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
  ).svg;
}

function average(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length;
}
