import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, resolve, sep } from "node:path";
import { RowProblem } from "./judged.ts";
import type { LocatedRow } from "./rows.ts";

/** A picture of a pair: a file, or its bytes where a row carries them. */
export type Picture = { readonly path: string } | { readonly bytes: Uint8Array };

/** Two responses to one question, of which people prefer one. */
export interface Pair {
  readonly id: string;
  readonly question: string;
  readonly chosen: string;
  readonly rejected: string;
  /** In the order in which a model is shown them. */
  readonly pictures: readonly Picture[];
  /** What the benchmark's script needs of a prediction besides the rewards. */
  readonly keep: Readonly<Record<string, unknown>>;
}

/** Where the pictures of a benchmark's file are: in this folder, and nowhere else. */
export interface PictureFolder {
  readonly folder: string;
}

/** The folder that a file's paths are relative to: the one named, or the file's own. */
export const pictureFolder = (file: string, named?: string): PictureFolder => ({ folder: resolve(named ?? dirname(file)) });

/** A picture by its path in a row, which has to stay inside the folder and to be there. */
export function pictureAt({ folder }: PictureFolder, path: string): string {
  const full = isAbsolute(path) ? resolve(path) : resolve(folder, path);
  if (!full.startsWith(folder + sep))
    throw new RowProblem(`${JSON.stringify(path)} leads out of ${folder}, expected a picture inside it`);
  if (!existsSync(full))
    throw new RowProblem(`${JSON.stringify(path)}: there is no such file in ${folder} (--images names another folder)`);
  return full;
}

/** A row's picture: a path, or `{ bytes, path }` as Parquet files carry it. */
export function pictureIn(folder: PictureFolder, value: unknown): Picture[] {
  if (value === undefined || value === null || value === "") return [];
  if (Array.isArray(value)) return value.flatMap((one) => pictureIn(folder, one));
  if (typeof value === "string") return [{ path: pictureAt(folder, value) }];
  const { bytes, path } = value as { bytes?: unknown; path?: unknown };
  if (bytes instanceof Uint8Array) return [{ bytes }];
  if (typeof path === "string") return [{ path: pictureAt(folder, path) }];
  throw new RowProblem(`a picture is ${typeof value}, expected a path or { bytes, path }`);
}

/** A video is a folder of pictures, of which so many are shown: the first, the last, and evenly between, as R1-Reward's script takes them. */
const FRAMES = 32;

/** Frames of a video by its folder's path in a row, in the order of their names. */
export function framesIn(folder: PictureFolder, value: unknown): Picture[] {
  if (value === undefined || value === null || value === "") return [];
  if (typeof value !== "string") throw new RowProblem(`video is ${JSON.stringify(value)}, expected a folder of pictures`);
  const path = pictureAt(folder, value);
  if (!statSync(path).isDirectory())
    throw new RowProblem(`${JSON.stringify(value)} is a file, expected a folder of the video's frames`);
  const names = readdirSync(path).sort();
  if (names.length === 0) throw new RowProblem(`${JSON.stringify(value)} is empty, expected the video's frames`);
  const count = Math.min(FRAMES, names.length);
  return Array.from({ length: count }, (_, index) => {
    const at = count === 1 ? 0 : Math.floor((index * (names.length - 1)) / (count - 1));
    return { path: join(path, names[at]!) };
  });
}

/** The rows of a benchmark's own file as pairs; what is wrong with a row goes to `problems`. */
export function pairsOf(rows: readonly LocatedRow[], problems: string[], read: (row: LocatedRow["row"]) => Pair): Pair[] {
  return rows.flatMap(({ where, row }) => {
    try {
      return [read(row)];
    } catch (error) {
      if (!(error instanceof RowProblem)) throw error;
      problems.push(`${where}: ${error.message}`);
      return [];
    }
  });
}

/** A text that may be empty. */
export function wordsIn(row: LocatedRow["row"], name: string): string {
  const value = row[name];
  if (typeof value === "string") return value;
  throw new RowProblem(`${name} is ${JSON.stringify(value) ?? "not there"}, expected a text`);
}
