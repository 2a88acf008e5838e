import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { dataset, Files, InputError, memoryIssues, Progress } from "@rewardlab/core";
import { z } from "zod";
import { jsonlDataset } from "./jsonl.ts";
import { makeScenes, readContent, sceneFiles, scenesDefaults, scenesVersion } from "./make-scenes.ts";
import { kinds } from "./scene-items.ts";
import { sceneSize } from "./scene-picture.ts";

/**
 * scenes: procedural preference data. A 3×3 grid of coloured shapes, a question about it, two one-word responses of which one is true.
 *
 * The data are made on first use in the cache, in a folder named for a hash of these options, and read from there by the jsonl reader,
 * so what is trained on is files that anyone can look at.
 */
const kind = z.enum(kinds);
export const scenes = dataset({
  name: "scenes",
  summary: "procedural pictures of coloured shapes with questions, thoughts and balanced answers",
  version: scenesVersion,
  options: z.strictObject({
    train: z.int().positive().default(scenesDefaults.train).describe("items in the split train"),
    test: z.int().positive().default(scenesDefaults.test).describe("items in the split test, and in heldOut"),
    seed: z.int().default(scenesDefaults.seed).describe("draws the data; another seed gives other pictures and questions"),
    testSeed: z
      .int()
      .nullable()
      .default(scenesDefaults.testSeed)
      .describe("draws test and heldOut, so that a method tuned on one test split can be measured on another; null: seed"),
    kinds: z
      .array(kind)
      .min(1)
      .default([...kinds])
      .describe("kinds of question"),
    heldOut: z.array(kind).default([]).describe("kinds asked only in a split of their own, heldOut"),
    pixelNoise: z
      .number()
      .min(0)
      .max(127)
      .default(scenesDefaults.pixelNoise)
      .describe("uniform noise on every channel, in 1/255"),
    faintest: z
      .number()
      .min(0.05)
      .max(1)
      .default(scenesDefaults.faintest)
      .describe("lowest visibility of an object; each draws its own up to 1, its full colour"),
    misseen: z
      .number()
      .min(0)
      .max(1)
      .default(scenesDefaults.misseen)
      .describe("share of the target `slips` whose thought comes to the wrong claim"),
    contradicts: z
      .number()
      .min(0)
      .max(1)
      .default(scenesDefaults.contradicts)
      .describe("share of the target `slips` whose answer is not the thought's"),
  }),
  inject: { files: Files, progress: Progress },
  checks: [
    {
      reads: ["kinds", "heldOut"],
      find: (options: { kinds: readonly string[]; heldOut: readonly string[] }) =>
        options.kinds.some((name) => !options.heldOut.includes(name))
          ? []
          : [
              {
                path: ["heldOut"],
                message: `holds out every kind (${options.heldOut.join(", ")}), expected one of kinds to be left for train`,
              },
            ],
    },
    {
      reads: ["train", "test"],
      find: ({ train, test }: { train: number; test: number }) =>
        memoryIssues([test > train ? "test" : "train"], (train + test) * BYTES_PER_ITEM, `${train + test} items`),
    },
  ],
  create: (options, { files, progress }) => {
    const hash = createHash("sha256")
      .update(JSON.stringify(["scenes", scenesVersion, options]))
      .digest("hex");
    const folder = join(files.cache, `scenes-${hash.slice(0, 16)}`);
    const paths = sceneFiles(folder, options);
    // their bytes are checked below
    const read = jsonlDataset(paths, { pictures: "unchecked", pictureSize: { width: sceneSize, height: sceneSize } });
    let made: Promise<void> | undefined;
    const makeOnce = async () => {
      if (!existsSync(folder)) {
        await mkdir(dirname(folder), { recursive: true });
        await makeScenes({ out: folder, ...options }, (done, total) => progress.update("pictures", done, total));
      }
      if (!isAsMade(read, folder))
        throw new InputError(
          "RL_SCENES_CHANGED",
          `scenes: the files in ${folder} are not as they were made: cut short or changed. Remove the folder; it is made again, in a few seconds for each thousand pictures, and nothing else is lost.`,
        );
    };
    return {
      hash,
      splits: read.splits,
      async open(split) {
        await (made ??= makeOnce());
        return read.open(split);
      },
    };
  },
});

/** While they are made, the arrangements drawn so far are kept: nine objects or none. */
const BYTES_PER_ITEM = 9 * 4;

/** A file that can't be read is not as it was made either. */
function isAsMade(read: { readonly hash: string }, folder: string): boolean {
  try {
    return read.hash === readContent(folder);
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
}
