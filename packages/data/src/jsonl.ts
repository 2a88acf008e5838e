import { createHash } from "node:crypto";
import { dirname, resolve } from "node:path";
import {
  dataset,
  Files,
  InputError,
  isInputError,
  messageOf,
  Progress,
  type Dataset,
  type PictureSize,
  type Split,
} from "@rewardlab/core";
import { z } from "zod";
import {
  checkPictures,
  lookForPictures,
  pictureHash,
  pictureName,
  unchangedPicture,
  type PictureCheck,
} from "./checked-pictures.ts";
import { KnownPictures } from "./known-pictures.ts";
import { pictureCache, type PictureCache } from "./picture-cache.ts";
import { MOST_PIXELS, pictureSize } from "./pictures.ts";
import { indexedRows, type RowIndex } from "./row-index.ts";
import { Problems, strictCare, type RowCare } from "./rows.ts";

/**
 * jsonl: preference items from JSONL files, one a split, with their pictures beside them. The README describes a row.
 *
 * Every row is checked before anything is trained on, and what is wrong is reported together, with file and line. After that a split is an index of
 * its rows: a row is read and its pictures are decoded when an item is used, at their own size (resizing is the model's business), and the last
 * used pictures stay decoded.
 */
const file = z.string().min(1);
export const jsonl = dataset({
  name: "jsonl",
  summary: "your own preference data: a JSONL file for each split, and pictures",
  options: z.strictObject({
    train: file.optional().describe("JSONL file of the split train, relative to the experiment file"),
    test: file.optional().describe("JSONL file of the split test"),
    splits: z
      .record(z.string().regex(/^\w[\w-]*$/), file)
      .default({})
      .describe("further splits: JSONL files by name"),
    identical: z
      .enum(["refuse", "keep"])
      .default("refuse")
      .describe("rows whose two responses are the same text: refuse: an error; keep: they count as written"),
    ties: z
      .enum(["refuse", "drop", "keep"])
      .default("refuse")
      .describe(
        'rows whose preferred is "tie": refuse: an error; drop: they are left out; keep: tie is the right answer to them',
      ),
    otherFields: z
      .enum(["refuse", "keep"])
      .default("refuse")
      .describe("fields that are none of a row's: refuse: an error; keep: they go along in the item's extra"),
    pictures: z
      .enum(["decode", "head"])
      .default("decode")
      .describe(
        "how all pictures are checked at first: decode: each is decoded once; head: quicker, what breaks off is told when it is used",
      ),
    pictureMegapixels: z
      .number()
      .positive()
      .default(MOST_PIXELS / 1e6)
      .describe("most pixels of a picture, in millions; one of more is refused before it is decoded"),
    cacheMegabytes: z.number().min(0).default(256).describe("room for decoded pictures, in 2²⁰ bytes; the last used stay"),
  }),
  inject: { files: Files, progress: Progress },
  checks: [{ reads: ["splits"], find: splitIssues }],
  create: ({ train, test, splits, cacheMegabytes, pictureMegapixels, ...care }, { files, progress }) => {
    const given = Object.entries({ train, test, ...splits }).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const paths = Object.fromEntries(given.map(([split, path]) => [split, resolve(files.folder, path)]));
    const cacheBytes = cacheMegabytes * 2 ** 20;
    const mostPixels = pictureMegapixels * 1e6;
    return jsonlDataset(paths, { ...care, mostPixels, cacheBytes, cacheFolder: files.cache, progress });
  },
});

function splitIssues({ train, test, splits }: { train?: string; test?: string; splits: Record<string, string> }) {
  const twice = Object.keys(splits).filter(
    (name) => (name === "train" && train !== undefined) || (name === "test" && test !== undefined),
  );
  if (train === undefined && test === undefined && Object.keys(splits).length === 0)
    return [{ path: [], message: "names no file, expected at least one split, e.g. train: train.jsonl" }];
  return twice.map((name) => ({ path: ["splits", name], message: `${name} is given twice` }));
}

export interface JsonlOptions extends RowCare {
  /** How pictures are checked when a split is opened. */
  readonly pictures: PictureCheck | "unchecked";
  /** Room for decoded pictures, in bytes. */
  readonly cacheBytes: number;
  /** Pixels that a picture may have. */
  readonly mostPixels: number;
  /** The size of all pictures, where it is known without looking. */
  readonly pictureSize?: PictureSize;
  /** Where it is remembered what was found out about files; undefined: nowhere. */
  readonly cacheFolder?: string;
  readonly progress?: Progress;
}
const defaults: JsonlOptions = {
  ...strictCare,
  pictures: "decode",
  cacheBytes: 256 * 2 ** 20,
  mostPixels: MOST_PIXELS,
};

/** The dataset whose splits are these JSONL files (absolute paths). */
export function jsonlDataset(files: Readonly<Record<string, string>>, given: Partial<JsonlOptions> = {}): Dataset {
  const options = { ...defaults, ...given };
  const { cacheFolder: folder, progress } = options;
  const told = (message: string) => progress?.note(message);
  const cache = folder === undefined ? undefined : { folder, told };
  let store: KnownPictures | undefined;
  const known = () => (store ??= new KnownPictures(folder, told));
  const decoded = pictureCache(options.cacheBytes, (picture) => unchangedPicture(picture, known(), options.mostPixels));
  const indexes = new Map<string, RowIndex>();
  /** A file's rows, all checked, with its pictures there. Throws `InputError`. */
  const rowsOf = (path: string): RowIndex => {
    const there = indexes.get(path);
    if (there !== undefined) return there;
    const problems = new Problems();
    const rows = indexedRows(path, problems, options, cache);
    problems.throwIfAny();
    if (options.pictures !== "unchecked") lookForPictures(rows, known(), problems);
    problems.throwIfAny();
    indexes.set(path, rows);
    return rows;
  };
  const opened = new Map<string, Promise<Split>>();
  let hash: string | undefined;
  return {
    splits: Object.keys(files),
    get hash() {
      return (hash ??= hashOfRows(
        Object.entries(files).map(([split, path]) => [split, rowsOf(path)]),
        known(),
      ));
    },
    async open(split) {
      const path = files[split];
      if (path === undefined || !Object.hasOwn(files, split)) {
        const all = Object.keys(files).join(", ");
        throw new InputError("RL_DATASET_SPLIT", `dataset: no split ${split}; the splits are ${all}`);
      }
      const there = opened.get(split);
      if (there !== undefined) return there;
      const opening = openedSplit(path, () => rowsOf(path), { options, decoded, known: known() });
      opened.set(split, opening);
      return opening;
    },
  };
}

interface Opening {
  readonly options: JsonlOptions;
  readonly decoded: PictureCache;
  readonly known: KnownPictures;
}

/** A file's items. All rows and, as the options say, all pictures are checked first. */
async function openedSplit(path: string, read: () => RowIndex, { options, decoded, known }: Opening): Promise<Split> {
  const rows = read();
  const { mostPixels, progress } = options;
  if (options.pictures !== "unchecked")
    await checkPictures(rows, known, { check: options.pictures, mostPixels, decode: decoded.get, progress });
  const sizes = new Map<string, PictureSize>(); // of what isn't checked
  const size = async (picture: string): Promise<PictureSize> => {
    const { width, height } = known.last(picture) ?? {};
    if (width !== undefined && height !== undefined) return { width, height };
    const found = options.pictureSize ?? sizes.get(picture) ?? (await pictureSize(picture, mostPixels));
    if (options.pictureSize === undefined) sizes.set(picture, found);
    return found;
  };
  const itemAt = async <P>(index: number, look: (picture: string) => Promise<P>) => {
    const { row, where } = rows.row(index);
    const images = row.images.map(async (image, at) => {
      const picture = resolve(dirname(path), image);
      try {
        return { path: picture, pixels: await look(picture) };
      } catch (error) {
        const code = isInputError(error) ? error.code : "RL_DATASET";
        throw new InputError(code, `${where}: ${pictureName(row, at)}: ${messageOf(error)}`, { cause: error });
      }
    });
    return { ...row, where, images: await Promise.all(images) };
  };
  return {
    length: rows.length,
    item: (index) => itemAt(index, decoded.get),
    outline: (index) => itemAt(index, size),
    prefetch(indices) {
      let room = options.cacheBytes / 2; // what is used now has the other half
      for (const index of indices)
        for (const place of rows.shown.subarray(rows.ends[index - 1] ?? 0, rows.ends[index])) {
          const picture = rows.pictures[place]!;
          const { width, height } = known.last(picture) ?? options.pictureSize ?? {};
          if (width === undefined || height === undefined || (room -= width * height * 3) < 0) return;
          decoded.get(picture).catch(() => {}); // told when the item is asked for
        }
    },
  };
}

/** SHA-256 over every split's name, its file's bytes, and the bytes of its pictures in the rows' order. */
export function hashOfFiles(files: Readonly<Record<string, string>>, care: RowCare = strictCare): string {
  const problems = new Problems();
  const splits = Object.entries(files).map(([split, path]): [string, RowIndex] => {
    const rows = indexedRows(path, problems, care);
    problems.throwIfAny();
    return [split, rows];
  });
  return hashOfRows(splits, new KnownPictures());
}

function hashOfRows(splits: readonly (readonly [split: string, rows: RowIndex])[], known: KnownPictures): string {
  const hash = createHash("sha256");
  for (const [split, rows] of splits) {
    const hashes = rows.pictures.map((picture) => pictureHash(picture, known));
    hash.update(JSON.stringify([split, rows.length])).update(rows.sha256);
    for (const place of rows.shown) hash.update(hashes[place]!);
  }
  known.flush();
  return hash.digest("hex");
}
