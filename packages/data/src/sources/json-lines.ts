import type { RawRow, RowSource, UnreadableRow } from "../source.ts";
import { fileChunks, longestRow, unreadableFile } from "./file-chunks.ts";
import { jsonRow } from "./json-value.ts";

/** JSON lines: one JSON object a line; blank lines are nothing to mind. */
export function jsonLinesSource(file: string): RowSource {
  return { file, kind: "JSON lines", rows: () => rowsOf(file) };
}

function* rowsOf(file: string): Generator<RawRow | UnreadableRow> {
  const wrong = unreadableFile(file);
  if (wrong !== null) return yield { problem: wrong, where: file, number: 0, ofFile: true };
  for (const { number, bytes } of linesOf(file)) {
    const where = `${file}:${number}`;
    if (bytes === "too long") {
      yield { problem: `is longer than ${longestRow} bytes`, where, number };
      continue;
    }
    const row = jsonRow(bytes, "one JSON object a line");
    if (row === "blank") continue;
    if ("value" in row) yield { value: row.value, where, number };
    else {
      yield { problem: row.problem, where, number, ...(row.otherEncoding === true ? { ofFile: true } : {}) };
      if (row.otherEncoding === true) return; // no line of the file is one
    }
  }
}

/** The lines of a file, numbered from 1. What is too long for one is passed over without being held. */
function* linesOf(file: string): Generator<{ readonly number: number; readonly bytes: Uint8Array | "too long" }> {
  let number = 0;
  let parts: Buffer[] = [];
  let held = 0;
  const line = () => {
    const bytes = held > longestRow ? ("too long" as const) : parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    parts = [];
    held = 0;
    return { number: ++number, bytes };
  };
  for (const chunk of fileChunks(file)) {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      parts.push(chunk.subarray(start, end));
      held += end - start;
      yield line();
      start = end + 1;
    }
    if (start === chunk.length) continue;
    held += chunk.length - start;
    if (held > longestRow) parts = [];
    else parts.push(Buffer.from(chunk.subarray(start))); // the next chunk is read into the same memory
  }
  if (held > 0) yield line();
}
