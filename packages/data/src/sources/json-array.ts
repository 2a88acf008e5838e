import type { RawRow, RowSource, UnreadableRow } from "../source.ts";
import { fileChunks, longestRow, unreadableFile } from "./file-chunks.ts";
import { jsonLinesSource } from "./json-lines.ts";
import { jsonRow } from "./json-value.ts";

/**
 * A JSON array of objects, read one by one: files of several gigabytes are longer than a text may be. Many a file of JSON lines ends in .json as well: one
 * that begins with { is read as lines.
 */
export function jsonArraySource(file: string): RowSource {
  return {
    file,
    kind: "JSON array",
    *rows() {
      const wrong = unreadableFile(file);
      if (wrong !== null) return yield { problem: wrong, where: file, number: 0, ofFile: true };
      yield* firstCharacter(file) === "{" ? jsonLinesSource(file).rows() : elements(file);
    },
  };
}

/** The first character of a file that is none of spaces and byte-order marks; "" where there is none. */
function firstCharacter(file: string): string {
  for (const chunk of fileChunks(file)) {
    const text = chunk
      .toString("latin1")
      .replace(/^\u00EF\u00BB\u00BF/, "")
      .trimStart();
    if (text !== "") return text[0]!;
  }
  return "";
}

const [quote, backslash, comma, open, close, openBrace, closeBrace] = Buffer.from('"\\,[]{}');
const isSpace = (byte: number) => byte === 32 || byte === 10 || byte === 13 || byte === 9;

/** Where the next quote or backslash stands, or the end. */
function endOfPlainText(chunk: Buffer, from: number): number {
  const end = chunk.indexOf(quote!, from);
  const text = end === -1 ? chunk : chunk.subarray(0, end);
  const escape = text.indexOf(backslash!, from);
  return escape === -1 ? text.length : escape;
}

/** Finds where elements end by brackets and quotes alone; what is inside is read as JSON when it is whole. */
function* elements(file: string): Generator<RawRow | UnreadableRow> {
  let number = 0;
  let depth = 0; // 1: inside the array, between elements
  let inText = false;
  let escaped = false;
  let ended = false;
  let parts: Buffer[] = [];
  let held = 0;
  let line = 1;
  let began = 1; // the line on which the element begins
  const place = () => `${file}:${began}`;
  const broken = (problem: string): UnreadableRow => ({ problem, where: `${file}:${line}`, number, ofFile: true });
  const element = function* (): Generator<RawRow | UnreadableRow> {
    const bytes = Buffer.concat(parts);
    parts = [];
    held = 0;
    const row = jsonRow(bytes, "a JSON object");
    number += 1;
    if (row === "blank") yield { problem: "an element is missing between two commas", where: place(), number };
    else if ("value" in row) yield { value: row.value, where: place(), number };
    else yield { problem: row.problem, where: place(), number };
  };
  let first = true;
  for (const whole of fileChunks(file)) {
    const chunk = first && whole.subarray(0, 3).toString("latin1") === "\u00EF\u00BB\u00BF" ? whole.subarray(3) : whole;
    first = false;
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]!;
      if (byte === 10) line += 1;
      if (inText) {
        if (escaped) escaped = false;
        else if (byte === backslash) escaped = true;
        else if (byte === quote) inText = false;
        else at = endOfPlainText(chunk, at) - 1; // most of a file of preferences
        continue;
      }
      if (depth === 0) {
        if (isSpace(byte)) continue;
        if (ended) return yield broken(`goes on with ${JSON.stringify(String.fromCharCode(byte))} after the end of the array`);
        if (byte !== open)
          return yield broken(`begins with ${JSON.stringify(String.fromCharCode(byte))}, expected a JSON array of objects`);
        depth = 1;
        start = at + 1;
        began = line;
        continue;
      }
      if (byte === quote) inText = true;
      else if (byte === open || byte === openBrace) {
        if (depth === 1) began = line;
        depth += 1;
      } else if (byte === close || byte === closeBrace) {
        depth -= 1;
        if (depth === 0) {
          parts.push(chunk.subarray(start, at));
          held += at - start;
          const isEmpty = number === 0 && parts.every((part) => part.every(isSpace));
          if (!isEmpty) yield* element();
          parts = [];
          ended = true;
          start = at + 1;
        }
      } else if (byte === comma && depth === 1) {
        parts.push(chunk.subarray(start, at));
        yield* element();
        start = at + 1;
        began = line;
      }
    }
    if (depth === 0) continue;
    held += chunk.length - start;
    if (held > longestRow) return yield broken(`element ${number + 1} is longer than ${longestRow} bytes`);
    parts.push(Buffer.from(chunk.subarray(start)));
  }
  if (!ended) yield broken(`breaks off in element ${number + 1}, expected a whole JSON array`);
}
