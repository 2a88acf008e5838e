import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isRunError, messageOf, writePiecesAtomic } from "@rewardlab/storage";
import type { RowPlaces } from "./row-places.ts";

/** Changes whenever the same file would be indexed otherwise, or its rows checked otherwise. */
const VERSION = 1;
const MAGIC = "rewardlab rows\n";

/**
 * The index of a file's rows, kept in a cache folder: one file for each file and way to check it, which a later index of the same replaces. It is written
 * aside and renamed, so writers at the same time and kills leave one whole index; a checksum finds what a power failure may have left. It is taken for the
 * file in the very state it was made of.
 */
export function keptIndex(folder: string, key: string, state: string): RowPlaces | null {
  let bytes: Buffer;
  try {
    bytes = readFileSync(pathOf(folder, key));
  } catch {
    return null; // there is none yet, or it can't be read: it is made anew
  }
  const body = bytes.subarray(0, -32);
  if (bytes.length < MAGIC.length + 36 || bytes.toString("latin1", 0, MAGIC.length) !== MAGIC) return null;
  if (!createHash("sha256").update(body).digest().equals(bytes.subarray(-32))) return null;
  const length = body.readUInt32LE(MAGIC.length);
  let at = MAGIC.length + 4;
  const header = JSON.parse(body.toString("utf8", at, at + length)) as Header;
  if (header.key !== keyOf(key) || header.state !== state) return null;
  at += length;
  const take = (count: number): ArrayBuffer => {
    const part = body.subarray(at, (at += count));
    return part.buffer.slice(part.byteOffset, part.byteOffset + part.length) as ArrayBuffer; // aligned, in memory of its own
  };
  const { rows, uses, names } = header;
  const starts = new Float64Array(take(8 * rows));
  const [lengths, lines, ends, shown] = [rows, rows, rows, uses].map((count) => new Uint32Array(take(4 * count)));
  const pictures = names === 0 ? [] : Buffer.from(take(names)).toString("utf8").split("\0");
  return {
    starts,
    lengths: lengths!,
    lines: lines!,
    ends: ends!,
    shown: shown!,
    pictures,
    sha256: Buffer.from(header.sha256, "hex"),
    state,
  };
}

/** Keeps an index. Where the disk is full or the folder can't be written it isn't kept, and `told` says so. */
export function keepIndex(folder: string, key: string, places: RowPlaces, told: (message: string) => void): void {
  const { starts, lengths, lines, ends, shown, pictures, sha256, state } = places;
  const names = Buffer.from(pictures.join("\0"));
  const header: Header = {
    key: keyOf(key),
    state,
    sha256: sha256.toString("hex"),
    rows: starts.length,
    uses: shown.length,
    names: names.length,
  };
  const headerBytes = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(headerBytes.length);
  const arrays = [starts, lengths, lines, ends, shown].map((one) => Buffer.from(one.buffer, one.byteOffset, one.byteLength));
  const pieces = [Buffer.from(MAGIC), length, headerBytes, ...arrays, names];
  const checksum = createHash("sha256");
  for (const piece of pieces) checksum.update(piece);
  try {
    writePiecesAtomic(pathOf(folder, key), [...pieces, checksum.digest()]);
  } catch (error) {
    if (!isRunError(error)) throw error;
    told(`${messageOf(error)}; goes on without the index of the data, and reads all rows again next time`);
  }
}

interface Header {
  readonly key: string;
  readonly state: string;
  readonly sha256: string;
  readonly rows: number;
  readonly uses: number;
  /** Bytes of the pictures' names. */
  readonly names: number;
}

const keyOf = (key: string) => createHash("sha256").update(`${VERSION} ${key}`).digest("hex");
const pathOf = (folder: string, key: string) => join(folder, `rows-${keyOf(key).slice(0, 16)}.index`);
