import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { dataset, Files, InputError, messageOf, type Dataset, type PictureSize, type Split } from "@rewardlab/core";
import { z } from "zod";
import { pictureCache, type PictureCache } from "./picture-cache.ts";
import { concurrently, decodedPicture, MOST_PIXELS, pictureSize } from "./pictures.ts";
import { indexedRows } from "./row-index.ts";
import { eachRow, Problems, strictCare, type RowCare } from "./rows.ts";
import type { DataRow } from "./row.ts";

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
  inject: { files: Files },
  checks: [{ reads: ["splits"], find: splitIssues }],
  create: ({ train, test, splits, cacheMegabytes, pictureMegapixels, ...care }, { files }) => {
    const given = Object.entries({ train, test, ...splits }).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const paths = Object.fromEntries(given.map(([split, path]) => [split, resolve(files.folder, path)]));
    return jsonlDataset(paths, { ...care, cacheBytes: cacheMegabytes * 2 ** 20, mostPixels: pictureMegapixels * 1e6 });
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
  readonly pictures: "decode" | "head" | "unchecked";
  /** Room for decoded pictures, in bytes. */
  readonly cacheBytes: number;
  /** Pixels that a picture may have. */
  readonly mostPixels: number;
  /** The size of all pictures, where it is known without looking. */
  readonly pictureSize?: PictureSize;
}
const defaults: JsonlOptions = { ...strictCare, pictures: "decode", cacheBytes: 256 * 2 ** 20, mostPixels: MOST_PIXELS };

/** The dataset whose splits are these JSONL files (absolute paths). */
export function jsonlDataset(files: Readonly<Record<string, string>>, given: Partial<JsonlOptions> = {}): Dataset {
  const options = { ...defaults, ...given };
  const opened = new Map<string, Promise<Split>>();
  const cache = pictureCache(options.cacheBytes, (picture) => decodedPicture(picture, options.mostPixels));
  let hash: string | undefined;
  return {
    splits: Object.keys(files),
    get hash() {
      return (hash ??= hashOfFiles(files, options));
    },
    async open(split) {
      const path = files[split];
      if (path === undefined || !Object.hasOwn(files, split)) {
        const known = Object.keys(files).join(", ");
        throw new InputError("RL_DATASET_SPLIT", `dataset: no split ${split}; the splits are ${known}`);
      }
      if (!opened.has(split)) opened.set(split, openedSplit(path, options, cache));
      return opened.get(split)!;
    },
  };
}

/** A file's items. All rows and, as the options say, all pictures are checked first. */
async function openedSplit(path: string, options: JsonlOptions, cache: PictureCache): Promise<Split> {
  const problems = new Problems();
  // A picture that several rows show is looked at once; an error names its first use.
  const uses = new Map<string, { readonly where: string; readonly name: string }>();
  const checked = options.pictures !== "unchecked";
  const rows = indexedRows(path, problems, options, ({ row, where, pictures }) => {
    if (!checked) return;
    pictures.forEach((picture, index) => {
      if (!uses.has(picture)) uses.set(picture, { where, name: pictureName(row, index) });
    });
  });
  problems.throwIfAny();
  const sizes = new Map<string, PictureSize>();
  const size = async (picture: string): Promise<PictureSize> => {
    const known = options.pictureSize ?? sizes.get(picture) ?? (await pictureSize(picture, options.mostPixels));
    if (options.pictureSize === undefined) sizes.set(picture, known);
    return known;
  };
  const look = async (picture: string): Promise<PictureSize> => {
    if (options.pictures === "head") return size(picture);
    const { width, height } = await cache.get(picture);
    sizes.set(picture, { width, height });
    return { width, height };
  };
  const found = await concurrently([...uses.keys()], 16, (picture) => look(picture).then(() => null, messageOf));
  [...uses.values()].forEach(({ where, name }, index) => {
    if (found[index] !== null) problems.add(where, `${name}: ${found[index]}`);
  });
  problems.throwIfAny();

  const itemAt = async <P>(index: number, read: (picture: string) => Promise<P>) => {
    const { row, where } = rows.row(index);
    const images = row.images.map(async (image, at) => {
      const picture = resolve(dirname(path), image);
      try {
        return { path: picture, pixels: await read(picture) };
      } catch (error) {
        throw new InputError("RL_DATASET", `${where}: ${pictureName(row, at)}: ${messageOf(error)}`, { cause: error });
      }
    });
    return { ...row, where, images: await Promise.all(images) };
  };
  return { length: rows.length, item: (index) => itemAt(index, cache.get), outline: (index) => itemAt(index, size) };
}

const pictureName = ({ images }: Pick<DataRow, "images">, index: number) => `images[${index}] ${images[index]}`;

/** SHA-256 over every split's name, its file's bytes, and the bytes of its pictures in the rows' order. */
export function hashOfFiles(files: Readonly<Record<string, string>>, care: RowCare = strictCare): string {
  const hash = createHash("sha256");
  const problems = new Problems();
  const places = new Map<string, number>(); // of a picture's hash
  const hashes: Buffer[] = [];
  for (const [split, path] of Object.entries(files)) {
    const shown: number[] = [];
    let rows = 0;
    eachRow(path, problems, care, ({ pictures }) => {
      rows += 1;
      for (const picture of pictures) {
        const place = places.get(picture) ?? places.size;
        places.set(picture, place);
        shown.push(place);
      }
    });
    problems.throwIfAny();
    for (const picture of [...places.keys()].slice(hashes.length)) hashes.push(sha256(picture));
    hash.update(JSON.stringify([split, rows])).update(sha256(path));
    for (const place of shown) hash.update(hashes[place]!);
  }
  return hash.digest("hex");
}

/** Of a file's bytes, read in pieces. */
function sha256(path: string): Buffer {
  const hash = createHash("sha256");
  const descriptor = openSync(path, "r");
  try {
    const piece = Buffer.alloc(2 ** 16);
    for (let read = readSync(descriptor, piece); read > 0; read = readSync(descriptor, piece))
      hash.update(piece.subarray(0, read));
  } finally {
    closeSync(descriptor);
  }
  return hash.digest();
}
