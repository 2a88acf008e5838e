import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { checkedIndex, InputError, messageOf } from "@rewardlab/core";
import { eachRow, parsedRow, Problems, type LocatedRow, type RowCare } from "./rows.ts";
import type { DataRow } from "./row.ts";

/** Where a JSONL file's rows are: 16 bytes for each. */
export interface RowIndex {
  readonly length: number;
  /** Reads a row. Throws `InputError` where the file is no longer the one that was indexed. */
  row(index: number): { readonly row: DataRow; readonly where: string };
}

/** Checks every row of a file and indexes it. What is wrong goes to `problems`; `visit` sees each row that is right. */
export function indexedRows(file: string, problems: Problems, care: RowCare, visit: (row: LocatedRow) => void): RowIndex {
  const starts: number[] = [];
  const lengths: number[] = [];
  const lines: number[] = [];
  const before = stateOf(file);
  eachRow(file, problems, care, (located) => {
    starts.push(located.start);
    lengths.push(located.length);
    lines.push(located.line);
    visit(located);
  });
  const [startOf, lengthOf, lineOf] = [Float64Array.from(starts), Uint32Array.from(lengths), Uint32Array.from(lines)];
  return {
    length: startOf.length,
    row(index) {
      checkedIndex(index, startOf.length);
      const changed = () =>
        new InputError(
          "RL_DATASET_CHANGED",
          `${file}: it was changed since it was read, expected the same bytes to the end of the run`,
        );
      const bytes = Buffer.alloc(lengthOf[index]!);
      const descriptor = opened(file);
      try {
        if (stateOf(descriptor) !== before || readSync(descriptor, bytes, 0, bytes.length, startOf[index]!) !== bytes.length)
          throw changed();
      } finally {
        closeSync(descriptor);
      }
      const where = `${file}:${lineOf[index]}`;
      const row = parsedRow(bytes, where, new Problems(), care);
      if (typeof row !== "object") throw changed();
      return { row, where };
    },
  };
}

function opened(file: string): number {
  try {
    return openSync(file, "r");
  } catch (error) {
    throw new InputError("RL_DATASET_CHANGED", `${file}: can't be read any more (${messageOf(error)})`, { cause: error });
  }
}

/** Changes where a file is written anew. "" where there is none. */
function stateOf(file: string | number): string {
  try {
    const descriptor = typeof file === "number" ? file : openSync(file, "r");
    try {
      const { size, mtimeMs } = fstatSync(descriptor);
      return `${size} ${mtimeMs}`;
    } finally {
      if (typeof file !== "number") closeSync(descriptor);
    }
  } catch {
    return ""; // eachRow says what is wrong with it
  }
}
