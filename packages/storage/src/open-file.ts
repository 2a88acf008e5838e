import { createHash } from "node:crypto";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { InputError, messageOf, RunError } from "./errors.ts";
import type { ErrorCode } from "./errors.ts";
import { whyUnreadable } from "./files.ts";

/** A file that is read at places, in pieces: one larger than memory, or than a single read may be. */
export interface OpenFile {
  readonly path: string;
  /** In bytes, when it was opened. */
  readonly size: number;
  /** Fills `bytes` from `position` on. Throws `RunError` (RL_READ) where the file ends before. */
  read(position: number, bytes: Uint8Array): void;
  /** Its contents' SHA-256, in hexadecimal digits; about a second a gigabyte. */
  sha256(): string;
  close(): void;
}

/** Node reads at most 2³¹ − 1 bytes at once. */
const MOST_BYTES_A_READ = 2 ** 30;
/** Stays in the processor's cache between the disk and whatever is made of it. */
const PIECE_BYTES = 2 ** 20;

/** Opens a file. Throws `InputError` with `code` for one that isn't there, is no file or can't be read; `expected` ends the message. */
export function openFile(path: string, code: ErrorCode, expected: string): OpenFile {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    throw new InputError(code, `${path}: can't be read (${messageOf(error)}), expected ${expected}`);
  }
  const status = fstatSync(file);
  if (!status.isFile()) {
    closeSync(file);
    throw new InputError(code, `${path}: is not a file, expected ${expected}`);
  }
  const { size } = status;

  /** A bare view of the same memory: what is longer than a read may be is read by parts. */
  const read = (position: number, bytes: Uint8Array): void => {
    for (let done = 0; done < bytes.length;) {
      const got = reading(path, () =>
        readSync(file, bytes, done, Math.min(bytes.length - done, MOST_BYTES_A_READ), position + done),
      );
      if (got === 0)
        throw new RunError("RL_READ", `${path}: ends at byte ${position + done}; ${size} were there when it was opened.`);
      done += got;
    }
  };

  return {
    path,
    size,
    read,
    sha256() {
      const hash = createHash("sha256");
      for (const { bytes } of pieces({ size, read }, 0, size)) hash.update(bytes);
      return hash.digest("hex");
    },
    close: () => closeSync(file),
  };
}

function reading(path: string, read: () => number): number {
  try {
    return read();
  } catch (error) {
    throw new RunError("RL_READ", `${path}: can't be read: ${whyUnreadable(error)}.`, { cause: error });
  }
}

/**
 * The bytes from `position` on, piece by piece, each of so many bytes or a whole number of `unit`s below it. A piece is gone with the next one: its memory is
 * used again.
 */
export function* pieces(
  file: Pick<OpenFile, "size" | "read">,
  position: number,
  length: number,
  unit = 1,
): Generator<{ readonly bytes: Uint8Array; readonly offset: number }> {
  const most = Math.max(1, Math.floor(PIECE_BYTES / unit)) * unit;
  const memory = new Uint8Array(Math.min(most, length));
  for (let offset = 0; offset < length; offset += most) {
    const bytes = memory.subarray(0, Math.min(most, length - offset));
    file.read(position + offset, bytes);
    yield { bytes, offset };
  }
}
