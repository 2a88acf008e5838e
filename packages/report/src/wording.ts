/** Numbers as the report writes them. A dash stands for what was not measured. */

const DASH = "–";
const MINUS = "−";

/** 0.6123 → "61.2 %" */
export function percent(share: number | null | undefined, digits = 1): string {
  return number(share) ? `${signless(share * 100, digits)} %` : DASH;
}

/** 0.6123 → "61.2": for tables whose heading says %. */
export function percentage(share: number | null | undefined, digits = 1): string {
  return number(share) ? signless(share * 100, digits) : DASH;
}

/** 0.136 → "+13.6": percentage points. */
export function points(difference: number | null | undefined): string {
  if (!number(difference)) return DASH;
  const text = signless(Math.abs(difference) * 100, 1);
  return text === "0.0" ? "0.0" : `${difference < 0 ? MINUS : "+"}${text}`;
}

/** 0.136 → "13.6" */
export function unsignedPoints(difference: number): string {
  return signless(Math.abs(difference) * 100, 1);
}

/** Three digits that matter: 1.02, 0.00132, 1.2e+4, ∞. */
export function plainNumber(value: number | null | undefined): string {
  if (value === null || value === undefined) return DASH;
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : `${MINUS}∞`;
  if (Number.isInteger(value) && Math.abs(value) < 1e4) return String(value).replace("-", MINUS);
  const size = Math.abs(value);
  const text = size >= 1e4 || size < 1e-4 ? size.toExponential(1) : size >= 100 ? size.toFixed(0) : size.toPrecision(3);
  return value < 0 ? MINUS + text : text;
}

/** A share of tokens: 0 where it is nothing at all, never by rounding. */
export function tokenShare(share: number | null | undefined): string {
  if (!number(share)) return DASH;
  if (share === 0) return "0 %";
  return share < 0.0001 ? "< 0.01 %" : `${(share * 100).toFixed(2)} %`;
}

/** 0.03125 → "0.031" */
export function probability(p: number): string {
  return p < 0.001 ? "< 0.001" : p.toFixed(p < 0.1 ? 3 : 2).replace(/\.?0+$/, "");
}

/** 0.03125 → "p = 0.031" */
export function pText(p: number, name = "p"): string {
  const text = probability(p);
  return text.startsWith("<") ? `${name} ${text}` : `${name} = ${text}`;
}

/** ["a", "b", "c"] → "a, b and c" */
export function listing(items: readonly string[]): string {
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}

/** A number with its noun: 1 seed, 2 seeds. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Without control characters, and no longer than `length`: for a line of text on a terminal or in a cell. */
export function short(text: string, length: number): string {
  const clean = text.replace(/\p{Cc}+/gu, " ");
  const characters = [...clean];
  return characters.length <= length ? clean : `${characters.slice(0, length - 1).join("")}…`;
}

const number = (value: number | null | undefined): value is number => typeof value === "number" && Number.isFinite(value);

function signless(value: number, digits: number): string {
  const text = value.toFixed(digits);
  return value < 0 ? text.replace("-", MINUS) : text;
}
