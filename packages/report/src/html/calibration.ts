import { calibrationOf } from "../calibration.ts";
import type { Calibration } from "../calibration.ts";
import type { Grid } from "../read-grid.ts";
import { counted, percent, percentage, unsignedPoints } from "../wording.ts";
import { drawChart } from "./chart.ts";
import { cellColour } from "./colours.ts";
import { longTable } from "./long-list.ts";
import { html } from "./markup.ts";
import type { Markup } from "./markup.ts";

interface Panel {
  readonly name: string;
  readonly colour: string;
  readonly calibration: Calibration;
}

/** More panels than this would be a wall; the rest stands in the table. */
const PANELS = 8;

/** Whether the share of votes for the chosen answer tells how often it is right: reliability diagrams with their counts. */
export function calibrationSection(grid: Grid): Markup | null {
  const before = new Map(
    grid.cells.flatMap(({ runs }) =>
      runs.flatMap((run) => (run.before ? [[JSON.stringify(run.before.perItem), run.before] as const] : [])),
    ),
  );
  const all: Panel[] = [
    { name: "before RL", colour: "var(--before)", calibration: calibrationOf([...before.values()]) },
    ...grid.cells.map(({ name, runs }, index) => ({
      name,
      colour: cellColour(index),
      calibration: calibrationOf(runs.flatMap(({ after }) => after ?? [])),
    })),
  ].flatMap((one) => (one.calibration === null ? [] : [{ ...one, calibration: one.calibration }]));
  if (all.length === 0) return null;
  return html`<section id="calibration" aria-labelledby="calibration-title">
    <h2 id="calibration-title">Calibration of votes</h2>
    <p class="lead">
      If nine of ten votes agree, is the answer right nine times out of ten? On the dashed line votes mean what they say; below it
      the model agrees with itself more than it is right. The calibration error is the mean distance from the line, weighted by
      questions.
    </p>
    <div class="curves">${all.slice(0, PANELS).map((one) => panel(one, floorOf(all)))}</div>
    <details>
      <summary>As a table</summary>
      ${table(all)}
    </details>
  </section>`;
}

const FRAME = { width: 330, height: 250 };
const SHARES = [0.48, 1.02];
type Axis = { field?: string; type: "quantitative"; axis: object; scale: { domain: number[]; nice?: boolean } };

/** Where the vertical axis begins, the same in all panels. */
function floorOf(panels: readonly Panel[]): number {
  const lowest = Math.min(...panels.flatMap(({ calibration: { bins } }) => bins.map(({ low }) => low)));
  return Math.min(0.4, Math.floor(lowest * 5) / 5);
}

function panel(one: Panel, floor: number): Markup {
  const { name, calibration } = one;
  return html`<figure class="panel">
    <h3><span class="name" title="${name}">${name}</span></h3>
    ${drawReliability(one, floor)}
    <figcaption>
      ${counted(calibration.questions, "question")} (each counts once a seed), calibration error
      ${unsignedPoints(calibration.error)}
      points${calibration.unreadable > 0 && `; ${calibration.unreadable} without a readable vote left out`}. Height: how often the
      majority is right, with 95 % intervals (Wilson); numbers: questions.
    </figcaption>
  </figure>`;
}

function drawReliability({ name, colour, calibration: { bins } }: Panel, floor: number): Markup {
  const x = {
    field: "confidence",
    type: "quantitative" as const,
    axis: { title: "share of votes for the chosen answer", format: ".0%", titlePadding: 2 },
    scale: { domain: SHARES, nice: false },
  } satisfies Axis;
  const y = { type: "quantitative" as const, axis: { title: null, format: ".0%" }, scale: { domain: [floor, 1] } } satisfies Axis;
  const label = bins
    .map((bin) => `${percent(bin.confidence, 0)} of the votes: right in ${percent(bin.accuracy, 0)} of ${bin.questions}`)
    .join("; ");
  return drawChart(
    {
      data: { values: bins.map((bin) => ({ ...bin, text: String(bin.questions), floor })) },
      layer: [
        {
          data: { values: [{ at: 0.5 }, { at: 1 }] },
          mark: { type: "line", color: "var(--line-strong)", strokeDash: [4, 4], strokeWidth: 1.5 },
          encoding: { x: { ...x, field: "at" }, y: { ...y, field: "at" } },
        },
        {
          mark: { type: "rule", color: colour, strokeWidth: 2, opacity: 0.55 },
          encoding: { x, y: { ...y, field: "low" }, y2: { field: "high" } },
        },
        { mark: { type: "line", color: colour, strokeWidth: 1.6 }, encoding: { x, y: { ...y, field: "accuracy" } } },
        {
          mark: { type: "point", filled: true, size: 60, color: colour, opacity: 1 },
          encoding: { x, y: { ...y, field: "accuracy" } },
        },
        {
          mark: { type: "text", dy: -7, baseline: "bottom", fontSize: 10.5, color: "var(--ink-2)" },
          encoding: { x, y: { ...y, field: "floor" }, text: { field: "text" } },
        },
      ],
    },
    { ...FRAME, title: `Reliability of votes, ${name}`, label: `${label}.` },
  );
}

function table(panels: readonly Panel[]): Markup {
  const caption = "Questions by the majority’s share of the votes, in %";
  return longTable(
    html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}">
      <table>
        <caption>
          <span>${caption}</span>
        </caption>
        <thead>
          <tr>
            <th scope="col" class="text">variant</th>
            <th scope="col">share of votes</th>
            <th scope="col">questions</th>
            <th scope="col">mean share</th>
            <th scope="col">right</th>
            <th scope="col">95 % interval</th>
          </tr>
        </thead>
        ${panels.map(
          ({ name, calibration: { bins } }) =>
            html`<tbody>
              ${bins.map(
                (bin, index) =>
                  html`<tr>
                    ${index === 0 && html`<th scope="rowgroup" rowspan="${bins.length}"><span class="name" title="${name}">${name}</span></th>`}
                    <td>${percentage(bin.from, 0)} to ${percentage(bin.to, 0)}</td>
                    <td>${bin.questions}</td>
                    <td>${percentage(bin.confidence)}</td>
                    <td>${percentage(bin.accuracy)}</td>
                    <td>${percentage(bin.low)} to ${percentage(bin.high)}</td>
                  </tr>`,
              )}
            </tbody>`,
        )}
      </table>
    </div>`,
    { count: panels.length, by: "body" },
  );
}
