import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, extname, join, relative, resolve, sep } from "node:path";
import { InputError } from "@rewardlab/core";
import { z } from "zod";
import { readableSuffixes } from "./sources/source-of.ts";

const one = z.string().min(1).describe("one file of rows");
const several = z.array(z.string().min(1)).min(1).describe("several files of rows");

/** Where a split's rows are: a file, several, or a folder's. */
export const whereSchema = z.union(
  [
    one,
    several,
    z.strictObject({ file: one }),
    z.strictObject({ files: several }),
    z.strictObject({ folder: z.string().min(1).describe("a folder whose files of rows are all meant") }),
  ],
  {
    error: "expected a file, a list of files, or { file }, { files } or { folder }",
  },
);
export type Where = z.output<typeof whereSchema>;

/** The files of a place, by their absolute paths. Throws `InputError` where a folder has none. */
export function filesOf(where: Where, base: string): string[] {
  const given =
    typeof where === "string"
      ? [where]
      : Array.isArray(where)
        ? where
        : "file" in where
          ? [where.file]
          : "files" in where
            ? where.files
            : null;
  if (given !== null) return given.map((path) => resolve(base, path));
  return filesInFolder(resolve(base, (where as { folder: string }).folder));
}

/** What lies beside the rows in folders of Hugging Face's, and is none. */
const noRows = new Set([
  "dataset_info.json",
  "dataset_infos.json",
  "dataset_dict.json",
  "state.json",
  "package.json",
  "dataset.json",
]);

/** All files with rows in a folder and below it, in the order of their names. */
export function filesInFolder(folder: string): string[] {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found === undefined || !found.isDirectory())
    throw new InputError("RL_DATASET", `${folder}: ${found === undefined ? "no such folder" : "is a file, expected a folder"}`);
  const files = walked(folder).filter(
    (path) => readableSuffixes.includes(extname(path).toLowerCase()) && !noRows.has(basename(path)),
  );
  if (files.length === 0)
    throw new InputError("RL_DATASET", `${folder}: has no file that ends in ${readableSuffixes.join(", ")}`);
  return files;
}

function walked(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.name.startsWith(".")) return [];
      return entry.isDirectory() ? walked(path) : existsSync(path) && statSync(path).isFile() ? [path] : [];
    });
}

const splitNames: readonly (readonly [string, RegExp])[] = [
  ["train", /^train(?:ing)?$/],
  ["test", /^(?:test|testing|eval|evaluation)$/],
  ["validation", /^(?:validation|valid|val|dev)$/],
];

/** The files of a folder by split, as Hugging Face's libraries tell them: by a word in a file's name, or in a folder's on the way. A file without one is of train. */
export function splitsInFolder(folder: string): Record<string, string[]> {
  const splits = new Map<string, string[]>();
  for (const path of filesInFolder(folder)) {
    const parts = relative(folder, path).toLowerCase().split(sep).toReversed();
    const words = parts.flatMap((part) => part.split(/[^a-z]+/));
    const split = words.flatMap((word) => splitNames.find(([, pattern]) => pattern.test(word))?.[0] ?? [])[0] ?? "train";
    splits.set(split, [...(splits.get(split) ?? []), path]);
  }
  const order = ["train", ...splitNames.map(([name]) => name)];
  return Object.fromEntries([...splits].sort(([a], [b]) => order.indexOf(a) - order.indexOf(b)));
}
