import type { LossCurve } from "@rewardlab/core/host";
import { parse, View } from "vega";
import * as vega from "vega";
import { compile } from "vega-lite";
import type { TopLevelSpec } from "vega-lite";
import { escapeHtml } from "./markup.ts";

/** A policy loss against the importance ratio, for `rewardlab explain --plot`. */
export interface LossPlot {
  /** What is drawn, each in a row of its own. */
  readonly rows: readonly LossPlotRow[];
  /** What the axis of ratios shows. */
  readonly range: readonly [number, number];
  /** Of the axis of ratios. On a logarithmic one the losses are logarithmic as well, on both sides of 0. */
  readonly scale: "linear" | "log";
}
export interface LossPlotRow {
  readonly title: string;
  readonly subtitle: string;
  readonly curves: readonly LossCurve[];
}

/** Draws it as an SVG file of its own, without a browser: a row for each loss, in it the loss at the left and its gradient at the right. */
export async function drawLossPlot(plot: LossPlot): Promise<string> {
  const view = new View(parse(compile(specOf(plot), { logger: vega.logger(vega.Error) }).spec), {
    renderer: "none",
    logLevel: vega.Error,
  });
  try {
    return accessible(await view.toSVG(), plot);
  } finally {
    view.finalize();
  }
}

const PANEL = { width: 300, height: 210 };
/** Okabe and Ito's blue and vermilion: told apart by every kind of colour vision, and in print by the dashes. */
const LINES = { domain: ["A = +1", "A = −1"], colours: ["#0072b2", "#d55e00"], dashes: [[], [6, 3]] };
/** Where the logarithmic axis of losses turns linear. */
const NEAR_ZERO = 0.01;

const measures = [
  { field: "loss", title: "loss L" },
  { field: "gradient", title: "gradient ∂L / ∂log π" },
] as const;

function specOf(plot: LossPlot): TopLevelSpec {
  const { rows, scale } = plot;
  return {
    padding: 12,
    background: "white",
    config,
    spacing: 22,
    resolve,
    vconcat: rows.map((row, index) => ({
      title: { text: wrapped(row.title), subtitle: [row.subtitle, ...gaps(row)].join(" · ") },
      spacing: 26,
      resolve,
      hconcat: measures.map(({ field, title }) =>
        panel({ field, title, domain: extent(rows, field, scale) }, row, plot, index === 0 && field === "gradient"),
      ),
    })),
  } as TopLevelSpec;
}

interface Measure {
  readonly field: "loss" | "gradient";
  readonly title: string;
  readonly domain: readonly [number, number];
}

function panel({ field, title, domain }: Measure, { curves }: LossPlotRow, { scale, range }: LossPlot, legend: boolean) {
  const values = curves.flatMap(({ advantage, points }) =>
    points.map((point) => {
      const value = point[field];
      return { ratio: point.ratio, value: Number.isFinite(value) ? value : null, line: LINES.domain[advantage > 0 ? 0 : 1] };
    }),
  );
  const x = {
    field: "ratio",
    type: "quantitative",
    title: "importance ratio π / π_old",
    scale: { domain: range, nice: false, ...(scale === "log" ? { type: "log" } : {}) },
    axis: { ...axis, ...(scale === "log" ? { values: powersOfTen(range) } : {}) },
  };
  const y = {
    field: "value",
    type: "quantitative",
    title,
    scale: { domain, ...(scale === "log" ? { type: "symlog", constant: NEAR_ZERO, nice: false } : {}) },
    axis: { ...axis, grid: true, ...(scale === "log" ? { values: bothSides(domain) } : {}) },
  };
  const line = { field: "line", type: "nominal", sort: LINES.domain };
  const key = legend ? {} : { legend: null };
  const rule = (encoding: object) => ({ data: { values: [{}] }, mark: { type: "rule", color: "#b4bac2" }, encoding });
  return {
    ...PANEL,
    data: { values },
    layer: [
      rule({ y: { datum: 0 } }),
      ...(range[0] <= 1 && range[1] >= 1 ? [rule({ x: { datum: 1 } })] : []),
      {
        mark: { type: "line", strokeWidth: 2, clip: true },
        encoding: {
          x,
          y,
          color: { ...line, title: null, scale: { domain: LINES.domain, range: LINES.colours }, ...key },
          strokeDash: { ...line, title: null, scale: { domain: LINES.domain, range: LINES.dashes }, ...key },
        },
      },
    ],
  };
}

/** A line has a gap where its number is NaN or infinite. */
function gaps({ curves }: LossPlotRow): string[] {
  const points = curves.flatMap((curve) => curve.points);
  const missing = points.filter(({ loss, gradient }) => !Number.isFinite(loss) || !Number.isFinite(gradient)).length;
  return missing === 0 ? [] : [`not finite at ${missing} of ${points.length} points`];
}

/** What an axis of losses must show: all rows on one scale, so that they can be compared. */
function extent(rows: readonly LossPlotRow[], field: "loss" | "gradient", scale: LossPlot["scale"]): [number, number] {
  const values = rows
    .flatMap(({ curves }) => curves.flatMap(({ points }) => points.map((point) => point[field])))
    .filter(Number.isFinite);
  const [low, high] = values.reduce(([least, most], value) => [Math.min(least, value), Math.max(most, value)], [0, 0]);
  if (scale === "log") return [Math.min(2 * low, -NEAR_ZERO), Math.max(2 * high, NEAR_ZERO)];
  const margin = 0.06 * (high - low || 1);
  return [low - margin, high + margin];
}

function powersOfTen([first, last]: readonly [number, number]): number[] {
  const powers = [];
  for (let power = Math.ceil(Math.log10(first) - 1e-9); power <= Math.log10(last) + 1e-9; power += 1)
    powers.push(Number(`1e${power}`));
  return powers;
}

function bothSides([low, high]: readonly [number, number]): number[] {
  const powers = (most: number) => powersOfTen([10 * NEAR_ZERO, Math.max(most, NEAR_ZERO)]);
  return [...powers(-low).map((value) => -value), 0, ...powers(high)];
}

const LONGEST = 80; // characters of a title in one line

function wrapped(title: string): string[] {
  const lines = [""];
  for (const word of title.split(" ")) {
    if (lines.at(-1)!.length + word.length > LONGEST && lines.at(-1) !== "") lines.push("");
    lines[lines.length - 1] += `${lines.at(-1) === "" ? "" : " "}${word}`;
  }
  return lines;
}

/** One picture with one description, instead of one for every line in it. */
function accessible(svg: string, { rows }: LossPlot): string {
  const label = `Loss and gradient against the importance ratio: ${rows.map(({ title, subtitle }) => `${title}, ${subtitle}`).join("; ")}`;
  const head = svg.slice(0, svg.indexOf(">"));
  const inner = svg
    .slice(svg.indexOf(">") + 1)
    .replace(/ (?:aria-[a-z]+|role|class|pointer-events)="[^"]*"/g, "")
    .replace(/<[^>]+>/g, (tag) => tag.replace(/\d+\.\d{2,}/g, (number) => String(Math.round(Number(number) * 10) / 10)));
  return `${head.replace(/ class="[^"]*"/, "")} role="img" aria-label="${escapeHtml(label)}">${inner}\n`;
}

/** Colours are the same everywhere, and the key is drawn once. */
const resolve = { scale: { color: "independent", strokeDash: "independent" } } as const;
const SHORT =
  "datum.value != 0 && (abs(datum.value) < 0.001 || abs(datum.value) >= 1e5) ? format(datum.value, '~e') : format(datum.value, '~r')";
const axis = { labelExpr: SHORT, labelOverlap: "greedy" } as const;
const text = {
  labelColor: "#3a424c",
  titleColor: "#3a424c",
  labelFontSize: 11,
  titleFontSize: 12,
  titleFontWeight: "normal",
} as const;
const config = {
  font: "Helvetica, Arial, sans-serif",
  view: { stroke: null },
  title: {
    anchor: "start",
    fontSize: 12,
    fontWeight: "bold",
    color: "#1c2530",
    subtitleFontSize: 11.5,
    subtitleColor: "#5a636e",
    offset: 10,
  },
  axis: { ...text, gridColor: "#e3e6ea", domainColor: "#8a939e", tickColor: "#8a939e", labelPadding: 4, titlePadding: 8 },
  axisX: { grid: false },
  axisY: { tickCount: 5, domain: false, ticks: false },
  legend: { labelFontSize: 12, labelColor: "#1c2530", symbolSize: 500, symbolStrokeWidth: 2, orient: "right" },
  aria: false,
} as const;
