import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import { dirname, extname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { RowProblem } from "../formats/given.ts";
import { quoted } from "../quoted.ts";

/** Where the pictures that rows name by path are looked for. */
export interface PicturePlaces {
  /** What paths are relative to, and must be inside of; by default the file's own folder. */
  readonly folder?: string;
  /** What paths begin with on the machine on which the rows were written, e.g. /data/images: taken off. */
  readonly prefix?: string;
  /** Of a folder of a video's frames: how many are shown, the first, the last, and evenly between. */
  readonly frames: number;
}

/** The file, or the frames, that a row of `file` names. Throws `RowProblem`. */
export function locatedPictures(file: string, path: string, places: PicturePlaces, field: string): string[] {
  const folder = places.folder ?? dirname(file);
  const named = withoutPrefix(path.replace(/^file:\/\//, ""), places.prefix);
  const absolute = resolve(folder, named);
  const inside = relative(folder, absolute);
  if (path.includes("\0")) throw new RowProblem(`${field}: ${quoted(path)} has a NUL, expected a path`);
  if (inside === ".." || inside.startsWith(`..${sep}`) || isAbsolute(inside))
    throw new RowProblem(
      `${field}: ${quoted(path)} is outside ${folder}; expected a path inside it (pictureFolder names another folder, picturePrefix what such paths begin with)`,
    );
  const found = statSync(absolute, { throwIfNoEntry: false });
  if (found === undefined) throw new RowProblem(`${field}: ${quoted(path)}: no such file in ${folder}`, absolute);
  if (found.isFile()) return [absolute];
  if (!found.isDirectory()) throw new RowProblem(`${field}: ${quoted(path)} is not a file`);
  return framesOf(absolute, places.frames, `${field}: ${quoted(path)}`);
}

function withoutPrefix(path: string, prefix: string | undefined): string {
  if (prefix === undefined) return path;
  const start = prefix.endsWith("/") ? prefix : `${prefix}/`;
  return path.startsWith(start) ? path.slice(start.length) : path;
}

const pictureSuffixes = new Set([".png", ".jpg", ".jpeg", ".webp", ".gif", ".tif", ".tiff", ".avif"]);

function framesOf(folder: string, count: number, what: string): string[] {
  const names = readdirSync(folder)
    .filter((name) => pictureSuffixes.has(extname(name).toLowerCase()) && existsSync(join(folder, name)))
    .sort();
  if (names.length === 0)
    throw new RowProblem(`${what} is a folder without pictures, expected a picture, or a folder of a video's frames`);
  const shown = Math.min(count, names.length);
  return Array.from({ length: shown }, (_, index) =>
    join(folder, names[shown === 1 ? 0 : Math.floor((index * (names.length - 1)) / (shown - 1))]!),
  );
}

const heads: readonly (readonly [string, RegExp])[] = [
  ["png", /^\u0089PNG\r\n/],
  ["jpg", /^\u00FF\u00D8\u00FF/],
  ["gif", /^GIF8/],
  ["webp", /^RIFF[^]{4}WEBP/],
  ["tif", /^(?:II\*|MM.\*)/s],
  ["avif", /^[^]{4}ftypavif/],
];

/** What a picture's bytes are, as a file's ending; bin where they are none that is known. */
export function pictureEnding(bytes: Uint8Array): string {
  const head = Buffer.from(bytes.subarray(0, 16)).toString("latin1");
  return heads.find(([, pattern]) => pattern.test(head))?.[0] ?? "bin";
}

/** The same of a file, by its first bytes. */
export function endingOfFile(path: string): string {
  const descriptor = openSync(path, "r");
  try {
    const head = Buffer.alloc(16);
    readSync(descriptor, head, 0, 16, 0);
    return pictureEnding(head);
  } finally {
    closeSync(descriptor);
  }
}
