import { join, relative, resolve, sep } from "node:path";
import { InputError, type Dataset, type Split } from "@rewardlab/core";
import { mappingFormat } from "./formats/mapping.ts";
import { formats } from "./formats/recognise.ts";
import { pictureCache } from "./picture-cache.ts";
import { decodedPicture } from "./pictures.ts";
import { filesOf, splitsInFolder, type Where } from "./preferences-files.ts";
import type { Options } from "./preferences-options.ts";
import { hashOf } from "./prepared/file-hash.ts";
import { OpenedRows, picturesFound, type PicturesFound } from "./prepared/opened.ts";
import { keptPictures, preparedFolder, type Prepared, type PrepareOptions } from "./prepared/prepare.ts";
import { dividesRows, viewsOf, type View, type ViewOptions } from "./prepared/views.ts";

/** Options of the dataset with the folders that paths are relative to, and that prepared rows are kept in. */
export interface PreferencesOptions extends Omit<Options, "cacheMegabytes"> {
  readonly base: string;
  readonly cache: string;
  /** Room for decoded pictures, in bytes. */
  readonly cacheBytes: number;
}

/** What is told while pictures are looked at, and of what was left out. */
export interface Told {
  update(done: number, total: number): void;
  note(message: string): void;
}

/** The dataset of these options. */
export function preferencesDataset(options: PreferencesOptions, told: Told = { update: () => {}, note: () => {} }): Dataset {
  let files: Record<string, string[]> | undefined;
  const filesOnce = () => (files ??= filesBySplit(options));
  let made: { readonly folder: string; readonly prepared: Prepared } | undefined;
  const preparedOnce = () => (made ??= preparedFolder(filesOnce(), prepareOptions(options), options.cache));
  const viewing = viewOptions(options);
  const mostPixels = options.pictureMegapixels * 1e6;
  const cache = pictureCache(options.cacheBytes, (picture) => decodedPicture(picture, mostPixels));
  let opened: Promise<(split: string) => Split> | undefined;
  const openOnce = async () => {
    const { folder, prepared } = preparedOnce();
    const downloads = join(options.cache, "preferences-downloads");
    const found = await picturesFound(folder, prepared, {
      pictures: options.pictures,
      broken: options.broken,
      downloads,
      cache,
      mostPixels,
      onProgress: told.update,
    });
    const rows = new OpenedRows(folder, prepared, downloads);
    const views = viewsOfRows(folder, prepared, rows, found, viewing);
    for (const line of leftOut(prepared, found)) told.note(line);
    return (split: string) => rows.split(views.get(split) ?? { rows: new Int32Array(), flipped: new Set() }, found.sizes, cache);
  };
  const dataset: Dataset = {
    get splits() {
      const own = Object.keys(viewing.shares);
      return [...new Set([...Object.keys(filesOnce()), ...own, ...(viewing.heldOut.length > 0 ? ["heldOut"] : [])])];
    },
    get hash() {
      const { prepared } = preparedOnce();
      return hashOf(JSON.stringify([prepared.hash, viewing, options.broken === "skip" ? options.pictures : null]));
    },
    get details() {
      const { files: found, problems } = preparedOnce().prepared;
      const shown = found.map((one) => ({ ...one, file: relative(options.base, one.file) }));
      return { files: shown, problems: problems.map((problem) => problem.replaceAll(`${options.base}${sep}`, "")) };
    },
    async open(split) {
      if (!dataset.splits.includes(split)) {
        const known = dataset.splits.join(", ");
        throw new InputError("RL_DATASET_SPLIT", `dataset: no split ${split}; the splits are ${known}`);
      }
      return (await (opened ??= openOnce()))(split);
    },
  };
  return dataset;
}

function filesBySplit({ base, file, files, folder, train, test, splits }: PreferencesOptions): Record<string, string[]> {
  const inFolder = folder === undefined ? {} : splitsInFolder(resolve(base, folder));
  const given: Record<string, Where | undefined> = { train: train ?? file ?? files, test, ...splits };
  const named = Object.entries(given).flatMap(([split, where]) =>
    where === undefined ? [] : [[split, filesOf(where, base)] as const],
  );
  return { ...inFolder, ...Object.fromEntries(named) };
}

/** How the rows of these options are read. */
export function prepareOptions(options: Omit<PreferencesOptions, "cache" | "cacheBytes">): PrepareOptions {
  const { mapping, format, ties, identical, otherFields, order, seed, broken, repeatedIds, download, base } = options;
  const fixed = mapping === undefined ? formats.find(({ name }) => name === format) : mappingFormat(mapping);
  return {
    ...(fixed === undefined ? {} : { format: fixed }),
    ...(mapping === undefined ? {} : { formatOptions: mapping }),
    ties,
    identical,
    otherFields,
    order,
    seed,
    broken,
    repeatedIds,
    download,
    frames: options.videoFrames,
    ...(options.pictureFolder === undefined ? {} : { folder: resolve(base, options.pictureFolder) }),
    ...(options.picturePrefix === undefined ? {} : { prefix: options.picturePrefix }),
  };
}

function viewOptions({ split, heldOut, fraction, labelNoise, seed }: PreferencesOptions): ViewOptions {
  const shares = Object.fromEntries(
    (["test", "validation"] as const).flatMap((name) => (split?.[name] === undefined ? [] : [[name, split[name]]])),
  );
  return {
    shares,
    by: split?.by ?? "picture",
    splitSeed: split?.seed ?? 1,
    heldOut,
    seed,
    ...(fraction === undefined ? {} : { fraction }),
    ...(labelNoise === undefined ? {} : { labelNoise }),
  };
}

/** Rows without a broken picture, by split. Where nothing divides them, their files do, and no row is read. */
function viewsOfRows(
  folder: string,
  prepared: Prepared,
  rows: OpenedRows,
  found: PicturesFound,
  options: ViewOptions,
): ReadonlyMap<string, View> {
  const usable = (row: number) =>
    found.problems.size === 0 || !rows.row(row).pictures.some(([place]) => found.problems.has(place));
  if (dividesRows(options)) {
    const hashes = Array.from(keptPictures(folder), ({ hash }) => hash);
    return viewsOf(rows.outlines(hashes), usable, options);
  }
  const places = new Map<string, number[]>();
  let from = 0;
  for (const { split, rows: count } of prepared.files) {
    const list = places.get(split) ?? [];
    for (let row = from; row < from + count; row++) if (usable(row)) list.push(row);
    places.set(split, list);
    from += count;
  }
  return new Map([...places].map(([split, list]) => [split, { rows: Int32Array.from(list), flipped: new Set<number>() }]));
}

/** What was left out of each file, in a line. */
function leftOut(prepared: Prepared, { problems }: PicturesFound): string[] {
  const files = prepared.files.flatMap(({ file, format, rows, broken, ties, identical }) => {
    const counts = [
      ...(broken > 0 ? [`${broken} broken`] : []),
      ...(ties > 0 ? [`${ties} without a preference`] : []),
      ...(identical > 0 ? [`${identical} of two responses that are one text`] : []),
    ];
    return counts.length === 0 ? [] : [`${file} (${format}): ${rows} rows; left out: ${counts.join(", ")}`];
  });
  const pictures = problems.size === 0 ? [] : [`left out: the rows of ${problems.size} pictures that can't be used`];
  return [...files, ...prepared.problems.slice(0, 3), ...pictures, ...[...problems.values()].slice(0, 3)];
}
