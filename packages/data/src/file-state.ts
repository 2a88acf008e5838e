import { fstatSync, statSync } from "node:fs";

/** A file's length, times to the nanosecond and inode, as one text: it is another one where the file is written anew. */
export interface FileState {
  readonly state: string;
  /** In bytes. */
  readonly size: number;
  /**
   * Whether it was left alone for so long that a later change shows in its times: some file systems count in seconds, and what is written twice in one of
   * them has one state. What is known of a file that isn't settled must not be remembered.
   */
  readonly settled: boolean;
}

const SETTLED = 2_100_000_000n; // ns

/** Of a file by name, null where there is none; of an open one by its descriptor. */
export function fileState(file: string): FileState | null;
export function fileState(file: number): FileState;
export function fileState(file: string | number): FileState | null {
  const found =
    typeof file === "number" ? fstatSync(file, { bigint: true }) : statSync(file, { bigint: true, throwIfNoEntry: false });
  if (found === undefined || !found.isFile()) return null;
  const { size, mtimeNs, ctimeNs, ino } = found;
  const last = mtimeNs > ctimeNs ? mtimeNs : ctimeNs;
  return {
    state: `${size} ${mtimeNs} ${ctimeNs} ${ino}`,
    size: Number(size),
    settled: BigInt(Date.now()) * 1_000_000n - last > SETTLED,
  };
}
