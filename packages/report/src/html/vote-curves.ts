import type { Grid } from "../read-grid.ts";
import { curvePoints, firstNamed } from "../vote-curves.ts";
import type { CurvePoint, ShareInterval } from "../vote-curves.ts";
import { counted, percent, percentage } from "../wording.ts";
import { drawChart } from "./chart.ts";
import { cellColour } from "./colours.ts";
import { longTable } from "./long-list.ts";
import { html } from "./markup.ts";
import type { Markup } from "./markup.ts";

interface Curves {
  readonly name: string;
  readonly index: number;
  readonly points: readonly CurvePoint[];
  readonly first: ShareInterval | null;
  readonly consistent: number | null;
}

/** More variants than this can't be told apart; the rest stands in the table. */
const DRAWN = 6;

/** Accuracy against the number of votes and the tokens that they take, by how votes are weighed, and position bias where orders were swapped. */
export function voteCurvesSection(grid: Grid): Markup | null {
  const all = grid.cells.flatMap(({ name, runs }, index): Curves[] => {
    const votes = runs.flatMap(({ after }) => after?.votes ?? []);
    const points = curvePoints(votes);
    const consistent = votes.flatMap((one) => one.consistent ?? []);
    return points.length === 0
      ? []
      : [
          {
            name,
            index,
            points,
            first: firstNamed(votes),
            consistent: consistent.length === 0 ? null : consistent.reduce((a, b) => a + b, 0) / consistent.length,
          },
        ];
  });
  if (all.length === 0) return null;
  return html`<section id="vote-curves" aria-labelledby="vote-curves-title">
    <h2 id="vote-curves-title">Votes and what they cost</h2>
    <p class="lead">
      With a majority each vote counts 1; by confidence it counts the probability that it gave its answer. Bars: 95 % intervals
      over questions (percentile bootstrap; questions that belong together are drawn together), not over seeds.
      ${all.map(({ name, first, consistent }) => (first === null ? "" : `${name}: ${bias(first, consistent)} `))}
    </p>
    <div class="curves">
      ${all.slice(0, DRAWN).map(
        (one) =>
          html`<figure class="panel">
            <h3><span class="name" title="${one.name}">${one.name}</span></h3>
            ${draw(one, "votes")} ${draw(one, "tokens")}
            <figcaption>
              Accuracy by number of votes, and by the response tokens that they take. Solid: majority; dashed: by confidence.
            </figcaption>
          </figure>`,
      )}
    </div>
    <details>
      <summary>As a table</summary>
      ${table(all)}
    </details>
  </section>`;
}

function bias({ share, low, high }: ShareInterval, consistent: number | null): string {
  const same =
    consistent === null ? "" : `; the majority is the same in both orders in ${percent(consistent, 0)} of the questions`;
  return `the response shown first is named in ${percent(share)} of the votes [${percentage(low)}, ${percentage(high)}]${same}.`;
}

function draw({ name, index, points }: Curves, across: "votes" | "tokens"): Markup {
  const x = {
    field: across,
    type: "quantitative",
    axis: { title: across === "votes" ? "votes" : "response tokens", tickMinStep: 1 },
    scale: { zero: false, nice: true },
  } as const;
  const y = (field: string) =>
    ({ field, type: "quantitative", axis: { title: null, format: ".0%" }, scale: { zero: false, nice: true } }) as const;
  const strokeDash = {
    field: "weight",
    type: "nominal",
    scale: { domain: ["majority", "confidence"], range: [[1, 0], [5, 4]] },
    legend: null,
  } as const; // prettier-ignore
  const label = points
    .map(
      ({ weight, votes, tokens, share }) =>
        `${counted(votes, "vote")}, ${weight}: ${percent(share)} for ${tokens.toFixed(0)} tokens`,
    )
    .join("; ");
  const color = cellColour(index);
  return drawChart(
    {
      data: { values: [...points] },
      layer: [
        { mark: { type: "rule", color, opacity: 0.5, strokeWidth: 2 }, encoding: { x, y: y("low"), y2: { field: "high" } } },
        { mark: { type: "line", color, strokeWidth: 1.8 }, encoding: { x, y: y("share"), strokeDash } },
        { mark: { type: "point", filled: true, size: 40, color, opacity: 1 }, encoding: { x, y: y("share") } },
      ],
    },
    { width: 330, height: 190, title: `Accuracy by ${across}, ${name}`, label: `${label}.` },
  );
}

function table(all: readonly Curves[]): Markup {
  const caption = "Accuracy of several votes after RL, in %, and what they take";
  return longTable(
    html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}">
      <table>
        <caption>
          <span>${caption}</span>
        </caption>
        <thead>
          <tr>
            <th scope="col" class="text">variant</th>
            <th scope="col" class="text">weight</th>
            <th scope="col">votes</th>
            <th scope="col">tokens</th>
            <th scope="col">right</th>
            <th scope="col">95 % interval</th>
          </tr>
        </thead>
        ${all.map(
          ({ name, points }) =>
            html`<tbody>
              ${points.map(
                ({ weight, votes, tokens, share, low, high }, index) =>
                  html`<tr>
                    ${index === 0 && html`<th scope="rowgroup" rowspan="${points.length}"><span class="name" title="${name}">${name}</span></th>`}
                    <td class="text">${weight}</td>
                    <td>${votes}</td>
                    <td>${tokens.toFixed(0)}</td>
                    <td>${percentage(share)}</td>
                    <td>${percentage(low)} to ${percentage(high)}</td>
                  </tr>`,
              )}
            </tbody>`,
        )}
      </table>
    </div>`,
    { count: all.length, by: "body" },
  );
}
