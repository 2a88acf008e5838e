import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";

const piece = Buffer.allocUnsafe(2 ** 18);

/** SHA-256 of a file's bytes, in hexadecimal digits; read in pieces. */
export function fileHash(path: string): string {
  const hash = createHash("sha256");
  const descriptor = openSync(path, "r");
  try {
    for (let read = readSync(descriptor, piece); read > 0; read = readSync(descriptor, piece))
      hash.update(piece.subarray(0, read));
  } finally {
    closeSync(descriptor);
  }
  return hash.digest("hex");
}

/** SHA-256 of bytes or a text. */
export const hashOf = (bytes: Uint8Array | string): string => createHash("sha256").update(bytes).digest("hex");

/** A number in [0, 1) that depends on nothing but what is given: drawn once for each name, so that what is added later leaves it as it is. */
export function drawn(seed: number, purpose: string, name: string): number {
  return createHash("sha256").update(`${seed}/${purpose}/${name}`).digest().readUIntBE(0, 6) / 2 ** 48;
}
