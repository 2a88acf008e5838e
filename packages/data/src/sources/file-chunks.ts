import { closeSync, openSync, readSync, statSync } from "node:fs";
import { messageOf } from "@rewardlab/core";
import { whyUnreadable } from "@rewardlab/storage";

/** A row may be so long: a dozen pictures as data URLs. */
export const longestRow = 2 ** 28;

/** The bytes of a file, piece by piece; the pieces share their memory. */
export function* fileChunks(file: string): Generator<Buffer> {
  const descriptor = openSync(file, "r");
  try {
    const chunk = Buffer.allocUnsafe(2 ** 18);
    for (let read = readSync(descriptor, chunk); read > 0; read = readSync(descriptor, chunk)) yield chunk.subarray(0, read);
  } finally {
    closeSync(descriptor);
  }
}

/** Why a file can't be read, as a message for it; throws what isn't about the file. */
export function whyNoRows(error: unknown): string {
  if (!(error instanceof Error) || !("code" in error)) throw error;
  return error.code === "ENOENT" ? "no such file" : `can't be read: ${whyUnreadable(error)}`;
}

/** What is wrong with a file before it is read; null where nothing is. */
export function unreadableFile(file: string): string | null {
  try {
    const found = statSync(file);
    if (found.isDirectory()) return "is a folder, expected a file";
    return found.size === 0 ? "is empty, expected rows" : null;
  } catch (error) {
    return error instanceof Error && "code" in error ? whyNoRows(error) : messageOf(error);
  }
}
