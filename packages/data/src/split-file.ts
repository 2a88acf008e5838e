import { existsSync } from "node:fs";
import { basename, dirname, extname, isAbsolute, join, relative, resolve } from "node:path";
import { InputError } from "@rewardlab/core";
import { copiedPictures, withRows, writeRows, type ReadOptions, type Written } from "./convert.ts";
import { dividedRows, type SharedBy } from "./prepared/parts.ts";
import { keptPictures } from "./prepared/prepare.ts";

/** How a file is divided. */
export interface SplitOptions extends ReadOptions {
  /** Shares of the rows by the names of their parts; what is left is train. */
  readonly shares: Readonly<Record<string, number>>;
  /** What parts don't share. */
  readonly by: SharedBy;
  readonly splitSeed: number;
  /** Where the parts are written; by default beside the file. */
  readonly out?: string;
}

/**
 * Writes the rows of a file as parts, NAME-train.jsonl, NAME-test.jsonl, …, as our own rows. Beside a file of pictures by path they go on naming those; elsewhere, and
 * where pictures are embedded, they are copied into images. Rows that a picture or a group joins, over any number of rows between, are in one part.
 * Throws `InputError` where a part would be empty, or is there already.
 */
export async function splitPreferences(
  from: string,
  { shares, by, splitSeed, out, ...options }: SplitOptions,
): Promise<Written[]> {
  const folder = resolve(out ?? dirname(from));
  const stem = basename(from, extname(from));
  const names = [...Object.keys(shares), "train"];
  const targets = names.map((name) => join(folder, `${stem}-${name}.jsonl`));
  const there = targets.find((target) => existsSync(target));
  if (there !== undefined)
    throw new InputError("RL_FOLDER_TAKEN", `${there}: is there already, expected new files. Nothing was written`);
  return withRows(resolve(from), join(folder, stem), options, async (rows, _, prepared) => {
    const kept = [...keptPictures(prepared)];
    const outlines = rows.outlines(kept.map(({ hash }) => hash));
    const parts = dividedRows(outlines, Object.values(shares), by, splitSeed);
    parts.forEach((part, index) => {
      if (part.length === 0)
        throw new InputError(
          "RL_DATASET",
          `${from}: no row came into ${names[index]}: its ${rows.length} rows are too few${by === "row" ? "" : `, or one ${by} joins nearly all of them`}. Nothing was written`,
        );
    });
    const beside = kept.every(({ file }) => file !== undefined && isAbsolute(file) && !relative(folder, file).startsWith(".."));
    const pictures = beside
      ? kept.map(({ file }) => relative(folder, file!))
      : await copiedPictures(prepared, folder, join(dirname(prepared), "downloads"));
    return parts.map((part, index) => {
      writeRows(targets[index]!, rows, part, pictures);
      return { file: relative(process.cwd(), targets[index]!), rows: part.length };
    });
  });
}
