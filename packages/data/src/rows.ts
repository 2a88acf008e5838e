import { closeSync, openSync, readSync, statSync } from "node:fs";
import { dirname, isAbsolute, relative, resolve, sep } from "node:path";
import { InputError, messageOf } from "@rewardlab/core";
import { decodedText, lossInJson, whyUnreadable } from "@rewardlab/storage";
import { identicalResponses, Spellings } from "./look-alike.ts";
import { quoted } from "./quoted.ts";
import { completed, isQuestion, rowSchema } from "./row.ts";
import type { DataRow } from "./row.ts";

export interface LocatedRow {
  readonly row: DataRow;
  /** file:line */
  readonly where: string;
  /** Absolute paths of row.images. */
  readonly pictures: readonly string[];
  readonly line: number;
  /** The line's place in the file, in bytes. */
  readonly start: number;
  readonly length: number;
}

/** What becomes of rows that not every dataset may have. */
export interface RowCare {
  /** Of a row whose two responses are one text, so that nothing can be preferred about it: an error, or it counts as written. */
  readonly identical: "refuse" | "keep";
  /** Of a row in which neither response is the better one: an error, left out, or an item whose right answer is tie. */
  readonly ties: "refuse" | "drop" | "keep";
  /** Of fields that are none of a row's: an error, or they go into the item's `extra`. */
  readonly otherFields: "refuse" | "keep";
}
export const strictCare: RowCare = { identical: "refuse", ties: "refuse", otherFields: "refuse" };

/** Gathers what is wrong with a dataset, so that one report says it all; counts what is beyond the first twenty. */
export class Problems {
  readonly #messages: string[] = [];
  #count = 0;

  add(where: string, message: string): void {
    this.#count += 1;
    if (this.#messages.length < 20) this.#messages.push(`${where}: ${message}`);
  }

  /** The first twenty, each with its place. */
  get messages(): readonly string[] {
    return this.#messages;
  }

  get count(): number {
    return this.#count;
  }

  throwIfAny(): void {
    if (this.#count === 0) return;
    const more = this.#count - this.#messages.length;
    throw new InputError("RL_DATASET", [...this.#messages, ...(more > 0 ? [`… and ${more} more`] : [])].join("\n"));
  }
}

/** Goes through the rows of a JSONL file, each checked, and that its pictures exist. What is wrong goes to `problems`, what is right to `visit`. */
export function eachRow(file: string, problems: Problems, care: RowCare, visit: (row: LocatedRow) => void): void {
  const lineOfId = new Map<string, number>();
  const spellings = new Spellings();
  let rows = 0;
  try {
    for (const { line, bytes, start } of linesOf(file)) {
      const where = `${file}:${line}`;
      const row = parsedRow(bytes, where, problems, care);
      if (row === "blank") continue;
      if (row === "other-encoding") return; // no line of the file is one
      rows += 1;
      if (row === undefined) continue;
      const identical = care.identical === "refuse" && !isQuestion(row) ? identicalResponses(row) : null;
      if (identical !== null) problems.add(where, identical);
      for (const problem of spellings.problemsOf(row, line)) problems.add(where, problem);
      const first = lineOfId.get(row.id);
      if (first !== undefined)
        problems.add(where, `id is ${quoted(row.id)}, which line ${first} has already; expected each id once`);
      else lineOfId.set(row.id, line);
      const tie = row.preferred === "tie" && !isQuestion(row);
      if (tie && care.ties === "drop") continue;
      if (tie && care.ties === "refuse")
        problems.add(
          where,
          'preferred is "tie", expected 1 or 2, the number of the better response (ties: drop leaves such rows out, keep takes them)',
        );
      visit({
        row,
        where,
        line,
        start,
        length: bytes.length,
        pictures: row.images.map((path, index) => pictureFile(file, path, `${where}: images[${index}]`, problems)),
      });
    }
    if (rows === 0) problems.add(file, "has no rows, expected one JSON object a line");
  } catch (error) {
    if (error instanceof TooLong) {
      problems.add(`${file}:${error.line}`, error.message);
      return;
    }
    if (!(error instanceof Error) || !("code" in error)) throw error;
    const missing = error.code === "ENOENT";
    problems.add(file, missing ? "no such file" : `can't be read: ${whyUnreadable(error)}`);
  }
}

/** One line's row; undefined where something is wrong with it, which goes to `problems`. other-encoding: the file's as a whole is. */
export function parsedRow(
  bytes: Uint8Array,
  where: string,
  problems: Problems,
  care: RowCare,
): DataRow | "blank" | "other-encoding" | undefined {
  const decoded = decodedText(bytes, "line");
  if (!decoded.ok) {
    problems.add(where, decoded.problem);
    return decoded.encoding === undefined ? undefined : "other-encoding";
  }
  const line = decoded.text.trim();
  if (line === "") return "blank";
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    problems.add(where, `is not JSON (${messageOf(error)}), expected one JSON object a line`);
    return undefined;
  }
  const loss = lossInJson(line);
  if (loss !== null) {
    problems.add(where, loss.message);
    return undefined;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    problems.add(where, `is ${quoted(value)}, expected a JSON object`);
    return undefined;
  }
  return checkedRow(value, where, problems, care);
}

/** A row's fields, each checked; undefined where something is wrong with one, which goes to `problems`. */
export function checkedRow(
  value: object,
  where: string,
  problems: Problems,
  care: Pick<RowCare, "otherFields">,
): DataRow | undefined {
  const { targets } = value as { targets?: unknown };
  if (typeof targets === "object" && targets !== null && Object.hasOwn(targets, "__proto__")) {
    problems.add(where, `targets.__proto__: a target can't have that name`); // zod leaves it out without a word
    return undefined;
  }
  const { known, extra } = care.otherFields === "keep" ? separated(value) : { known: value, extra: undefined };
  const { success, data, error } = rowSchema.safeParse(completed(known));
  if (success) return extra === undefined ? data : { ...data, extra };
  for (const issue of error.issues) {
    if (issue.code === "invalid_key") {
      const name = issue.path.at(-1);
      problems.add(where, `targets: ${quoted(name)} is given, ${issue.issues.map(({ message }) => message).join(", ")}`);
      continue;
    }
    if (issue.code === "unrecognized_keys") {
      const fields = Object.keys(rowSchema.shape).join(", ");
      problems.add(where, `unknown field ${issue.keys.map(quoted).join(", ")}; the fields are ${fields}`);
      continue;
    }
    const given = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], value);
    const field = issue.path
      .map((key, depth) => (typeof key === "number" ? `[${key}]` : `${depth > 0 ? "." : ""}${String(key)}`))
      .join("");
    problems.add(where, `${field} is ${given === undefined ? "missing" : quoted(given)}, ${issue.message}`);
  }
  return undefined;
}

/** A row's own fields, and all others; undefined where there are none. */
function separated(value: object): { known: object; extra: Record<string, unknown> | undefined } {
  const isOwn = ([name]: [string, unknown]) => Object.hasOwn(rowSchema.shape, name);
  const others = Object.entries(value).filter((entry) => !isOwn(entry));
  return {
    known: Object.fromEntries(Object.entries(value).filter(isOwn)),
    extra: others.length === 0 ? undefined : Object.fromEntries(others),
  };
}

/** Pictures lie in the JSONL file's folder or below it, so that a dataset is one folder that can be moved, and reads nothing else. Links are followed. */
function pictureFile(file: string, path: string, where: string, problems: Problems): string {
  const folder = dirname(file);
  const absolute = resolve(folder, path);
  const inside = relative(folder, absolute);
  const outside = isAbsolute(path) || inside === ".." || inside.startsWith(`..${sep}`) || isAbsolute(inside);
  if (outside) problems.add(where, `${quoted(path)} is outside the file's folder; expected a path relative to it, without ..`);
  else {
    const found = statSync(absolute, { throwIfNoEntry: false });
    if (found === undefined) problems.add(where, `${quoted(path)}: no such file in ${folder}`);
    else if (!found.isFile()) problems.add(where, `${quoted(path)} is not a file`);
  }
  return absolute;
}

const longestLine = 2 ** 24;

class TooLong extends Error {
  override readonly name = "TooLong";
  readonly line: number;
  constructor(line: number) {
    super(`is longer than ${longestLine} bytes`);
    this.line = line;
  }
}

/** The lines of a file, numbered from 1, each with its place in bytes, without holding the file in memory. */
function* linesOf(file: string): Generator<{ readonly line: number; readonly bytes: Uint8Array; readonly start: number }> {
  const descriptor = openSync(file, "r");
  try {
    const chunk = Buffer.alloc(2 ** 16);
    let rest = Buffer.alloc(0);
    let line = 0;
    let at = 0; // where rest starts in the file
    for (let read = readSync(descriptor, chunk); read > 0; read = readSync(descriptor, chunk)) {
      rest = Buffer.concat([rest, chunk.subarray(0, read)]);
      let start = 0;
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10, start)) {
        if (end - start > longestLine) throw new TooLong(line + 1);
        yield { line: ++line, bytes: rest.subarray(start, end), start: at + start };
        start = end + 1;
      }
      rest = rest.subarray(start);
      at += start;
      if (rest.length > longestLine) throw new TooLong(line + 1);
    }
    if (rest.length > 0) yield { line: ++line, bytes: rest, start: at };
  } finally {
    closeSync(descriptor);
  }
}
