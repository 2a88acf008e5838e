import { closeSync, openSync, readSync } from "node:fs";
import { checkedIndex, InputError, messageOf } from "@rewardlab/core";
import { fileState } from "./file-state.ts";
import { Growing } from "./growing.ts";
import { keptIndex, keepIndex } from "./kept-index.ts";
import { fileHash } from "./prepared/file-hash.ts";
import type { RowPlaces } from "./row-places.ts";
import { eachRow, parsedRow, Problems, type RowCare } from "./rows.ts";
import type { DataRow } from "./row.ts";

/** The rows of a JSONL file by their place. */
export interface RowIndex extends RowPlaces {
  readonly length: number;
  /** Reads a row. Throws `InputError` where the file is no longer the one that was indexed. */
  row(index: number): { readonly row: DataRow; readonly where: string };
}

/**
 * Checks every row of a file and indexes it, or takes the index that `cache` has of the file as it is now, whose rows were checked then. What is wrong goes
 * to `problems`; nothing is kept of a file in which something is.
 */
export function indexedRows(
  file: string,
  problems: Problems,
  care: RowCare,
  cache?: { readonly folder: string; readonly told: (message: string) => void },
): RowIndex {
  const before = fileState(file);
  const key = JSON.stringify([file, care.identical, care.ties, care.otherFields]);
  const kept = cache === undefined || before === null ? null : keptIndex(cache.folder, key, before.state);
  if (kept !== null) return rowsAt(file, kept, care);
  const found = problems.count;
  const places = placesOf(file, problems, care, before?.state ?? "");
  const unchanged = before !== null && before.settled && fileState(file)?.state === before.state;
  if (cache !== undefined && unchanged && problems.count === found) keepIndex(cache.folder, key, places, cache.told);
  return rowsAt(file, places, care);
}

function placesOf(file: string, problems: Problems, care: RowCare, state: string): RowPlaces {
  const starts = new Growing(Float64Array);
  const lengths = new Growing(Uint32Array);
  const lines = new Growing(Uint32Array);
  const ends = new Growing(Uint32Array);
  const shown = new Growing(Uint32Array);
  const places = new Map<string, number>();
  const found = problems.count;
  eachRow(file, problems, care, ({ start, length, line, pictures }) => {
    starts.push(start);
    lengths.push(length);
    lines.push(line);
    for (const picture of pictures) {
      const place = places.get(picture) ?? places.size;
      places.set(picture, place);
      shown.push(place);
    }
    ends.push(shown.length);
  });
  return {
    starts: starts.values(),
    lengths: lengths.values(),
    lines: lines.values(),
    ends: ends.values(),
    shown: shown.values(),
    pictures: [...places.keys()],
    sha256: problems.count === found ? Buffer.from(fileHash(file), "hex") : Buffer.alloc(32), // a file with problems is not used
    state,
  };
}

function rowsAt(file: string, places: RowPlaces, care: RowCare): RowIndex {
  const { starts, lengths, lines, state } = places;
  const changed = () =>
    new InputError(
      "RL_DATASET_CHANGED",
      `${file}: it was changed since it was read, expected the same bytes to the end of the run`,
    );
  return {
    ...places,
    length: starts.length,
    row(index) {
      checkedIndex(index, starts.length);
      const bytes = Buffer.alloc(lengths[index]!);
      const descriptor = opened(file);
      try {
        if (
          fileState(descriptor).state !== state ||
          readSync(descriptor, bytes, 0, bytes.length, starts[index]!) !== bytes.length
        )
          throw changed();
      } finally {
        closeSync(descriptor);
      }
      const where = `${file}:${lines[index]}`;
      const row = parsedRow(bytes, where, new Problems(), care);
      if (typeof row !== "object") throw changed();
      return { row, where };
    },
  };
}

/** Every picture's first use, in the order of the pictures: a row, and which of its pictures it is. */
export function* firstUses({
  ends,
  shown,
}: Pick<RowPlaces, "ends" | "shown">): Generator<{ readonly row: number; readonly image: number }> {
  let next = 0;
  for (let row = 0, at = 0; row < ends.length; row++)
    for (const from = at; at < ends[row]!; at++)
      if (shown[at] === next) {
        next += 1;
        yield { row, image: at - from };
      }
}

function opened(file: string): number {
  try {
    return openSync(file, "r");
  } catch (error) {
    throw new InputError("RL_DATASET_CHANGED", `${file}: can't be read any more (${messageOf(error)})`, { cause: error });
  }
}
