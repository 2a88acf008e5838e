import { copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, extname, join, resolve, sep } from "node:path";
import { InputError, messageOf } from "@rewardlab/core";
import { prepareOptions } from "./preferences-dataset.ts";
import { filesInFolder } from "./preferences-files.ts";
import { preferencesOptions, type Options } from "./preferences-options.ts";
import { Appending } from "./prepared/appending.ts";
import { downloaded } from "./prepared/download.ts";
import { endingOfFile } from "./prepared/located-picture.ts";
import { rowSchema } from "./row.ts";
import { OpenedRows } from "./prepared/opened.ts";
import { keptPictures, preparedFolder, type FileFound, type KeptPicture, type Prepared } from "./prepared/prepare.ts";

/** How rows are read; what is left out is as in the dataset preferences, but that ties and pairs of one text are kept. */
export type ReadOptions = Partial<
  Pick<
    Options,
    | "format"
    | "mapping"
    | "ties"
    | "identical"
    | "broken"
    | "repeatedIds"
    | "order"
    | "seed"
    | "pictureFolder"
    | "picturePrefix"
    | "download"
    | "videoFrames"
  >
>;

/** What a conversion or a division wrote. */
export interface Written {
  readonly file: string;
  readonly rows: number;
}

/** The options of the dataset for these; throws `InputError` for one that can't be. */
function readingOptions(given: ReadOptions, base: string) {
  const { success, data, error } = preferencesOptions.safeParse({ ties: "keep", identical: "keep", ...given, file: "-" });
  if (!success) {
    const issues = error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
    throw new InputError("RL_DATASET", `data: ${issues.join("; ")}`);
  }
  return prepareOptions({ ...data, base });
}

/** Rows of a file, or of a folder's files, prepared in a folder of their own, which is removed in the end. */
export async function withRows<T>(
  from: string,
  beside: string,
  given: ReadOptions,
  use: (rows: OpenedRows, prepared: Prepared, folder: string) => Promise<T>,
): Promise<T> {
  const isFolder = statSync(from, { throwIfNoEntry: false })?.isDirectory() === true;
  mkdirSync(dirname(beside), { recursive: true });
  const aside = mkdtempSync(join(dirname(beside), ".rewardlab-data-"));
  try {
    const { folder, prepared } = preparedFolder(
      { train: isFolder ? filesInFolder(from) : [from] },
      readingOptions(given, process.cwd()),
      aside,
    );
    return await use(new OpenedRows(folder, prepared, join(aside, "downloads")), prepared, folder);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

/**
 * Writes the rows of any file or folder that can be read as our own rows: JSON lines, or a JSON array where `to` ends in .json. Their pictures are copied into the folder
 * images beside it, each once, called by their bytes. `to` is there whole or not at all. Throws `InputError` where it is there already.
 */
export async function convertPreferences(
  from: string,
  to: string,
  options: ReadOptions = {},
): Promise<Written & { readonly files: readonly FileFound[]; readonly pictures: number; readonly problems: readonly string[] }> {
  checkedTarget(to);
  return withRows(resolve(from), resolve(to), options, async (rows, prepared, folder) => {
    const every = Array.from({ length: rows.length }, (_, index) => index);
    const pictures = await copiedPictures(folder, dirname(resolve(to)), dirname(folder));
    writeRows(resolve(to), rows, every, pictures);
    return { file: to, rows: rows.length, files: prepared.files, pictures: new Set(pictures).size, problems: prepared.problems };
  });
}

/** Throws where `to` can't be written as rows. */
export function checkedTarget(to: string): void {
  if (![".jsonl", ".json"].includes(extname(to).toLowerCase()))
    throw new InputError(
      "RL_DATASET",
      `${to}: rows are written as JSON lines or as a JSON array, expected a name that ends in .jsonl or .json`,
    );
  if (existsSync(to))
    throw new InputError("RL_FOLDER_TAKEN", `${to}: is there already, expected a new file. Nothing was written`);
}

/** Copies the pictures of prepared rows to images/ in `folder`; their paths in it by place. Equal bytes are one file. */
export async function copiedPictures(prepared: string, folder: string, downloads: string): Promise<string[]> {
  const paths: string[] = [];
  for (const picture of keptPictures(prepared)) paths.push(await copiedPicture(picture, prepared, folder, downloads));
  return paths;
}

async function copiedPicture(picture: KeptPicture, prepared: string, folder: string, downloads: string): Promise<string> {
  const { file, url, hash, where, name } = picture;
  try {
    const source = url === undefined ? resolve(prepared, file!) : await downloaded(url, downloads);
    const path = join("images", `${hash.slice(0, 32)}${extname(source) || `.${endingOfFile(source)}`}`);
    const target = join(folder, path);
    if (!existsSync(target)) {
      mkdirSync(dirname(target), { recursive: true });
      copyFileSync(source, `${target}.part`);
      renameSync(`${target}.part`, target);
    }
    return path.replaceAll(sep, "/");
  } catch (error) {
    throw new InputError("RL_DATASET", `${where}: ${name}: ${messageOf(error)}`, { cause: error });
  }
}

/** What else a row says, but for what would pass for one of our own fields: R1-Reward's answer is a list, say. */
const withoutOwn = (extra: Readonly<Record<string, unknown>> = {}): Record<string, unknown> =>
  Object.fromEntries(Object.entries(extra).filter(([name]) => !Object.hasOwn(rowSchema.shape, name)));

/** Writes rows of ours; `pictures`: paths by place, relative to the file's folder. */
export function writeRows(to: string, rows: OpenedRows, indices: readonly number[], pictures: readonly string[]): void {
  const aside = join(dirname(to), `.${basename(to)}.part`);
  rmSync(aside, { force: true });
  const file = new Appending(aside, extname(to).toLowerCase() === ".json");
  try {
    for (const index of indices) {
      const { row, pictures: shown } = rows.row(index);
      const { id, extra, ...fields } = row as { id: string; extra?: Record<string, unknown> };
      file.add({ id, images: shown.map(([place]) => pictures[place]!), ...fields, ...withoutOwn(extra) });
    }
  } finally {
    file.close();
  }
  renameSync(aside, to);
}
