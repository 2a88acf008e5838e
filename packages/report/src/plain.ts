/** Reading JSON whose shape can't be trusted: each reader gives what it can, and a stated stand-in elsewhere. */

export type Plain = Readonly<Record<string, unknown>>;

/** An object that was read from a file; empty where it is none. */
export function recordOf(value: unknown): Plain {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Plain) : {};
}

/** A list that was read from a file; empty where it is none. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Text that was read from a file; null where it is none. */
export function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

/** JSON has no such numbers: "NaN", "Infinity" and "-Infinity" stand for them, and so does null for what JSON.stringify lost. */
const nonFinite: Readonly<Record<string, number>> = { NaN, Infinity, "-Infinity": -Infinity };

/** A number that was measured, NaN and ±∞ included; null where none was. */
export function numberOf(value: unknown): number | null {
  if (typeof value === "number") return value;
  return typeof value === "string" ? (nonFinite[value] ?? null) : null;
}

/** A finite number, or null. */
export function finiteOf(value: unknown): number | null {
  const number = numberOf(value);
  return number !== null && Number.isFinite(number) ? number : null;
}

/** The finite numbers of a record, by name. */
export function finiteNumbers(value: unknown): Readonly<Record<string, number>> {
  const entries = Object.entries(recordOf(value)).flatMap(([name, item]) => {
    const number = finiteOf(item);
    return number === null ? [] : [[name, number] as const];
  });
  return Object.fromEntries(entries);
}

/** A record with each value changed. */
export function mapValues<A, B>(value: Readonly<Record<string, A>>, change: (item: A) => B): Readonly<Record<string, B>> {
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, change(item)]));
}
