import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { messageOf } from "@rewardlab/core";
import { flatten, parquetMetadata, parquetSchema } from "hyparquet";
import type { Compressors, DecodedArray, FileMetaData, RowGroup, SchemaTree } from "hyparquet";
import { assembleNested } from "hyparquet/src/assemble.js";
import { readColumn } from "hyparquet/src/column.js";
import { DEFAULT_PARSERS } from "hyparquet/src/convert.js";
import { getTreePath } from "hyparquet/src/schema.js";
import { compressors as others } from "hyparquet-compressors";
import type { RawRow, RowSource, UnreadableRow } from "../source.ts";
import { unreadableFile } from "./file-chunks.ts";

/**
 * Parquet, a row group at a time. hyparquet's reader answers with promises; its parts below don't, and whoever asks a dataset for its hash waits for no
 * promise. They are imported by file, so the version is exact.
 */
export function parquetSource(file: string): RowSource {
  let head: Head | undefined;
  const headOnce = () => (head ??= headOf(file));
  return {
    file,
    kind: "Parquet",
    get count() {
      const { metadata } = headOnce();
      return metadata === undefined ? undefined : Number(metadata.num_rows);
    },
    get columns() {
      return headOnce().schema?.children.map(({ element }) => element.name);
    },
    rows: () => rowsOf(file, headOnce()),
  } as RowSource;
}

/** What stands at a file's end; what is wrong with the file, where it isn't there. */
type Head =
  | { readonly problem: string; readonly metadata?: undefined; readonly schema?: undefined }
  | { readonly problem?: undefined; readonly metadata: FileMetaData; readonly schema: SchemaTree };

const MAGIC = "PAR1";
/** Theirs of LZ4 looks for a match at the end of an empty page, as every column of nothing but nulls and empty lists has. */
const compressors: Compressors = {
  ...others,
  LZ4_RAW: (bytes, length) => (length === 0 ? new Uint8Array() : others.LZ4_RAW!(bytes, length)),
};

function headOf(file: string): Head {
  const wrong = unreadableFile(file);
  if (wrong !== null) return { problem: wrong };
  const descriptor = openSync(file, "r");
  try {
    const { size } = fstatSync(descriptor);
    const first = bytesAt(descriptor, 0, Math.min(4, size)).toString("latin1");
    if (first !== MAGIC)
      return { problem: `begins with ${JSON.stringify(first)}, expected a Parquet file, which begins with "${MAGIC}"` };
    const tail = size < 12 ? undefined : bytesAt(descriptor, size - 8, 8);
    if (tail?.toString("latin1", 4) !== MAGIC)
      return { problem: `doesn't end as a Parquet file does (with "${MAGIC}"): it is cut short, or still being written` };
    const length = tail.readUInt32LE(0) + 8;
    if (length + 4 > size)
      return { problem: `says that its index has ${length - 8} bytes, which is more than the file has: it is damaged` };
    const metadata = parquetMetadata(plain(bytesAt(descriptor, size - length, length)));
    return { metadata, schema: parquetSchema(metadata) };
  } catch (error) {
    return { problem: `its index can't be read${inBrackets(error)}: it is damaged, or no Parquet file` };
  } finally {
    closeSync(descriptor);
  }
}

function* rowsOf(file: string, head: Head): Generator<RawRow | UnreadableRow> {
  if (head.metadata === undefined) return yield { problem: head.problem, where: file, number: 0, ofFile: true };
  let from = 0;
  for (const [index, group] of head.metadata.row_groups.entries()) {
    const count = Number(group.num_rows);
    const which = `row group ${index + 1} of ${head.metadata.row_groups.length} (rows ${from + 1} to ${from + count})`;
    const columns = columnsOf(file, group, head.schema);
    if (typeof columns === "string") yield { problem: `${which}: ${columns}`, where: file, number: from + 1, ofFile: true };
    else
      for (let row = 0; row < count; row++) {
        const value = Object.fromEntries([...columns].map(([name, values]) => [name, readable(values[row])]));
        yield { value, where: `${file}, row ${from + row + 1}`, number: from + row + 1 };
      }
    from += count;
  }
}

/** All values of a row group by column; why they can't be read, where they can't. */
function columnsOf(file: string, group: RowGroup, schema: SchemaTree): Map<string, DecodedArray> | string {
  const columns = new Map<string, DecodedArray>();
  let column = "";
  try {
    const descriptor = openSync(file, "r");
    try {
      for (const child of schema.children) {
        column = child.element.name;
        const parts = new Map<string, DecodedArray>();
        for (const { meta_data: meta } of group.columns) {
          if (meta === undefined || meta.path_in_schema[0] !== column) continue;
          const schemaPath = getTreePath(schema, meta.path_in_schema);
          const start = Number(meta.dictionary_page_offset || meta.data_page_offset);
          const bytes = bytesAt(descriptor, start, Number(meta.total_compressed_size));
          const count = Number(group.num_rows);
          const { data } = readColumn(
            { view: new DataView(plain(bytes)), offset: 0 },
            { groupStart: 0, selectStart: 0, selectEnd: count, groupRows: count },
            {
              ...meta,
              pathInSchema: meta.path_in_schema,
              element: schemaPath.at(-1)!.element,
              schemaPath,
              compressors,
              parsers: DEFAULT_PARSERS,
              utf8: false, // as texts pictures would be broken
            },
          );
          parts.set(meta.path_in_schema.join("."), flatten(data));
        }
        if (child.children.length > 0) assembleNested(parts, child, DEFAULT_PARSERS);
        const values = parts.get(child.path.join("."));
        if (values === undefined || values.length < Number(group.num_rows))
          return `column ${column} has ${values?.length ?? 0} values, expected ${group.num_rows}`;
        columns.set(column, values);
      }
    } finally {
      closeSync(descriptor);
    }
    return columns;
  } catch (error) {
    return `column ${column} can't be read${inBrackets(error)}: the file is damaged`;
  }
}

/** What the reader says of bytes that it can't make sense of; nothing where it stumbled over them. */
const inBrackets = (error: unknown): string => (error instanceof TypeError ? "" : ` (${messageOf(error)})`);

/** A Parquet value as others write it: whole numbers that a double holds are numbers, those beyond are texts of their digits, times are ISO 8601. */
function readable(value: unknown): unknown {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value === undefined) return null;
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(readable);
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<unknown>, readable);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, readable(inner)]));
}

const MOST_BYTES_A_READ = 2 ** 30;

/** Throws where the file ends before. */
function bytesAt(descriptor: number, position: number, length: number): Buffer {
  const { size } = fstatSync(descriptor);
  if (!(position >= 0 && length >= 0 && position + length <= size))
    throw new RangeError(`bytes ${position} to ${position + length} are named, the file has ${size}`);
  const bytes = Buffer.allocUnsafeSlow(length);
  for (let done = 0; done < length;) {
    const got = readSync(descriptor, bytes, done, Math.min(length - done, MOST_BYTES_A_READ), position + done);
    if (got === 0) throw new RangeError(`the file ends at byte ${position + done}`);
    done += got;
  }
  return bytes;
}

/** The memory of a buffer that has one of its own. */
const plain = (bytes: Buffer): ArrayBuffer => bytes.buffer as ArrayBuffer;
