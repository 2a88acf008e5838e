import { metricsToShow } from "../metric-glossary.ts";
import type { Metric } from "../metric-glossary.ts";
import type { Grid } from "../read-grid.ts";
import type { Summary } from "../summary.ts";
import { percent, plainNumber } from "../wording.ts";
import { cellColour, cellDash, drawChart } from "./chart.ts";
import { curveData } from "./curve-data.ts";
import type { CurveData, Line } from "./curve-data.ts";
import { html, jsonElement } from "./markup.ts";
import type { Markup } from "./markup.ts";

/** Learning curves: a small chart for every metric. */
export function curvesSection(grid: Grid, { cells }: Summary): Markup | null {
  const names = [
    ...new Set(
      grid.cells.flatMap(({ runs }) => runs.flatMap(({ iterations }) => iterations.flatMap(({ values }) => Object.keys(values)))),
    ),
  ];
  const { first, rest } = metricsToShow(names);
  if (first.length + rest.length === 0) return null;
  const largest = {
    ratio: maximum(cells.map(({ mean }) => mean.largestRatio)),
    logRatio: maximum(cells.map(({ mean }) => mean.largestLogRatio)),
  };
  const whole = cells.every(({ stability }) => stability.unread.metrics.length === 0);
  const panel = (metric: Metric) => curvePanel(grid, metric, { largest, whole });
  const several = grid.seeds.length > 1;
  return html`<section id="curves" aria-labelledby="curves-title">
    <h2 id="curves-title">Learning curves</h2>
    <p class="lead">
      ${several ? `Lines are means of the seeds; the band goes from the lowest to the highest seed${showsSingles(grid) ? ", and thin lines are single seeds" : ""}. A mean and its band end where the first run ends.` : "One seed: single runs vary, so don’t read much into small gaps."}
      Point at a curve, or focus it and use the arrow keys, to read its values.
    </p>
    ${legend(grid)}
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

/** Single seeds can be told apart beside their band only where there are few. */
function showsSingles({ cells, seeds }: Grid): boolean {
  return cells.length * seeds.length <= 6;
}

/** Which colour is which variant. */
export function legend({ cells }: Pick<Grid, "cells">): Markup {
  return html`<ul class="legend">
    ${cells.map(({ name, baseline }, index) => html`<li>${sampleLine(index)}<span class="name" title="${name}">${name}</span>${baseline && html`<span class="quiet">(baseline)</span>`}</li>`)}
  </ul>`;
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

type Largest = Parameters<NonNullable<Metric["zero"]>>[0];

/** `whole`: every run's metrics can be read whole, so that 0 everywhere is 0 in truth. */
function curvePanel(
  grid: Grid,
  metric: Metric,
  { largest, whole }: { readonly largest: Largest; readonly whole: boolean },
): Markup {
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
      ${metric.meaning} ${zero && isTrue && metric.zero?.(largest)}
      ${data.nonFinite.map((text) => html`<br /><span class="flag">${text}</span>`)}
    </figcaption>
  </figure>`;
}

// ---------------------------------------------------------------- the picture

const FRAME = { width: 330, height: 176 };

function plot(grid: Grid, metric: Metric, data: CurveData, values: readonly number[]): Markup {
  if (values.length === 0) return html`<div class="flat"><span class="quiet">no finite number in any run</span></div>`;
  const points = data.lines.flatMap((line) =>
    data.x.map((x, index) => ({
      x,
      y: line.y[index],
      line: `${line.cell}/${line.seed}`,
      cell: line.cell,
      mean: line.seed === null || isAlone(data, line),
    })),
  );
  const [least, most] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
  const log = metric.spansOrders === true && least > 0 && most / least > 30;
  const scale = {
    type: log ? "log" : "linear",
    ...(log ? {} : { zero: metric.unit === "share" && least < 0.2 }),
    nice: true,
  } as const;
  const axis = {
    title: null,
    labelExpr: `format(datum.value, "${tickFormat(metric, most - least, log)}")`,
    ...(log ? { values: logTicks(least, most) } : {}),
  };
  const numbers = grid.cells.map((_, index) => index);
  const encoding = {
    x: {
      field: "x",
      type: "quantitative",
      axis: { title: "iteration", titlePadding: 2, format: "d", tickMinStep: 1 },
      scale: { nice: false, zero: false },
    },
    y: { field: "y", type: "quantitative", axis, scale },
    detail: { field: "line" },
    color: { field: "cell", type: "nominal", scale: { domain: numbers, range: numbers.map(cellColour) }, legend: null },
    strokeDash: { field: "cell", type: "nominal", scale: { domain: numbers, range: numbers.map(cellDash) }, legend: null },
  } as const;
  const mark =
    data.x.length === 1
      ? ({ type: "point", filled: true } as const)
      : ({ type: "line", strokeJoin: "round", strokeCap: "round" } as const);
  const bands = data.bands.flatMap(({ cell, low, high }) =>
    data.x.map((x, index) => ({ x, low: low[index] ?? null, high: high[index] ?? null, cell })),
  );
  const singles = {
    encoding,
    transform: [{ filter: "!datum.mean" }],
    mark: { ...mark, strokeWidth: 0.8, opacity: 0.4, invalid: "break-paths-filter-domains" as const },
  };
  const chart = drawChart(
    {
      data: { values: points },
      layer: [
        {
          data: { values: bands },
          mark: { type: "area", opacity: 0.16, invalid: "break-paths-filter-domains" },
          encoding: { x: encoding.x, y: { ...encoding.y, field: "low" }, y2: { field: "high" }, color: encoding.color },
        },
        ...(showsSingles(grid) ? [singles] : []),
        {
          encoding,
          transform: [{ filter: "datum.mean" }],
          mark: { ...mark, strokeWidth: 2.2, invalid: "break-paths-filter-domains" },
        },
      ],
    },
    { ...FRAME, title: `${metric.title} over iterations`, label: spoken(grid, metric, data) },
  );
  if (chart.x === null) return chart.svg;
  const id = `curve-${metric.name.replace(/[^\w.-]/g, "_")}`;
  const shown = data.lines.filter((line) => line.seed === null || isAlone(data, line));
  const lines = shown.map(({ cell, y }) => ({
    name: grid.cells[cell]!.name,
    colour: cellColour(cell),
    y: y.map((value) => (value === null ? null : Number(value.toPrecision(5)))),
  }));
  return html`<div
    class="plot"
    tabindex="0"
    data-curve="${id}"
    aria-label="${metric.title}: arrow keys read the values"
    role="group"
  >
    ${chart.svg} ${jsonElement(id, { ...chart.x, width: FRAME.width, unit: metric.unit, x: data.x, lines })}
  </div>`;
}

/** Powers of ten, as many as there is room for. */
function logTicks(least: number, most: number): number[] {
  const [from, to] = [Math.floor(Math.log10(least)), Math.ceil(Math.log10(most))];
  const step = Math.max(1, Math.ceil((to - from) / 5));
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => Number(`1e${from + index * step}`));
}

/** As many digits as tell one tick from the next. */
function tickFormat({ unit }: Metric, range: number, log: boolean): string {
  if (log) return ".3~g";
  const digits = Math.max(0, Math.ceil(-Math.log10(range / 4 || 1)));
  if (unit === "share") return `.${Math.max(0, digits - 2)}%`;
  return digits > 4 ? ".1~e" : `.${digits}~f`;
}

/** Whether a cell has this one run only, which is then drawn bold. */
function isAlone({ lines }: CurveData, { cell, seed }: Line): boolean {
  return lines.every((line) => line.cell !== cell || line.seed === seed);
}

function spoken({ cells }: Grid, { unit }: Metric, data: CurveData): string {
  const say = (value: number) => (unit === "share" ? percent(value) : plainNumber(value));
  const parts = data.lines
    .filter((line) => line.seed === null || isAlone(data, line))
    .flatMap(({ cell, y }) => {
      const there = y.filter((value) => value !== null);
      return there.length === 0
        ? []
        : [`${cells[cell]!.name} from ${say(there[0]!)} to ${say(there.at(-1)!)}, highest ${say(Math.max(...there))}`];
    });
  return `Over ${data.x.at(-1)} iterations: ${parts.join("; ")}.`;
}

function maximum(values: readonly (number | null)[]): number | null {
  const there = values.filter((value) => value !== null);
  return there.length === 0 ? null : Math.max(...there);
}
