import { parse, View } from "vega";
import * as vega from "vega";
import { compile } from "vega-lite";
import type { TopLevelSpec } from "vega-lite";
import { escapeHtml, trusted } from "./markup.ts";
import type { Markup } from "./markup.ts";

export interface ChartFrame {
  readonly width: number;
  readonly height: number;
  readonly title: string;
  /** What a reader who can't see it needs to know. */
  readonly label: string;
}

type ChartSpec = Omit<Extract<TopLevelSpec, { layer: unknown }>, "width" | "height" | "config" | "autosize">;

/** Draws a Vega-Lite chart as SVG, without a browser. */
export function drawChart(spec: ChartSpec, { width, height, title, label }: ChartFrame): Markup {
  const compiled = compile(
    {
      ...spec,
      width,
      height,
      autosize: { type: "fit", contains: "padding" },
      padding: PADDING,
      background: "transparent",
      config,
    } as TopLevelSpec,
    { logger: vega.logger(vega.Error) },
  );
  const view = new View(parse(compiled.spec), { renderer: "none", logLevel: vega.Error });
  try {
    view.run();
    const origin = view.origin();
    const renderer = new SvgRenderer(undefined).initialize(
      null,
      width,
      height,
      [origin[0] + PADDING.left, origin[1] + PADDING.top],
      1,
    );
    const svg = renderer.render((view.scenegraph() as unknown as { root: unknown }).root).svg();
    return trusted(accessible(svg, { width, height, title, label }));
  } finally {
    view.finalize();
  }
}

const PADDING = { left: 2, right: 8, top: 6, bottom: 2 };

/** vega exports it, its types don't. View.toSVG does the same, but as a promise. */
interface SvgStringRenderer {
  initialize(element: null, width: number, height: number, origin: readonly [number, number], scale: number): SvgStringRenderer;
  render(scene: unknown): SvgStringRenderer;
  svg(): string;
}
const SvgRenderer = (vega as unknown as { SVGStringRenderer: new (loader: undefined) => SvgStringRenderer }).SVGStringRenderer;

/** One picture with one description, instead of a description for every line in it; and fewer digits. */
function accessible(svg: string, { width, height, title, label }: ChartFrame): string {
  const inner = svg
    .slice(svg.indexOf(">") + 1)
    .replace(/ (?:aria-[a-z]+|role|class|pointer-events|font-family)="[^"]*"/g, "")
    .replace(/<[^>]+>/g, (tag) => tag.replace(/\d+\.\d{3,}/g, (number) => String(Math.round(Number(number) * 100) / 100)));
  return `<svg viewBox="0 0 ${width} ${height}" role="img"><title>${escapeHtml(title)}</title><desc>${escapeHtml(label)}</desc>${inner}`;
}

const text = {
  labelColor: "var(--ink-2)",
  titleColor: "var(--ink-2)",
  labelFontSize: 11,
  titleFontSize: 11,
  titleFontWeight: "normal",
};
const config = {
  view: { stroke: null },
  axis: { ...text, domain: false, ticks: false, gridColor: "var(--line)", labelPadding: 6, titlePadding: 8 },
  axisX: { grid: false, domain: true, domainColor: "var(--line-strong)", labelOverlap: true, tickCount: 5 },
  axisY: { tickCount: 4, minExtent: 34 },
  aria: false,
} as const;
