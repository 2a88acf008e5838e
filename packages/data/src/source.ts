/** A row as its file has it: columns by name, nothing checked. Bytes are `Uint8Array`, whole numbers that a double doesn't hold are texts of their digits. */
export interface RawRow {
  readonly value: Readonly<Record<string, unknown>>;
  /** For messages: train.jsonl:17, train.parquet, row 17. */
  readonly where: string;
  /** Line or row, from 1. */
  readonly number: number;
}

/** A row that can't be read. */
export interface UnreadableRow {
  readonly problem: string;
  readonly where: string;
  readonly number: number;
  /** It is about the file, not one row: it isn't there, breaks off, is damaged, or isn't what its name says. */
  readonly ofFile?: boolean;
}

/** Located rows of one file, whatever the file is. */
export interface RowSource {
  /** Absolute. */
  readonly file: string;
  readonly kind: "JSON lines" | "JSON array" | "Parquet";
  /** Rows in all, where the file says so without being read. */
  readonly count?: number;
  /** Names of all columns, where the file says so without being read. */
  readonly columns?: readonly string[];
  /**
   * The rows from the first to the last, each read when it is asked for; may be called again. At most one row of JSON, or one row group of Parquet,
   * is in memory. It never throws because of what is in the file: what can't be read is an `UnreadableRow`, and the iterator goes on where it can.
   */
  rows(): Iterable<RawRow | UnreadableRow>;
}

/** Whether it is a row that can't be read, and why is said instead of its columns. */
export const isUnreadable = (row: RawRow | UnreadableRow): row is UnreadableRow => "problem" in row;
