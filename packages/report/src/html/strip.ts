import { html } from "./markup.ts";
import type { Markup } from "./markup.ts";

export interface Dot {
  readonly share: number;
  /** Hollow: before RL. */
  readonly colour: string | null;
  readonly small?: boolean;
}

export type Domain = readonly [number, number];

/** Dots on a line, e.g. accuracies from 0 to 1. A picture of numbers that stand beside it, so it is hidden from screen readers. */
export function strip(
  dots: readonly Dot[],
  domain: Domain = [0, 1],
  bars: readonly { from: number; to: number; colour: string }[] = [],
): Markup {
  const place = (share: number) =>
    (((Math.min(domain[1], Math.max(domain[0], share)) - domain[0]) / (domain[1] - domain[0])) * 100).toFixed(2);
  return html`<span class="strip" aria-hidden="true">
    ${bars.map(({ from, to, colour }) => html`<b style="left:${place(Math.min(from, to))}%;right:${(100 - Number(place(Math.max(from, to)))).toFixed(2)}%;background:${colour}"></b>`)}
    ${dots.map(({ share, colour, small }) => html`<i class="${colour === null ? "before" : ""}${small ? " small" : ""}" style="left:${place(share)}%${colour === null ? "" : `;background:${colour}`}"></i>`)}
  </span>`;
}
