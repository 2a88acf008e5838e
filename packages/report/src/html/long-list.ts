import { html } from "./markup.ts";
import type { Markup } from "./markup.ts";

/** More lines than this are folded on the screen, and can be searched. */
const LONG = 20;

/**
 * A list or table that may be long. All of it is in the page; the page's script folds it to its first lines and shows a box that finds lines by the words
 * in their names. Without the script, and on paper, it is whole.
 */
export function longList(
  content: Markup,
  { count, lines, what }: { readonly count: number; readonly lines: string; readonly what: string },
): Markup {
  if (count <= LONG) return content;
  return html`<div class="long" data-lines="${lines}">
    ${findBox("find", `Find ${what}`, what)} ${content}
    <p class="more" hidden><button type="button" aria-expanded="false">Show all ${count}</button></p>
  </div>`;
}

/** A box to type words into, with a count beside it; hidden until the script that reads it runs. */
export function findBox(className: "find" | "pick", label: string, name: string): Markup {
  return html`<form class="filters ${className}" role="search" aria-label="${label}" hidden>
    <label
      >${label}<input type="search" name="${name}" autocomplete="off" spellcheck="false" placeholder="words of a name"
    /></label>
    <output></output>
  </form>`;
}

/** A table as above: `count` bodies of it, or rows where it has one body. */
export function longTable(
  table: Markup,
  { count, by = "row" }: { readonly count: number; readonly by?: "row" | "body" },
): Markup {
  return longList(table, { count, lines: by === "row" ? "tbody > tr" : "tbody", what: "variants" });
}
