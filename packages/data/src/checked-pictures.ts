import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { InputError, messageOf, type PictureSize, type Pixels, type Progress } from "@rewardlab/core";
import { fileHash } from "./prepared/file-hash.ts";
import { fileState } from "./file-state.ts";
import type { KnownPictures } from "./known-pictures.ts";
import { concurrently, decodedFile, pictureSize, sizeProblem } from "./pictures.ts";
import { quoted } from "./quoted.ts";
import { firstUses, type RowIndex } from "./row-index.ts";
import type { DataRow } from "./row.ts";
import { Problems } from "./rows.ts";

/** How pictures are checked before one is used: each decoded once, or its head alone read. */
export type PictureCheck = "decode" | "head";

/** How messages call one of a row's pictures. */
export const pictureName = ({ images }: Pick<DataRow, "images">, index: number) => `images[${index}] ${images[index]}`;

/** Whether all pictures are there, in the state that is remembered from now on. What isn't goes to `problems`, with its first use. */
export function lookForPictures(rows: RowIndex, known: KnownPictures, problems: Problems): void {
  for (const { row, image } of firstUses(rows)) {
    const picture = rows.pictures[rows.shown[(rows.ends[row - 1] ?? 0) + image]!]!;
    if (known.look(picture) !== null) continue;
    const { row: told, where } = rows.row(row);
    const folder = dirname(where.slice(0, where.lastIndexOf(":")));
    problems.add(where, `images[${image}]: ${quoted(told.images[image])}: no such file in ${folder}`);
  }
}

/** Looks at those pictures of which it isn't known that they are fine. A picture that several rows show is looked at once; an error names its first use. */
export async function checkPictures(
  rows: RowIndex,
  known: KnownPictures,
  options: {
    readonly check: PictureCheck;
    readonly mostPixels: number;
    readonly decode: (picture: string) => Promise<PictureSize>;
    readonly progress?: Progress | undefined;
  },
): Promise<void> {
  const { check, mostPixels, decode, progress } = options;
  const problems = new Problems();
  let done = 0;
  let toldAt = Date.now();
  const look = async (picture: string): Promise<string | null> => {
    const { width, height, decoded } = known.last(picture)!;
    if (width !== undefined && height !== undefined && (decoded === true || check === "head"))
      return sizeProblem({ width, height }, mostPixels);
    try {
      const size = check === "head" ? await pictureSize(picture, mostPixels) : await decode(picture);
      known.add(picture, { width: size.width, height: size.height, ...(check === "decode" ? { decoded: true } : {}) });
      return null;
    } catch (error) {
      return messageOf(error);
    }
  };
  const found = await concurrently(rows.pictures, 16, async (picture) => {
    const problem = await look(picture);
    done += 1;
    if (Date.now() - toldAt > 1000) {
      progress?.update("pictures checked", done, rows.pictures.length);
      toldAt = Date.now();
    }
    return problem;
  });
  known.flush();
  let place = 0;
  for (const { row, image } of firstUses(rows)) {
    const problem = found[place++]!;
    if (problem === null) continue;
    const read = rows.row(row);
    problems.add(read.where, `${pictureName(read.row, image)}: ${problem}`);
  }
  problems.throwIfAny();
}

/** SHA-256 of a picture file's bytes, computed where it isn't known. */
export function pictureHash(picture: string, known: KnownPictures): Buffer {
  const { sha256 } = known.last(picture) ?? known.look(picture) ?? {};
  if (sha256 !== undefined) return Buffer.from(sha256, "base64");
  try {
    const found = Buffer.from(fileHash(picture), "hex");
    known.add(picture, { sha256: found.toString("base64") });
    return found;
  } catch (error) {
    throw gone(picture, error);
  }
}

/** A file that was there a moment ago. */
function gone(picture: string, error: unknown): unknown {
  const { code, syscall } = error as { code?: unknown; syscall?: unknown };
  if (syscall === undefined) return error;
  return new InputError("RL_DATASET_CHANGED", `${picture}: can't be read any more (${String(code)})`, { cause: error });
}

/** The pixels of a file that is as it was when it was looked at. Throws `InputError` where it isn't, or is gone. */
export async function unchangedPicture(picture: string, known: KnownPictures, mostPixels: number): Promise<Pixels> {
  try {
    return await decodedFile(picture, mostPixels, (descriptor, bytes) => {
      const before = known.last(picture);
      if (before === undefined || fileState(descriptor).state === before.state) return;
      // A link or a copy of its times changes its state and none of its bytes.
      if (before.sha256 !== undefined && createHash("sha256").update(bytes).digest("base64") === before.sha256) return;
      throw new InputError(
        "RL_DATASET_CHANGED",
        "it was changed since it was read, expected the same bytes to the end of the run",
      );
    });
  } catch (error) {
    throw gone(picture, error);
  }
}
