import { existsSync, readFileSync } from "node:fs";
import { mkdir, open, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { InputError, messageOf, randomStream, responseText } from "@rewardlab/core";
import type { Target } from "@rewardlab/core";
import { asideOf, clearKilled } from "./aside.ts";
import { hashOfFiles } from "./jsonl.ts";
import { concurrently } from "./pictures.ts";
import { pngOf } from "./png.ts";
import { captionOf, kinds, sceneItem, thoughtFor, vocabulary, withSlips, type SceneItem, type SceneKind } from "./scene-items.ts";
import { scenePicture } from "./scene-picture.ts";

/** Changes whenever the same options give other bytes. */
export const scenesVersion = 1;

export interface ScenesOptions {
  readonly seed: number;
  /** Draws the splits that are only tested on (test, heldOut); null: seed does. */
  readonly testSeed: number | null;
  /** Items in the split train, and in test (heldOut, where there is one, has as many as test). */
  readonly train: number;
  readonly test: number;
  /** The kinds of question in train and test. */
  readonly kinds: readonly SceneKind[];
  /** Kinds of question that are asked only in the split heldOut. */
  readonly heldOut: readonly SceneKind[];
  /** Noise of the pictures: see scenePicture. */
  readonly pixelNoise: number;
  readonly faintest: number;
  /** Shares of train's target `slips` whose thought comes to the wrong claim, and whose answer contradicts the thought. */
  readonly misseen: number;
  readonly contradicts: number;
}

export const scenesDefaults: ScenesOptions = {
  seed: 1,
  testSeed: null,
  train: 20_000,
  test: 1000,
  kinds,
  heldOut: [],
  pixelNoise: 48,
  faintest: 0.15,
  misseen: 0.2,
  contradicts: 0.08,
};

/** The splits' files in a folder made by makeScenes, as jsonlDataset takes them. */
export function sceneFiles(folder: string, options: Pick<ScenesOptions, "heldOut">): Record<string, string> {
  const splits = ["train", "test", ...(options.heldOut.length > 0 ? ["heldOut"] : [])];
  return Object.fromEntries(splits.map((split) => [split, join(folder, `${split}.jsonl`)]));
}

/**
 * Writes a scenes dataset into the folder `out`, which must not exist: train.jsonl, test.jsonl, images/, dataset.json. The same options give the same
 * bytes on every machine. It is written beside `out` and renamed, so `out` is there whole or not at all. The pictures are not flushed one by one
 * (that can take minutes); what a power failure may do to them shows in `content`.
 *
 * No arrangement of objects is in two splits: test (then heldOut) is drawn first, and what would repeat one of its arrangements is drawn again.
 * So no picture is shared either, and the test split is the same whatever the size of train.
 */
export async function makeScenes(
  { out, ...given }: Partial<ScenesOptions> & { readonly out: string },
  onProgress: (done: number, total: number) => void = () => {},
): Promise<{ readonly content: string }> {
  const options: ScenesOptions = { ...scenesDefaults, ...given };
  if (existsSync(out)) throw new InputError("RL_SCENES_FOLDER", `scenes: ${out} exists already, expected a folder to be made`);
  clearKilled(dirname(out), "scenes");
  const aside = asideOf(out, "scenes");
  await mkdir(join(aside, "images"), { recursive: true });
  try {
    const files = sceneFiles(aside, options);
    const counts = Object.fromEntries(
      Object.keys(files).map((split) => [split, split === "train" ? options.train : options.test]),
    );
    const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
    const elsewhere = new Set<string>();
    let done = 0;
    for (const split of ["test", "heldOut", "train"].filter((name) => name in files)) {
      const draw = drawing(split, options, elsewhere);
      const rows: string[] = [];
      for (let from = 0; from < counts[split]!; from += 256) {
        const items = Array.from({ length: Math.min(256, counts[split]! - from) }, (_, offset) => draw(from + offset));
        await concurrently(items, 16, ({ row, png }) => writeFile(join(aside, row.images[0]), png));
        rows.push(...items.map(({ row }) => `${JSON.stringify(row)}\n`));
        done += items.length;
        onProgress(done, total);
      }
      await writeDurably(files[split]!, rows.join(""));
    }
    const content = hashOfFiles(files);
    const description = { generator: "scenes", version: scenesVersion, ...options, content, counts, vocabulary };
    await writeDurably(join(aside, "dataset.json"), `${JSON.stringify(description, null, 2)}\n`);
    await flush(join(aside, "images"));
    await flush(aside);
    await rename(aside, out).catch((error: unknown) => {
      // Another process made the same meanwhile.
      if (!existsSync(out) || readContent(out) !== content) throw error;
    });
    await flush(dirname(out));
    return { content };
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

/** The hash of all files of a made dataset, as it was when they were made. */
export function readContent(folder: string): unknown {
  const path = join(folder, "dataset.json");
  try {
    return (JSON.parse(readFileSync(path, "utf8")) as { content?: unknown }).content;
  } catch (error) {
    throw new InputError("RL_SCENES_FOLDER", `scenes: ${path} is not the description of a scenes dataset (${messageOf(error)})`, {
      cause: error,
    });
  }
}

/** Draws a split's items one after the other; none has an arrangement of objects that is in another split. */
function drawing(split: string, options: ScenesOptions, elsewhere: Set<string>) {
  const among = split === "heldOut" ? options.heldOut : options.kinds.filter((kind) => !options.heldOut.includes(kind));
  const seed = split === "train" ? options.seed : (options.testSeed ?? options.seed);
  const here = new Set<string>();
  return (index: number) => {
    // Streams of their own: other noise or slips leave the scenes as they are, and a scene drawn again leaves the other items as they are.
    const stream = (name: string) => randomStream(seed, `scenes/${split}/${index}/${name}`);
    const scenes = stream("scene");
    let item: SceneItem;
    let arrangement: string;
    do {
      item = sceneItem(index, among, scenes);
      arrangement = JSON.stringify(item.scene);
    } while (elsewhere.has(arrangement) && !here.has(arrangement));
    here.add(arrangement);
    elsewhere.add(arrangement);
    const id = `${split}-${String(index + 1).padStart(6, "0")}`;
    const slipped = withSlips(item, options, stream("slips"));
    const row = {
      id,
      images: [`images/${id}.png`] as const,
      question: item.question,
      responses: item.responses,
      preferred: item.preferred,
      kind: item.kind,
      answer: item.answer,
      thought: thoughtFor(item, item.preferred),
      ...(split === "train" && {
        targets: {
          caption: { question: "describe the picture", response: `<think>${captionOf(item.scene, stream("captions"))}` },
          verdict: verdictOf(item, stream("verdict").below(2)),
          slips: responseText(slipped.thought, slipped.answer),
        },
      }),
    };
    return { row, png: pngOf(scenePicture(item.scene, options, stream("pixels"))) };
  };
}

/** Which response says a claim, whatever the picture shows: to learn the last step of every thought by itself. */
function verdictOf({ responses }: SceneItem, index: number): Target {
  const claim = responses[index]!;
  const number = index + 1;
  return {
    question: `what is ${claim} ?`,
    compares: true,
    response: responseText(`so ${claim} response-${number} is better`, number),
  };
}

async function writeDurably(path: string, data: string | Uint8Array): Promise<void> {
  const handle = await open(path, "wx");
  try {
    await handle.writeFile(data);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Flushes a folder's entries. */
async function flush(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
