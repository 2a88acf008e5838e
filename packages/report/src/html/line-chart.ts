import { escapeHtml, html, trusted } from "./markup.ts";
import type { Markup } from "./markup.ts";
import { cellColour, cellDash } from "./colours.ts";

/** Lines and bands over one horizontal axis. `null` breaks a line. */
export interface LineChart {
  readonly title: string;
  /** What a reader who can't see it needs to know. */
  readonly label: string;
  readonly x: readonly number[];
  readonly lines: readonly ChartLine[];
  readonly bands: readonly { readonly cell: number; readonly low: Values; readonly high: Values }[];
  readonly log: boolean;
  /** Whether the vertical axis begins at 0. */
  readonly fromZero: boolean;
  readonly unit: "number" | "share";
  readonly axisTitle: string;
  /** Whether the horizontal axis counts, as iterations do. */
  readonly wholeX?: boolean;
}

export interface ChartLine {
  readonly cell: number;
  /** null: the mean over seeds. */
  readonly seed: number | null;
  readonly y: Values;
  /** A mean, a single seed beside its mean, one of too many to be told apart, or the one that those are seen against. */
  readonly look: "mean" | "single" | "faint" | "reference";
}

type Values = readonly (number | null)[];

export interface DrawnLines {
  readonly svg: Markup;
  /** Where the horizontal axis lies, in pixels of the picture's own width. */
  readonly pixels: readonly [from: number, to: number];
}

export const FRAME = { width: 330, height: 176 };
const TOP = 8;
const RIGHT = FRAME.width - 8;
const BOTTOM = FRAME.height - 38;

/** An SVG whose paths say which cell and seed they are of, so that the page's script can move them to another horizontal axis. */
export function drawLines(chart: LineChart): DrawnLines {
  const { title, label, x, lines, bands, unit } = chart;
  const values = [...lines.map(({ y }) => y), ...bands.flatMap(({ low, high }) => [low, high])].flat().filter((y) => y !== null);
  const { from, to, ticks } = chart.log ? logAxis(values) : linearAxis(values, chart.fromZero);
  const texts = tickTexts(ticks, unit, chart.log);
  const left = Math.max(34, Math.max(...texts.map(({ length }) => length)) * 6.4 + 9);
  const scale = chart.log ? Math.log : (value: number) => value;
  const height = (y: number) => round(BOTTOM - ((scale(y) - scale(from)) / (scale(to) - scale(from))) * (BOTTOM - TOP));
  const drawn = (all: Values) => all.map((y) => (y === null ? null : height(y)));
  const first = x[0]!;
  const span = x.at(-1)! - first;
  const across = (value: number) => round(span === 0 ? (left + RIGHT) / 2 : left + ((value - first) / span) * (RIGHT - left));
  const places = x.map(across);
  const svg = html`<svg viewBox="0 0 ${FRAME.width} ${FRAME.height}" role="img">
    ${trusted(`<title>${escapeHtml(title)}</title><desc>${escapeHtml(label)}</desc>`)}
    <g class="grid">
      ${ticks.map((tick, index) => html`<line x1="${left}" x2="${RIGHT}" y1="${height(tick)}" y2="${height(tick)}" /><text x="${left - 6}" y="${height(tick) + 4}">${texts[index]}</text>`)}
    </g>
    <line class="base" x1="${left}" x2="${RIGHT}" y1="${BOTTOM}" y2="${BOTTOM}" />
    <g class="ticks-x">
      ${ticksAcross(first, x.at(-1)!, chart.wholeX ?? true).map((tick) => html`<text x="${across(tick)}" y="${BOTTOM + 16}">${tick}</text>`)}
    </g>
    <text class="title-x" x="${(left + RIGHT) / 2}" y="${FRAME.height - 5}">${chart.axisTitle}</text>
    ${bands.map(
      ({ cell, low, high }) =>
        html`<path
          class="band"
          data-line="${cell}"
          fill="${cellColour(cell)}"
          d="${bandPath(places, drawn(low), drawn(high))}"
        />`,
    )}
    ${lines.map((line) => drawnLine(line, places, drawn(line.y)))}
  </svg>`;
  return { svg, pixels: [left, RIGHT] };
}

function drawnLine({ cell, seed, look }: ChartLine, places: readonly number[], heights: Values): Markup {
  const dash = cellDash(cell).join(" ");
  const colour = look === "faint" || look === "reference" ? null : html` stroke="${cellColour(cell)}"`;
  return html`<path
    class="${look}"
    data-line="${look === "single" ? `${cell}/${seed}` : cell}"
    ${colour}
    ${dash !== "" && colour !== null && html` stroke-dasharray="${dash}"`}
    d="${linePath(places, heights)}"
  />`;
}

// ---------------------------------------------------------------- paths

/** Absolute coordinates alone; a point without neighbours becomes a dot. */
function linePath(places: readonly number[], heights: Values): string {
  return runsOf(heights)
    .map(([from, to]) => {
      const points = places.slice(from, to).map((place, index) => `${place},${heights[from + index]!}`);
      return points.length === 1 ? `M${points[0]!}h0` : `M${points.join("L")}`;
    })
    .join("");
}

function bandPath(places: readonly number[], low: Values, high: Values): string {
  return runsOf(low)
    .map(([from, to]) => {
      const at = (heights: Values) => places.slice(from, to).map((place, index) => `${place},${heights[from + index]!}`);
      return `M${[...at(low), ...at(high).toReversed()].join("L")}Z`;
    })
    .join("");
}

/** Where values follow one another without a break: from, to (not in it). */
function runsOf(values: Values): (readonly [number, number])[] {
  const starts = values.flatMap((value, index) => (value !== null && (values[index - 1] ?? null) === null ? [index] : []));
  return starts.map((start) => {
    const end = values.findIndex((value, index) => index > start && value === null);
    return [start, end === -1 ? values.length : end] as const;
  });
}

const round = (pixels: number) => Math.round(pixels * 10) / 10;

// ---------------------------------------------------------------- axes

interface Axis {
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly number[];
}

/** Round bounds around the values, in about four steps. */
function linearAxis(values: readonly number[], fromZero: boolean): Axis {
  const least = values.reduce((a, b) => Math.min(a, b), fromZero ? 0 : Infinity);
  const most = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const air = least === most ? Math.abs(least) / 10 || 1 : 0;
  const step = roundStep((most - least + 2 * air) / 4);
  const [first, last] = [Math.floor((least - air) / step + 1e-9), Math.ceil((most + air) / step - 1e-9)];
  const ticks = Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
  return { from: ticks[0]!, to: ticks.at(-1)!, ticks };
}

/** Powers of ten, as many as there is room for. */
function logAxis(values: readonly number[]): Axis {
  const logs = values.map(Math.log10);
  const from = Math.floor(logs.reduce((a, b) => Math.min(a, b)));
  const to = Math.max(from + 1, Math.ceil(logs.reduce((a, b) => Math.max(a, b))));
  const step = Math.max(1, Math.ceil((to - from) / 5));
  const ticks = Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => Number(`1e${from + index * step}`));
  return { from: Number(`1e${from}`), to: Number(`1e${to}`), ticks };
}

/** The smallest of 1, 2, 5, 10 times a power of ten that is at least `rough`. */
function roundStep(rough: number): number {
  const unit = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((factor) => factor * unit).find((one) => one >= rough * (1 - 1e-9))!;
}

/** About five round numbers, whole ones for what is counted. */
function ticksAcross(from: number, to: number, whole: boolean): number[] {
  if (from === to) return [from];
  const step = Math.max(whole ? 1 : 0, roundStep((to - from) / 6));
  const first = Math.ceil(from / step);
  return Array.from({ length: Math.floor(to / step) - first + 1 }, (_, index) =>
    Number(((first + index) * step).toPrecision(12)),
  );
}

/** As many digits as tell one tick from the next. */
function tickTexts(ticks: readonly number[], unit: LineChart["unit"], log: boolean): string[] {
  const step = ticks.length > 1 ? ticks[1]! - ticks[0]! : 1;
  const digits = Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
  const text = (tick: number) => {
    if (log) return tick >= 1e4 || tick < 1e-3 ? tick.toExponential(0).replace("e+", "e") : String(tick);
    if (unit === "share") return `${(tick * 100).toFixed(Math.max(0, digits - 2))} %`;
    return digits > 4 ? (tick === 0 ? "0" : tick.toExponential(1)) : tick.toFixed(digits);
  };
  return ticks.map((tick) => text(tick).replace(/^-/, "−").replace("e-", "e−"));
}
