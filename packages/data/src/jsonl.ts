import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { dataset, Files, InputError, messageOf, type Dataset, type Pixels, type PreferenceItem } from "@rewardlab/core";
import { z } from "zod";
import { concurrently, decodedPicture } from "./pictures.ts";
import { Problems, readRows, type Identical, type LocatedRow } from "./rows.ts";

/**
 * jsonl: preference items from JSONL files, one a split, with their pictures beside them. The README describes a row.
 *
 * Every row is checked before anything is trained on, and what is wrong is reported together, with file and line. Pictures are decoded at
 * their own size, all of a split at once (3 bytes a pixel): resizing is the model's business.
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
  }),
  inject: { files: Files },
  checks: [{ reads: ["splits"], find: splitIssues }],
  create: ({ train, test, splits, identical }, { files }) => {
    const given = Object.entries({ train, test, ...splits }).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return jsonlDataset(Object.fromEntries(given.map(([split, path]) => [split, resolve(files.folder, path)])), identical);
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

/** The dataset whose splits are these JSONL files (absolute paths). */
export function jsonlDataset(files: Readonly<Record<string, string>>, identical: Identical = "refuse"): Dataset {
  const loaded = new Map<string, Promise<readonly PreferenceItem[]>>();
  let hash: string | undefined;
  return {
    splits: Object.keys(files),
    get hash() {
      return (hash ??= contentHash(files, identical));
    },
    load(split) {
      const path = files[split];
      if (path === undefined || !Object.hasOwn(files, split)) {
        const known = Object.keys(files).join(", ");
        throw new InputError("RL_DATASET_SPLIT", `dataset: no split ${split}; the splits are ${known}`);
      }
      if (!loaded.has(split)) loaded.set(split, itemsOf(path, identical));
      return loaded.get(split)!;
    },
  };
}

async function itemsOf(path: string, identical: Identical): Promise<readonly PreferenceItem[]> {
  const problems = new Problems();
  const rows = readRows(path, problems, identical);
  problems.throwIfAny();
  // A picture that several rows show is decoded once; an error names its first use.
  const uses = new Map<string, { readonly where: string; readonly name: string }>();
  for (const { row, where, pictures } of rows)
    pictures.forEach((picture, index) => {
      if (!uses.has(picture)) uses.set(picture, { where, name: `images[${index}] ${row.images[index]}` });
    });
  const decoded = await concurrently([...uses.keys()], 16, (picture) =>
    decodedPicture(picture).catch((error: unknown) => messageOf(error)),
  );
  const pixels = new Map<string, Pixels>();
  [...uses].forEach(([picture, { where, name }], index) => {
    const outcome = decoded[index]!;
    if (typeof outcome === "string") problems.add(where, `${name}: ${outcome}`);
    else pixels.set(picture, outcome);
  });
  problems.throwIfAny();
  const itemOf = ({ row, pictures }: LocatedRow): PreferenceItem => {
    const images = pictures.map((picture) => ({ path: picture, pixels: pixels.get(picture)! }));
    return { ...row, images };
  };
  return rows.map(itemOf);
}

/** SHA-256 over every split's name, its file's bytes, and the bytes of its pictures in the rows' order. */
export function contentHash(files: Readonly<Record<string, string>>, identical: Identical = "refuse"): string {
  const hash = createHash("sha256");
  const problems = new Problems();
  const ofPicture = new Map<string, Buffer>();
  for (const [split, path] of Object.entries(files)) {
    const rows = readRows(path, problems, identical);
    problems.throwIfAny();
    hash.update(JSON.stringify([split, rows.length])).update(sha256(path));
    for (const picture of rows.flatMap((row) => row.pictures)) {
      if (!ofPicture.has(picture)) ofPicture.set(picture, sha256(picture));
      hash.update(ofPicture.get(picture)!);
    }
  }
  return hash.digest("hex");
}

function sha256(path: string): Buffer {
  return createHash("sha256").update(readFileSync(path)).digest();
}
