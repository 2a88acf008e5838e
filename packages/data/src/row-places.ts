/** Where a JSONL file's rows are and which pictures each shows: 20 bytes for a row and 4 for a picture that it shows, and the pictures' names. */
export interface RowPlaces {
  /** In the file, in bytes. */
  readonly starts: Float64Array; // [rows]
  readonly lengths: Uint32Array; // [rows]
  /** From 1. */
  readonly lines: Uint32Array; // [rows]
  /** Where each row's pictures end in `shown`. */
  readonly ends: Uint32Array; // [rows]
  /** Places in `pictures`. */
  readonly shown: Uint32Array;
  /** Absolute paths, each once, in the order of their first use. */
  readonly pictures: readonly string[];
  /** SHA-256 of the JSONL file's bytes. */
  readonly sha256: Buffer;
  /** The file's state when it was read. */
  readonly state: string;
}
