import type { OptionIssue } from "@rewardlab/core";
import { z } from "zod";
import { mappingIssues, mappingSchema } from "./formats/mapping.ts";
import { formatNames } from "./formats/recognise.ts";
import { MOST_PIXELS } from "./pictures.ts";
import { whereSchema } from "./preferences-files.ts";

const share = z.number().gt(0).lt(1);
/** Options of the dataset preferences. */
export const preferencesOptions = z.strictObject({
  file: z
    .string()
    .min(1)
    .optional()
    .describe("one file of rows: .jsonl, .json or .parquet, relative to the experiment file; it becomes train"),
  files: z.array(z.string().min(1)).min(1).optional().describe("several files of rows, which become train together"),
  folder: z
    .string()
    .min(1)
    .optional()
    .describe("a folder of such files; names with train, test or validation in them are these splits"),
  train: whereSchema.optional().describe("rows of the split train: a file, a list of files, or { folder }"),
  test: whereSchema.optional().describe("rows of the split test"),
  splits: z
    .record(z.string().regex(/^\w[\w-]*$/), whereSchema)
    .default({})
    .describe("further splits by name"),
  format: z
    .enum(["auto", ...formatNames])
    .default("auto")
    .describe("whose columns they are; auto: recognised for each file"),
  mapping: mappingSchema.optional(),
  split: z
    .strictObject({
      test: share.optional().describe("share of train that becomes test"),
      validation: share.optional().describe("share of train that becomes validation"),
      by: z
        .enum(["picture", "group", "row"])
        .default("picture")
        .describe("what parts don't share: picture: no picture and no group; group: no group; row: they may share anything"),
      seed: z.int().default(1).describe("draws the parts"),
    })
    .optional()
    .describe("divides train"),
  ties: z
    .enum(["refuse", "drop", "keep"])
    .default("refuse")
    .describe("rows in which neither response is better: refuse: an error; drop: left out; keep: tie is the right answer"),
  identical: z
    .enum(["refuse", "drop", "keep"])
    .default("refuse")
    .describe("rows whose two responses are the same text: refuse: an error; drop: left out; keep: they count as written"),
  otherFields: z
    .enum(["refuse", "keep"])
    .default("keep")
    .describe("columns that no field of an item is: refuse: an error; keep: they go along in the item's extra"),
  repeatedIds: z
    .enum(["refuse", "number"])
    .default("refuse")
    .describe("ids that a split has already: refuse: an error; number: the later ones are id#2, id#3"),
  broken: z
    .enum(["refuse", "skip"])
    .default("refuse")
    .describe("rows that can't be read or used: refuse: an error with all of them; skip: left out and counted"),
  order: z
    .enum(["seeded", "chosen-first"])
    .default("seeded")
    .describe("which of chosen and rejected is shown first: seeded: drawn for each id; chosen-first: always the preferred one"),
  seed: z.int().default(1).describe("draws the order, fraction and labelNoise"),
  pictureFolder: z
    .string()
    .min(1)
    .optional()
    .describe("what the rows' picture paths are relative to, and inside of; without it, each file's own folder"),
  picturePrefix: z
    .string()
    .min(1)
    .optional()
    .describe("what picture paths begin with on another machine: taken off, e.g. /data/images"),
  videoFrames: z.int().positive().default(32).describe("frames of a video that are shown, of a folder of them"),
  download: z.boolean().default(false).describe("whether pictures at http and https addresses are fetched, once, into the cache"),
  pictures: z
    .enum(["decode", "head"])
    .default("decode")
    .describe("how all pictures are checked at first: decode: each is decoded once; head: quicker"),
  pictureMegapixels: z
    .number()
    .positive()
    .default(MOST_PIXELS / 1e6)
    .describe("most pixels of a picture, in millions; one of more is refused before it is decoded"),
  heldOut: z.array(z.string()).default([]).describe("kinds that are asked only in a split of their own, heldOut"),
  fraction: z.number().gt(0).max(1).optional().describe("share of train that is used; a larger one contains a smaller one"),
  labelNoise: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe("share of train whose preference is turned round; a larger one contains a smaller one"),
  cacheMegabytes: z.number().min(0).default(256).describe("room for decoded pictures, in 2²⁰ bytes; the last used stay"),
});
/** As they are written. */
export type Options = z.output<typeof preferencesOptions>;

/** What can't be right about where the rows are. */
export function splitIssues(
  options: Pick<Options, "file" | "files" | "folder" | "train" | "test" | "splits" | "split" | "heldOut">,
): OptionIssue[] {
  const issues: OptionIssue[] = [];
  const top = (["file", "files", "folder"] as const).filter((name) => options[name] !== undefined);
  const named = [...(["train", "test"] as const).filter((name) => options[name] !== undefined), ...Object.keys(options.splits)];
  if (top.length === 0 && named.length === 0)
    issues.push({
      path: [],
      message: "names no rows, expected file, files or folder, or train and test, e.g. train: data/train.jsonl",
    });
  if (top.length > 1)
    issues.push({ path: [top[1]!], message: `is given beside ${top[0]}, expected one of file, files and folder` });
  if (top.length > 0 && options.train !== undefined)
    issues.push({ path: ["train"], message: `is given beside ${top[0]}, which is train already` });
  if (options.folder !== undefined && options.test !== undefined)
    issues.push({ path: ["test"], message: "is given beside folder, whose files' names say what is test" });
  for (const name of Object.keys(options.splits))
    if ((name === "train" && (options.train ?? top[0]) !== undefined) || (name === "test" && options.test !== undefined))
      issues.push({ path: ["splits", name], message: `${name} is given twice` });
  const { split } = options;
  if (split !== undefined) {
    const shares = [split.test, split.validation].filter((one) => one !== undefined);
    if (shares.length === 0)
      issues.push({ path: ["split"], message: "names no part, expected test or validation, e.g. { test: 0.1, by: picture }" });
    if (shares.reduce((sum, one) => sum + one, 0) >= 1)
      issues.push({ path: ["split"], message: "leaves nothing for train, expected shares below 1 in all" });
    for (const name of ["test", "validation"] as const)
      if (split[name] !== undefined && named.includes(name))
        issues.push({ path: ["split", name], message: `${name} has files of its own` });
  }
  if (options.heldOut.length > 0 && named.includes("heldOut"))
    issues.push({ path: ["heldOut"], message: "is given beside a split of this name" });
  return issues;
}

/** What can't be right about how the rows are read. */
export function formatIssues({ format, mapping }: Pick<Options, "format" | "mapping">): OptionIssue[] {
  if (mapping === undefined) return [];
  const both = format === "auto" ? [] : [{ path: ["format"], message: `is ${format} beside a mapping, expected one of them` }];
  return [...both, ...mappingIssues(mapping)];
}
