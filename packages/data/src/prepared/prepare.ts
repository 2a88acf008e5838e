import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { InputError } from "@rewardlab/core";
import { asideOf, clearKilled } from "../aside.ts";
import type { Format } from "../formats/format.ts";
import { RowProblem, type PictureGiven } from "../formats/given.ts";
import { recognised } from "../formats/recognise.ts";
import { quoted } from "../quoted.ts";
import { Problems } from "../rows.ts";
import { isUnreadable, type RowSource } from "../source.ts";
import { sourceOf } from "../sources/source-of.ts";
import { Appending } from "./appending.ts";
import { fileHash, hashOf } from "./file-hash.ts";
import { itemOfRow, type ItemCare } from "./item-of-row.ts";
import { locatedPictures, pictureEnding, type PicturePlaces } from "./located-picture.ts";

/** Changes whenever the same files and options give other rows. */
const VERSION = 1;

/** How files become items. */
export interface PrepareOptions extends ItemCare, PicturePlaces {
  /** The format of all files; undefined: recognised for each by its columns. */
  readonly format?: Format;
  /** What else of the options the rows depend on: a mapping, which is a format with a name of its own. */
  readonly formatOptions?: unknown;
  readonly broken: "refuse" | "skip";
  /** Of an id that a split has already: an error, or the later ones are numbered. */
  readonly repeatedIds: "refuse" | "number";
  readonly download: boolean;
}

/** What was found in one file. */
export interface FileFound {
  readonly file: string;
  readonly split: string;
  readonly kind: RowSource["kind"];
  readonly format: string;
  readonly rows: number;
  /** Rows that were left out: broken ones, ties, and pairs of one text. */
  readonly broken: number;
  readonly ties: number;
  readonly identical: number;
}

/** What a folder of prepared rows says of itself (prepared.json). */
export interface Prepared {
  readonly version: number;
  /** Of all that the items depend on, wherever it lies. */
  readonly hash: string;
  readonly rows: number;
  readonly pictures: number;
  readonly files: readonly FileFound[];
  /** The first of what is wrong with rows that were left out. */
  readonly problems: readonly string[];
  /** Files that rows which were left out name, and that weren't there. */
  readonly missing: readonly string[];
  /** Changes where one of the pictures' files is written anew. */
  readonly state: string;
}

/** A row as it is kept. */
export interface KeptRow {
  readonly split: string;
  readonly where: string;
  /** Places in the list of pictures, and their files; a URL that isn't fetched yet stands as it is. */
  readonly pictures: readonly (readonly [place: number, file: string])[];
  readonly row: Readonly<Record<string, unknown>>;
}

/** A picture of the list: its file (relative to the folder where it was embedded), or its URL; where it is shown first, and how that row calls it. */
export interface KeptPicture {
  readonly file?: string;
  readonly url?: string;
  /** SHA-256 of its bytes, or of its URL: equal ones are one picture, whatever they are called. */
  readonly hash: string;
  readonly where: string;
  readonly name: string;
}

export const keptFiles = {
  offsets: "offsets.bin",
  description: "prepared.json",
  rows: "rows.jsonl",
  pictures: "pictures.jsonl",
  embedded: "pictures",
};

/**
 * Reads the files of all splits once and keeps their items in a folder of the cache: rows as ours, embedded pictures as files. So a row is found by its place
 * whatever its file was, and only one is in memory. What the cache has of the same files is taken, if the pictures they name are as they were.
 * Throws `InputError` with all that is wrong with the rows, each with its place.
 */
export function preparedFolder(
  files: Readonly<Record<string, readonly string[]>>,
  options: PrepareOptions,
  cache: string,
): { readonly folder: string; readonly prepared: Prepared } {
  const { format, ...others } = options;
  const states = Object.entries(files).map(([split, paths]) => [split, paths.map((path) => [path, stateOf(path)])]);
  const key = hashOf(JSON.stringify([VERSION, format?.name ?? "auto", others, states])).slice(0, 16);
  for (let variant = 0; ; variant++) {
    const folder = join(cache, `preferences-${key}${variant === 0 ? "" : `-${variant}`}`);
    const found = descriptionOf(folder);
    const isAsItWas =
      found !== undefined && found.state === picturesState(folder) && !found.missing.some((path) => existsSync(path));
    if (isAsItWas) return { folder, prepared: found };
    if (existsSync(folder)) continue; // pictures were changed since, and another run may be reading it
    const made = prepare(files, options, folder);
    if (made !== undefined) return { folder, prepared: made };
    variant -= 1; // another process was quicker: what it made is looked at
  }
}

function descriptionOf(folder: string): Prepared | undefined {
  try {
    const found = JSON.parse(readFileSync(join(folder, keptFiles.description), "utf8")) as Prepared;
    return found.version === VERSION ? found : undefined;
  } catch {
    return undefined;
  }
}

/** Changes where a file is written anew; "" where there is none. */
function stateOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? "" : `${found.size} ${found.mtimeMs} ${found.ctimeMs}`;
}

/** Of the pictures that rows name by path. */
function picturesState(folder: string): string {
  const hash = createHash("sha256");
  for (const { file } of keptPictures(folder))
    if (file !== undefined && resolve(folder, file) === file) hash.update(`${file}\n${stateOf(file)}\n`);
  return hash.digest("hex");
}

/** The pictures of a prepared folder, in the order of their places. */
export function* keptPictures(folder: string): Generator<KeptPicture> {
  for (const row of sourceOf(join(folder, keptFiles.pictures)).rows())
    if ("value" in row) yield row.value as unknown as KeptPicture;
}

/** Undefined: another process made the same meanwhile. */
function prepare(
  files: Readonly<Record<string, readonly string[]>>,
  options: PrepareOptions,
  folder: string,
): Prepared | undefined {
  clearKilled(dirname(folder), "preferences");
  const aside = asideOf(folder, "preferences");
  let keeping: Keeping | undefined;
  try {
    mkdirSync(join(aside, keptFiles.embedded), { recursive: true });
    keeping = new Keeping(aside, options);
    for (const [split, paths] of Object.entries(files)) {
      const before = keeping.rows;
      for (const path of paths) keeping.read(split, path);
      if (keeping.rows === before) keeping.empty(paths);
    }
    const prepared = keeping.end();
    writeFileSync(join(aside, keptFiles.description), `${JSON.stringify(prepared, null, 2)}\n`);
    try {
      renameSync(aside, folder);
    } catch (error) {
      if (!existsSync(folder)) throw error;
      return undefined;
    }
    return prepared;
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT"))
      throw new InputError(
        "RL_DATASET_CACHE",
        `${dirname(folder)}: the disk is full, and the rows and embedded pictures of the data must be kept there. Nothing of them was left; make room and run again.`,
        { cause: error },
      );
    throw error;
  } finally {
    keeping?.close();
    rmSync(aside, { recursive: true, force: true });
  }
}

type Named = Omit<KeptPicture, "hash">;

/** The items of all files, as they are read, checked and written one by one. */
class Keeping {
  readonly problems = new Problems();
  rows = 0;
  readonly #folder: string;
  readonly #options: PrepareOptions;
  readonly #found: FileFound[] = [];
  readonly #hash = createHash("sha256");
  readonly #places = new Map<string, number>(); // of pictures, by file or URL
  readonly #hashes: string[] = []; // of pictures, by place
  readonly #whereOfId = new Map<string, string>();
  readonly #rowsFile: Appending;
  readonly #picturesFile: Appending;
  readonly #pictureState = createHash("sha256");
  readonly #offsets: number[] = [];
  readonly #missing: string[] = [];
  #damaged = false;

  constructor(folder: string, options: PrepareOptions) {
    this.#folder = folder;
    this.#options = options;
    this.#rowsFile = new Appending(join(folder, keptFiles.rows));
    this.#picturesFile = new Appending(join(folder, keptFiles.pictures));
  }

  /** All rows of a file. */
  read(split: string, path: string): void {
    const source = sourceOf(path);
    const format = this.#formatOf(source);
    if (format === undefined) return;
    const found = { file: path, split, kind: source.kind, format: format.name, rows: 0, broken: 0, ties: 0, identical: 0 };
    this.#found.push(found);
    for (const raw of source.rows()) {
      if (isUnreadable(raw)) {
        this.problems.add(raw.where, raw.problem);
        found.broken += 1;
        if (raw.ofFile === true) this.#damaged = true;
        continue;
      }
      try {
        const item = itemOfRow(path, raw, format, this.#options);
        if (item === "tie") found.ties += 1;
        else if (item === "identical") found.identical += 1;
        else {
          const id = this.#freeId(split, item.row.id);
          this.#keep(split, raw.where, { ...item.row, id }, this.#picturesOf(path, item.pictures, raw.where));
          this.#whereOfId.set(`${split}/${id}`, raw.where);
          found.rows += 1;
        }
      } catch (error) {
        if (!(error instanceof RowProblem)) throw error;
        this.problems.add(raw.where, error.message);
        if (error.missing !== undefined) this.#missing.push(error.missing);
        found.broken += 1;
      }
    }
  }

  /** A split has no rows: what is wrong with its files says why, or nothing does. */
  empty(paths: readonly string[]): void {
    this.#damaged = true;
    if (this.problems.count === 0) this.problems.add(paths.join(", "), "has no rows that are used, expected at least one");
  }

  #formatOf(source: RowSource): Format | undefined {
    if (this.#options.format !== undefined) return this.#options.format;
    const columns = new Set(source.columns);
    let seen = 0;
    for (const row of source.rows()) {
      if ("value" in row) for (const column of Object.keys(row.value)) columns.add(column);
      if (source.columns !== undefined || ++seen === 20) break;
    }
    const format = columns.size === 0 ? undefined : recognised([...columns]);
    if (format !== undefined && !("problem" in format)) return format;
    this.#damaged = true;
    if (format !== undefined) this.problems.add(source.file, format.problem);
    else {
      const [first] = source.rows();
      if (first !== undefined && isUnreadable(first)) this.problems.add(first.where, first.problem);
      else this.problems.add(source.file, "has no rows, expected at least one");
    }
    return undefined;
  }

  #freeId(split: string, id: string): string {
    const first = this.#whereOfId.get(`${split}/${id}`);
    if (first === undefined) return id;
    if (this.#options.repeatedIds === "refuse")
      throw new RowProblem(
        `id is ${quoted(id)}, which ${first} has already; expected each id once in a split (repeatedIds: number counts them)`,
      );
    for (let count = 2; ; count++) if (!this.#whereOfId.has(`${split}/${id}#${count}`)) return `${id}#${count}`;
  }

  #picturesOf(file: string, given: readonly PictureGiven[], where: string): [number, string][] {
    const located = given.flatMap((picture, index): Named[] => {
      const name = `images[${index}]`;
      if ("path" in picture)
        return locatedPictures(file, picture.path, this.#options, name).map((path) => ({
          file: path,
          where,
          name: `${name} ${picture.path}`,
        }));
      if ("url" in picture) {
        if (!this.#options.download)
          throw new RowProblem(
            `${name} is ${quoted(picture.url)}, expected a file; addresses are fetched where download: true says so`,
          );
        return [{ url: picture.url, where, name: `${name} ${picture.url}` }];
      }
      const hash = hashOf(picture.bytes);
      const path = join(keptFiles.embedded, `${hash}.${pictureEnding(picture.bytes)}`);
      if (!this.#places.has(path)) {
        writeFileSync(join(this.#folder, path), picture.bytes);
        this.#hashes[this.#places.size] = hash;
      }
      this.#place(path, { file: path, where, name });
      return [{ file: path, where, name }];
    });
    return located.map((picture) => {
      const key = picture.file ?? picture.url!;
      return [this.#place(key, picture), key];
    });
  }

  #place(key: string, picture: Named): number {
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    const place = this.#places.size;
    if (picture.url !== undefined) this.#hashes[place] = hashOf(`url ${picture.url}`);
    else if (this.#hashes[place] === undefined) {
      this.#pictureState.update(`${key}\n${stateOf(key)}\n`);
      this.#hashes[place] = fileHash(key);
    }
    this.#places.set(key, place);
    this.#picturesFile.add({ ...picture, hash: this.#hashes[place]! } satisfies KeptPicture);
    return place;
  }

  #keep(split: string, where: string, row: Readonly<Record<string, unknown>>, pictures: [number, string][]): void {
    const kept: KeptRow = { split, where, pictures, row };
    this.#offsets.push(this.#rowsFile.add(kept));
    this.#hash.update(JSON.stringify([split, row, pictures.map(([place]) => this.#hashes[place])]));
    this.rows += 1;
  }

  close(): void {
    this.#rowsFile.close();
    this.#picturesFile.close();
  }

  /** Throws `InputError` where rows are broken and may not be left out. */
  end(): Prepared {
    this.close();
    if (this.#options.broken === "refuse" || this.#damaged || this.rows === 0) this.problems.throwIfAny();
    const offsets = Float64Array.from([...this.#offsets, this.#rowsFile.written]);
    writeFileSync(join(this.#folder, keptFiles.offsets), new Uint8Array(offsets.buffer));
    return {
      version: VERSION,
      hash: this.#hash.digest("hex"),
      rows: this.rows,
      pictures: this.#places.size,
      files: this.#found,
      problems: this.problems.messages,
      missing: this.#missing,
      state: this.#pictureState.digest("hex"),
    };
  }
}
