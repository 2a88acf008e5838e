/** A piece of HTML that is safe to put in a page. Only `html` and `trusted` make one. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Value = Markup | string | number | null | undefined | false | readonly Value[];

/** HTML from a template. Everything put in is escaped, but for markup made here; lists are joined; null, undefined and false are nothing. */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Markup {
  const texts = unindented(strings);
  return new Markup(texts.map((text, index) => text + (index < values.length ? rendered(values[index]) : "")).join(""));
}

/** A template's own indentation would be a tenth of a large page. */
function unindented(strings: TemplateStringsArray): readonly string[] {
  const known = templates.get(strings) ?? strings.map((text) => text.replace(/\n\s+/g, "\n"));
  templates.set(strings, known);
  return known;
}
const templates = new WeakMap<TemplateStringsArray, readonly string[]>();

/** Text that is HTML already and was made by this package. */
export function trusted(text: string): Markup {
  return new Markup(text);
}

/** A script element that holds a value as JSON, for the page's own script to read. */
export function jsonElement(id: string, value: unknown): Markup {
  const json = JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return new Markup(`<script type="application/json" id="${escapeHtml(id)}">${json}</script>`);
}

/** Text as it may stand in HTML, in attributes as well. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character]!);
}
const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function rendered(value: Value): string {
  if (value === null || value === undefined || value === false) return "";
  if (value instanceof Markup) return value.text;
  return Array.isArray(value) ? value.map(rendered).join("") : escapeHtml(String(value));
}
