import { extname } from "node:path";
import { InputError, suggestion } from "@rewardlab/core";
import type { RowSource } from "../source.ts";
import { jsonArraySource } from "./json-array.ts";
import { jsonLinesSource } from "./json-lines.ts";
import { parquetSource } from "./parquet.ts";

const bySuffix: Readonly<Record<string, (file: string) => RowSource>> = {
  ".jsonl": jsonLinesSource,
  ".ndjson": jsonLinesSource,
  ".json": jsonArraySource,
  ".parquet": parquetSource,
};
/** File name endings that can be read. */
export const readableSuffixes: readonly string[] = Object.keys(bySuffix);

/** The rows of a file, by its name's ending. Throws `InputError` (RL_DATASET) for another ending; the file itself is opened when it is read. */
export function sourceOf(file: string): RowSource {
  const suffix = extname(file).toLowerCase();
  const open = Object.hasOwn(bySuffix, suffix) ? bySuffix[suffix] : undefined;
  if (open !== undefined) return open(file);
  const expected = `expected a file that ends in ${readableSuffixes.join(", ")}`;
  throw new InputError("RL_DATASET", `${file}: can't be read as rows, ${expected}.${suggestion(suffix, [...readableSuffixes])}`);
}
