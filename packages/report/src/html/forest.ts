import { longList } from "./long-list.ts";
import { html } from "./markup.ts";
import type { Markup } from "./markup.ts";

/** One line of a forest plot: an estimate with its interval, and the single seeds it is the mean of. */
export interface ForestRow {
  readonly name: string;
  readonly estimate: number;
  readonly interval: { readonly low: number; readonly high: number } | null;
  readonly singles: readonly number[];
  /** Drawn filled; what is not distinguishable is hollow. */
  readonly decided: boolean;
  /** What it stands under where there are many. */
  readonly group?: string;
  /** What stands beside it: everything the picture shows, in numbers. */
  readonly numbers: Markup;
}

export interface ForestFrame {
  readonly caption: Markup;
  readonly tickText: (value: number) => string;
  /** What no estimate can leave, [−1, 1] for differences of shares. */
  readonly bounds?: readonly [number, number];
}

/** Differences around a line at 0, as a list of lines of text with a picture in each. */
export function forest(rows: readonly ForestRow[], { caption, tickText, bounds }: ForestFrame): Markup {
  const [from, to] = domainOf(rows, bounds);
  const place = (value: number) => ((Math.min(to, Math.max(from, value)) - from) / (to - from)) * 100;
  const ticks = ticksIn(from, to);
  const axis = html`<div class="lane axis" aria-hidden="true">
    <span></span>
    <span class="ticks"
      >${ticks.map((tick) => html`<span style="left:${place(tick).toFixed(2)}%">${tickText(tick)}</span>`)}</span
    >
    <span></span>
  </div>`;
  const lanes = (some: readonly ForestRow[]) =>
    html`<ul class="lanes">
      ${some.map((row) => lane(row, place, [from, to]))}
    </ul>`;
  const titles = [...new Set(rows.map(({ group = "" }) => group))];
  const grouped = rows.length > UNGROUPED && titles.length > 1;
  const list = !grouped
    ? lanes(rows)
    : titles.map((title) => {
        const some = rows.filter(({ group = "" }) => group === title);
        return html`<details class="group" open>${groupLine(title, some, place)} ${lanes(some)}</details>`;
      });
  return html`<figure class="forest panel">
    ${longList(html`${list}`, { count: rows.length, lines: "li.lane", what: "variants" })} ${axis}
    <figcaption>
      ${caption}
      ${grouped && "A group folded: a dot for each variant, and in brackets how many are distinguishable from 0, above and below it."}
    </figcaption>
  </figure>`;
}

/** So many lines are read as they are. */
const UNGROUPED = 20;

/** A group folded: its name, where its estimates lie, and how many can be told from 0. */
function groupLine(title: string, rows: readonly ForestRow[], place: (value: number) => number): Markup {
  const decided = rows.filter((row) => row.decided);
  const [above, below] = [
    decided.filter(({ estimate }) => estimate > 0).length,
    decided.filter(({ estimate }) => estimate < 0).length,
  ];
  return html`<summary class="lane">
    <span class="who">${title}</span>
    <span class="whisker dots" aria-hidden="true">
      <i class="zero" style="left:${place(0).toFixed(2)}%"></i>
      ${rows.map(({ estimate, decided: is }) => html`<i class="${is ? "decided" : ""}" style="left:${place(estimate).toFixed(2)}%"></i>`)}
    </span>
    <span class="numbers">${rows.length} <span class="quiet">(${above} above 0, ${below} below)</span></span>
  </summary>`;
}

function lane(
  { name, estimate, interval, singles, decided, numbers }: ForestRow,
  place: (value: number) => number,
  [from, to]: readonly [number, number],
): Markup {
  const left = interval && place(interval.low);
  const right = interval && place(interval.high);
  const cut = interval === null ? "" : `${interval.low < from ? " cut-left" : ""}${interval.high > to ? " cut-right" : ""}`;
  return html`<li class="lane">
    <span class="who name" title="${name}">${name}</span>
    <span class="whisker" aria-hidden="true">
      <i class="zero" style="left:${place(0).toFixed(2)}%"></i>
      ${interval !== null && html`<i class="span${cut}" style="left:${left!.toFixed(2)}%;width:${Math.max(0, right! - left!).toFixed(2)}%"></i>`}
      ${singles.length > 1 && singles.map((value) => html`<i class="single" style="left:${place(value).toFixed(2)}%"></i>`)}
      <i class="mean${decided ? " decided" : ""}" style="left:${place(estimate).toFixed(2)}%"></i>
    </span>
    <span class="numbers">${numbers}</span>
  </li>`;
}

/** Around 0 and everything drawn, with a little air. */
function domainOf(
  rows: readonly ForestRow[],
  bounds: readonly [number, number] = [-Infinity, Infinity],
): readonly [number, number] {
  const values = rows.flatMap(({ estimate, interval, singles }) => [
    estimate,
    ...singles,
    ...(interval ? [interval.low, interval.high] : []),
  ]);
  const low = Math.max(bounds[0], Math.min(0, ...values));
  const high = Math.min(bounds[1], Math.max(0, ...values));
  const air = (high - low) * 0.06 || 0.01;
  return [low - air, high + air];
}

/** Round values, four to eight of them; 0 is among them where it lies within. */
export function ticksIn(from: number, to: number): number[] {
  const rough = (to - from) / 8;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * unit).find((one) => one >= rough)!;
  const first = Math.ceil(from / step);
  const count = Math.floor(to / step) - first + 1;
  return Array.from({ length: count }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}
