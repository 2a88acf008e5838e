import { closeSync, existsSync, openSync, readFileSync, readSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  checkedIndex,
  InputError,
  messageOf,
  type ItemOutline,
  type PictureSize,
  type Pixels,
  type Split,
} from "@rewardlab/core";
import { writeFileAtomic } from "@rewardlab/storage";
import type { PictureCache } from "../picture-cache.ts";
import { concurrently, pictureSize } from "../pictures.ts";
import { Problems } from "../rows.ts";
import { downloaded } from "./download.ts";
import { keptFiles, keptPictures, type KeptPicture, type KeptRow, type Prepared } from "./prepare.ts";
import type { RowOutline, View } from "./views.ts";

/** How the pictures of prepared rows are looked at. */
export interface OpenOptions {
  readonly pictures: "decode" | "head";
  readonly broken: "refuse" | "skip";
  /** Where pictures of addresses are kept. */
  readonly downloads: string;
  readonly cache: PictureCache;
  /** Pixels that a picture may have. */
  readonly mostPixels: number;
  readonly onProgress: (done: number, total: number) => void;
}

/** What looking at every picture once came to. */
export interface PicturesFound {
  /** Width and height of each picture, by place; 0 where it can't be used. */
  readonly sizes: Uint32Array;
  /** What is wrong with those. */
  readonly problems: ReadonlyMap<number, string>;
}

/**
 * Looks at every picture once: decoded or by its head, after it was fetched where it is an address. What it came to is kept beside the rows, so the next start
 * looks at none. Throws `InputError` where some can't be used and `broken` is refuse.
 */
export async function picturesFound(folder: string, prepared: Prepared, options: OpenOptions): Promise<PicturesFound> {
  const file = join(folder, `checked-${options.pictures}-${options.mostPixels}.json`);
  const kept = keptChecks(file, prepared);
  const found = kept ?? (await lookedAt(folder, prepared, options));
  // What a server didn't answer isn't kept: it may answer the next time.
  if (kept === undefined && !found.problems.some(({ fetched }) => fetched)) writeFileAtomic(file, JSON.stringify(found));
  if (options.broken === "refuse") {
    const problems = new Problems();
    for (const { where, problem } of found.problems) problems.add(where, problem);
    problems.throwIfAny();
  }
  return {
    sizes: Uint32Array.from(found.sizes),
    problems: new Map(found.problems.map(({ place, where, problem }) => [place, `${where}: ${problem}`])),
  };
}

interface Checks {
  readonly sizes: readonly number[];
  readonly problems: readonly {
    readonly place: number;
    readonly where: string;
    readonly problem: string;
    readonly fetched: boolean;
  }[];
}

function keptChecks(file: string, prepared: Prepared): Checks | undefined {
  try {
    const checks = JSON.parse(readFileSync(file, "utf8")) as Checks;
    return checks.sizes.length === 2 * prepared.pictures ? checks : undefined;
  } catch {
    return undefined;
  }
}

async function lookedAt(folder: string, prepared: Prepared, options: OpenOptions): Promise<Checks> {
  const sizes = Array.from({ length: 2 * prepared.pictures }, () => 0);
  const problems: Checks["problems"][number][] = [];
  const pictures = keptPictures(folder);
  let place = 0;
  for (let batch = take(pictures, BATCH); batch.length > 0; batch = take(pictures, BATCH)) {
    const from = place;
    await concurrently(batch, 16, async (picture, index) => {
      const at = from + index;
      try {
        const { width, height } = await looked(folder, picture, options);
        [sizes[2 * at], sizes[2 * at + 1]] = [width, height];
      } catch (error) {
        const problem = `${picture.name}: ${messageOf(error)}`;
        problems.push({ place: at, where: picture.where, problem, fetched: picture.url !== undefined });
      }
    });
    place += batch.length;
    options.onProgress(place, prepared.pictures);
  }
  problems.sort((a, b) => a.place - b.place);
  return { sizes, problems };
}

const BATCH = 256;

function take<T>(values: Iterator<T>, count: number): T[] {
  const taken: T[] = [];
  while (taken.length < count) {
    const next = values.next();
    if (next.done === true) break;
    taken.push(next.value);
  }
  return taken;
}

async function looked(
  folder: string,
  picture: KeptPicture,
  { pictures, downloads, cache, mostPixels }: OpenOptions,
): Promise<PictureSize> {
  const path = picture.url === undefined ? resolve(folder, picture.file!) : await downloaded(picture.url, downloads);
  return pictures === "head" ? pictureSize(path, mostPixels) : cache.get(path);
}

/** Prepared rows by their places, and the items of splits that are some of them. */
export class OpenedRows {
  readonly #folder: string;
  readonly #offsets: Float64Array;
  readonly #downloads: string;

  constructor(folder: string, { rows }: Prepared, downloads: string) {
    this.#folder = folder;
    this.#downloads = downloads;
    const bytes = readFileSync(join(folder, keptFiles.offsets));
    if (bytes.length !== 8 * (rows + 1)) throw changed(folder);
    this.#offsets = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  }

  get length(): number {
    return this.#offsets.length - 1;
  }

  row(index: number): KeptRow {
    const [start, end] = [this.#offsets[index]!, this.#offsets[index + 1]!];
    const bytes = Buffer.allocUnsafe(end - start);
    try {
      const descriptor = openSync(join(this.#folder, keptFiles.rows), "r");
      try {
        if (readSync(descriptor, bytes, 0, bytes.length, start) === bytes.length) return JSON.parse(bytes.toString()) as KeptRow;
      } finally {
        closeSync(descriptor);
      }
    } catch (error) {
      throw changed(this.#folder, error);
    }
    throw changed(this.#folder);
  }

  /** What of each row decides which split it is in; `hashes`: of the pictures, by place. */
  outlines(hashes: readonly string[]): RowOutline[] {
    return Array.from({ length: this.length }, (_, index) => {
      const { split, row, pictures } = this.row(index);
      const { id, kind, group, preferred } = row as { id: string; kind?: string; group?: string; preferred: unknown };
      return {
        split,
        id,
        ...(kind === undefined ? {} : { kind }),
        ...(group === undefined ? {} : { group }),
        pictures: pictures.map(([place]) => hashes[place]!),
        isTie: preferred === "tie",
      };
    });
  }

  /** The items of a view. */
  split({ rows, flipped }: View, sizes: Uint32Array, cache: PictureCache): Split {
    const itemAt = async <P>(index: number, read: (place: number, path: string) => Promise<P>) => {
      const at = rows[checkedIndex(index, rows.length)]!;
      const { row, where, pictures } = this.row(at);
      const images = pictures.map(async ([place, file], picture) => {
        try {
          const path = await this.#pathOf(file);
          return { path, pixels: await read(place, path) };
        } catch (error) {
          throw new InputError("RL_DATASET", `${where}: images[${picture}] ${file}: ${messageOf(error)}`, { cause: error });
        }
      });
      const item = row as unknown as Omit<ItemOutline, "images" | "where">;
      const preferred = flipped.has(at) && item.preferred !== "tie" ? (item.preferred === 1 ? 2 : 1) : item.preferred;
      return { ...item, preferred: preferred as ItemOutline["preferred"], where, images: await Promise.all(images) };
    };
    return {
      length: rows.length,
      item: (index) => itemAt<Pixels>(index, (_, path) => cache.get(path)),
      outline: (index) =>
        itemAt<PictureSize>(index, async (place) => ({ width: sizes[2 * place]!, height: sizes[2 * place + 1]! })),
      prefetch: (indices) => {
        let room = cache.most / 2; // what is used now has the other half
        for (const index of indices)
          for (const [place, file] of this.row(rows[index]!).pictures) {
            if ((room -= sizes[2 * place]! * sizes[2 * place + 1]! * 3) < 0) return;
            // told when the item is asked for
            void this.#pathOf(file)
              .then((path) => cache.get(path))
              .catch(() => {});
          }
      },
    };
  }

  async #pathOf(file: string): Promise<string> {
    return /^https?:\/\//i.test(file) ? downloaded(file, this.#downloads) : resolve(this.#folder, file);
  }
}

function changed(folder: string, cause?: unknown): InputError {
  const state = existsSync(folder) ? "it was changed since it was made" : "it was removed while it was in use";
  return new InputError(
    "RL_DATASET_CHANGED",
    `${folder}: ${state}. Remove what is left of it and run again: it is made anew from the data.`,
    { cause },
  );
}
