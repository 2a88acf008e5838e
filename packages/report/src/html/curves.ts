import { metricsToShow } from "../metrics-to-show.ts";
import type { Metric } from "../metrics-to-show.ts";
import type { Grid } from "../read-grid.ts";
import type { Summary } from "../summary.ts";
import { listing, percent, plainNumber } from "../wording.ts";
import { cellColour, cellDash, isCrowded } from "./colours.ts";
import { curveAxes } from "./curve-axes.ts";
import type { CurveAxis } from "./curve-axes.ts";
import { curveData, pointsOf } from "./curve-data.ts";
import type { CurveData, Line } from "./curve-data.ts";
import { drawLines, FRAME } from "./line-chart.ts";
import type { ChartLine } from "./line-chart.ts";
import { findBox } from "./long-list.ts";
import { html, jsonElement } from "./markup.ts";
import type { Markup } from "./markup.ts";

/** Learning curves: a small chart for every metric. */
export function curvesSection(grid: Grid, { cells }: Summary): Markup | null {
  const { first, rest } = metricsToShow(grid.cells);
  if (first.length + rest.length === 0) return null;
  const whole = cells.every(({ stability }) => stability.unread.length === 0);
  const panel = (metric: Metric) => curvePanel(grid, metric, whole);
  const { x } = pointsOf(grid.cells);
  const axes = curveAxes(grid.cells, x, showsSingles(grid));
  const crowded = isCrowded(grid.cells);
  return html`<section id="curves" aria-labelledby="curves-title">
    <h2 id="curves-title">Learning curves</h2>
    <p class="lead">${reading(grid)} Point at a curve, or focus it and use the arrow keys, to read its values.</p>
    ${axisSwitch(axes)} ${crowded && findBox("pick", "Show variants in colour", "curves")} ${legend(grid)}
    ${jsonElement("curve-lines", { x, names: grid.cells.map(({ name }) => name), colours: grid.cells.map((_, index) => cellColour(index)), reference: referenceOf(grid), crowded, width: FRAME.width, axes })}
    <div class="curves">${first.map(panel)}</div>
    ${
      rest.length > 0 &&
      html`<details>
        <summary>${rest.length} more</summary>
        <div class="curves">${rest.map(panel)}</div>
      </details>`
    }
  </section>`;
}

function reading(grid: Grid): string {
  if (isCrowded(grid.cells))
    return `${grid.cells.length} variants are too many to tell apart: each is a faint line${grid.seeds.length > 1 ? ", the mean of its seeds" : ""}, and the bold one is the baseline.`;
  if (grid.seeds.length === 1) return "One seed: single runs vary, so don’t read much into small gaps.";
  return `Lines are means of the seeds; the band goes from the lowest to the highest seed${showsSingles(grid) ? ", and thin lines are single seeds" : ""}. A mean and its band end where the first run ends.`;
}

const axisNames = { tokens: "tokens sampled", seconds: "wall time" } as const;

/** For the page's script, which shows it. Where nothing but iterations is known there is nothing to choose. */
function axisSwitch(axes: readonly CurveAxis[]): Markup {
  const missing = (["tokens", "seconds"] as const).filter((name) => axes.every((axis) => axis.name !== name));
  const why =
    missing.length === 0 ? null : html`<span>Not known of every run: ${listing(missing.map((name) => axisNames[name]))}.</span>`;
  if (axes.length === 0) return html`<p class="quiet">${why}</p>`;
  return html`<fieldset class="axis-switch" hidden>
    <legend>Over</legend>
    ${[["iterations", "iterations"] as const, ...axes.map(({ name }) => [name, axisNames[name]] as const)].map(([name, text], index) => html`<label><input type="radio" name="curve-axis" value="${name}" ${index === 0 && "checked"} autocomplete="off" /> ${text}</label>`)}
    ${why}
  </fieldset>`;
}

/** The baseline’s index. */
function referenceOf({ cells }: Pick<Grid, "cells">): number {
  return Math.max(
    0,
    cells.findIndex(({ baseline }) => baseline),
  );
}

/** Single seeds can be told apart beside their band only where there are few. */
function showsSingles({ cells, seeds }: Grid): boolean {
  return cells.length * seeds.length <= 6;
}

/** Which colour is which variant. */
export function legend({ cells }: Pick<Grid, "cells">): Markup {
  if (isCrowded(cells))
    return html`<ul class="legend">
      <li>
        ${plainLine("reference")}<span class="name">${cells[referenceOf({ cells })]!.name}</span
        ><span class="quiet">(baseline)</span>
      </li>
      <li>${plainLine("faint")}${cells.length - 1} other variants</li>
    </ul>`;
  return html`<ul class="legend">
    ${cells.map(({ name, baseline }, index) => html`<li>${sampleLine(index)}<span class="name" title="${name}">${name}</span>${baseline && html`<span class="quiet">(baseline)</span>`}</li>`)}
  </ul>`;
}

function plainLine(look: ChartLine["look"]): Markup {
  return html`<svg viewBox="0 0 28 10" aria-hidden="true"><path class="${look}" d="M1,5L27,5" /></svg>`;
}

function sampleLine(index: number): Markup {
  return html`<svg viewBox="0 0 28 10" aria-hidden="true">
    <line
      x1="1"
      x2="27"
      y1="5"
      y2="5"
      stroke="${cellColour(index)}"
      stroke-width="3"
      stroke-linecap="round"
      stroke-dasharray="${cellDash(index).join(" ")}"
    />
  </svg>`;
}

/** `whole`: every run's metrics can be read whole, so that 0 everywhere is 0 in truth. */
function curvePanel(grid: Grid, metric: Metric, whole: boolean): Markup {
  const data = curveData(grid.cells, metric);
  const values = data.lines.flatMap(({ y }) => y.filter((value) => value !== null));
  const zero = values.length > 0 && values.every((value) => value === 0);
  const isTrue = whole && data.nonFinite.length === 0;
  const body = zero
    ? html`<div class="flat">
        <b>0</b><span class="quiet">in every iteration ${isTrue ? "of every run" : "that could be read"}</span>
      </div>`
    : plot(grid, metric, data, values);
  return html`<figure class="panel">
    <h3>${metric.title}</h3>
    ${body}
    <figcaption>
      ${metric.meaning} ${zero && isTrue && metric.zero}
      ${data.nonFinite.map((text) => html`<br /><span class="flag">${text}</span>`)}
    </figcaption>
  </figure>`;
}

// ---------------------------------------------------------------- the picture

function plot(grid: Grid, metric: Metric, data: CurveData, values: readonly number[]): Markup {
  if (values.length === 0) return html`<div class="flat"><span class="quiet">no finite number in any run</span></div>`;
  const crowded = isCrowded(grid.cells);
  const [least, most] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
  const log = metric.mayBeLogarithmic && least > 0 && most / least > 30;
  const means = data.lines.filter((line) => line.seed === null || isAlone(data, line));
  const reference = referenceOf(grid);
  const shown = showsSingles(grid) ? data.lines.filter((line) => !means.includes(line)) : [];
  const lines: ChartLine[] = [
    ...shown.map((line) => ({ ...line, look: "single" as const })),
    ...means.map((line) => ({ ...line, look: crowded ? ("faint" as const) : ("mean" as const) })),
  ];
  const atTheTop = lines.findIndex(({ cell, look }) => look === "faint" && cell === reference);
  if (atTheTop !== -1) lines.push({ ...lines.splice(atTheTop, 1)[0]!, look: "reference" });
  const { svg, pixels } = drawLines({
    title: `${metric.title} over iterations`,
    label: spoken(grid, metric, data, means),
    x: data.x,
    lines,
    bands: crowded ? [] : data.bands,
    log,
    fromZero: !log && metric.unit === "share" && least >= 0 && least < 0.2,
    unit: metric.unit,
    axisTitle: "iteration",
  });
  const id = `curve-${metric.name.replace(/[^\w.-]/g, "_")}`;
  const digits = crowded ? 3 : 5;
  const y = means.map((line) => [line.cell, line.y.map((value) => (value === null ? null : Number(value.toPrecision(digits))))]);
  return html`<div
    class="plot"
    tabindex="0"
    data-curve="${id}"
    aria-label="${metric.title}: arrow keys read the values"
    role="group"
  >
    ${svg} ${jsonElement(id, { pixels, unit: metric.unit, y })}
  </div>`;
}

/** Whether a cell has this one run only, which is then drawn bold. */
function isAlone({ lines }: CurveData, { cell, seed }: Line): boolean {
  return lines.every((line) => line.cell !== cell || line.seed === seed);
}

function spoken({ cells }: Grid, { unit }: Metric, { x }: CurveData, means: readonly Line[]): string {
  const say = (value: number) => (unit === "share" ? percent(value) : plainNumber(value));
  const ends = means.flatMap(({ cell, y }) => {
    const there = y.filter((value) => value !== null);
    return there.length === 0
      ? []
      : [{ name: cells[cell]!.name, first: there[0]!, last: there.at(-1)!, most: there.reduce((a, b) => Math.max(a, b)) }];
  });
  const told = isCrowded(cells) ? extremes(ends) : ends;
  const parts = told.map(({ name, first, last, most }) => `${name} from ${say(first)} to ${say(last)}, highest ${say(most)}`);
  return `Over ${x.at(-1)} iterations${told.length < ends.length ? `, the lowest and the highest of ${ends.length} at the end` : ""}: ${parts.join("; ")}.`;
}

function extremes<T extends { readonly last: number }>(ends: readonly T[]): T[] {
  const sorted = ends.toSorted((a, b) => a.last - b.last);
  return [sorted[0], sorted.at(-1)].flatMap((one) => one ?? []);
}
