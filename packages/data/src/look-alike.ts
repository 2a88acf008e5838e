/** Texts that people take for one and that are several: "é" as one character or as two, another kind of space. */
import type { DataRow } from "./row.ts";
import { quoted } from "./quoted.ts";

/** The text as it is seen: composed characters (NFC), any space as one of the plain kind, without those that have no width, nothing around it. */
export function asSeen(given: string): string {
  return given
    .normalize("NFC")
    .replace(/\r\n?/g, "\n")
    .replace(/[\u00AD\u200B\u2060\uFEFF]/g, "")
    .replace(/[^\S\n]/g, " ")
    .trim();
}

/** What is wrong with a row whose two responses look the same; null where they don't. Nothing can be preferred about them. */
export function identicalResponses({ responses, preferred }: DataRow): string | null {
  const [first, second] = responses;
  const seen = asSeen(first);
  if (seen !== asSeen(second)) return null;
  const advice = `${preferred} is preferred; expected two that differ (identical: keep takes them as they are)`;
  if (first.trim() === second.trim()) return `both responses are ${first.trim() === "" ? "empty" : quoted(first)}, and ${advice}`;
  if (seen === "") return `both responses are empty but for spaces and characters without width, and ${advice}`;
  const why = "they differ in what can't be seen alone: in how characters are composed, in spaces or in characters without width";
  return `both responses look like ${quoted(seen)} (${why}), and ${advice}`;
}

/** Watches the names of a file's rows for one that looks like another and is composed of other characters: they would count as two. */
export class Spellings {
  readonly #first = new Map<string, { readonly as: string; readonly line: number }>();

  /** What is wrong with the names of this row. */
  problemsOf(row: DataRow, line: number): string[] {
    const { answer } = row;
    const names = [
      ...(["id", "kind", "answer", "group"] as const).flatMap((field) =>
        row[field] === undefined ? [] : [{ field, as: row[field] }],
      ),
      ...Object.keys(row.targets ?? {}).map((as) => ({ field: "targets", as })),
    ];
    const asResponse = row.responses.flatMap((response) =>
      answer !== undefined && response !== answer && response.normalize("NFC") === answer.normalize("NFC")
        ? [`answer: ${quoted(answer)} looks like a response of its row and ${OTHER_CHARACTERS}`]
        : [],
    );
    return [...asResponse, ...names.flatMap(({ field, as }) => this.#problemOf(field, as, line) ?? [])];
  }

  #problemOf(field: string, as: string, line: number): string | null {
    const seen = `${field} ${as.normalize("NFC")}`;
    const first = this.#first.get(seen);
    if (first === undefined) this.#first.set(seen, { as, line });
    if (first === undefined || first.as === as) return null;
    const where = first.line === line ? "this line" : `line ${first.line}`;
    return `${field}: ${quoted(as)} looks like that of ${where} and ${OTHER_CHARACTERS}`;
  }
}
const OTHER_CHARACTERS = "is composed of other characters; expected one spelling (Unicode's NFC)";
