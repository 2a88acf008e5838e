import { randomStream } from "@rewardlab/core";
import type { Pixels } from "@rewardlab/core";
import { join } from "node:path";
import type { InputFiles } from "../messages.ts";
import type { BatchSizes, Config } from "../sizes.ts";
import { readTensors, writeTensors } from "../tensor-file.ts";
import type { PlainTensor } from "../tensor-file.ts";
import { PICTURE_TOKENS, pictureToken, writeHfFolder } from "./hf-folder.ts";
import { pictureColumns } from "./real-sizes.ts";
import type { RealSizes } from "./real-sizes.ts";

/**
 * A folder of a real model's sizes, and batches in tokens: prompts of words, with a picture before them where the model sees. Pictures are bytes, as int32:
 * every contender makes of them what its model reads.
 */
export function writeRealInputs(folder: string, { name, decoder, update, rollout }: Config, real: RealSizes): InputFiles {
  const files = { weights: join(folder, `${name}-model`), inputs: join(folder, `${name}-inputs.safetensors`) };
  writeHfFolder(files.weights, decoder, real);
  const random = randomStream(1, "benchmarks/inputs");
  const words = decoder.vocabulary - PICTURE_TOKENS.length - 4; // none that ends a text or fills it
  const before = real.tower === null ? [] : pictureText(decoder.vocabulary, pictureColumns(real.tower));
  const tokens = (rows: number, columns: number, first: readonly number[]): PlainTensor => ({
    shape: [rows, columns],
    values: Int32Array.from({ length: rows * columns }, (_, index) => {
      const column = index % columns;
      return column < first.length ? first[column]! : 4 + Math.floor(random.uniform() * words);
    }),
  });
  const normal = (shape: readonly number[], deviation: number): PlainTensor => ({
    shape,
    values: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => deviation * random.normal()),
  });
  const pictures = (count: number, size: number): PlainTensor => ({
    shape: [count, size, size, 3],
    values: Int32Array.from({ length: count * size * size * 3 }, () => Math.floor(random.uniform() * 256)),
  });
  const rowsOf = ({ prompts, samplesPerPrompt }: BatchSizes) => prompts * samplesPerPrompt;
  const [rows, T] = [rowsOf(update), update.responseTokens];
  writeTensors(files.inputs, {
    ids: tokens(rows, update.promptTokens + T, before), // [B, S + T]
    advantages: normal([rows], 1), // [B]
    oldNoise: normal([rows, T], 0.1), // [B, T]
    refNoise: normal([rows, T], 0.1), // [B, T]
    prompts: tokens(rollout.prompts, rollout.promptTokens, before), // [P, S]
    ...(real.tower && {
      pictures: pictures(rows, real.tower.imageSize), // [B, H, W, 3]
      promptPictures: pictures(rollout.prompts, real.tower.imageSize), // [P, H, W, 3]
    }),
  });
  return files;
}

/** What SmolVLM's processor writes for a picture of one tile. */
function pictureText(vocabulary: number, columns: number): number[] {
  const [around, global, image] = PICTURE_TOKENS.map((token) => pictureToken(token, vocabulary)) as [number, number, number];
  return [around, global, ...Array.from({ length: columns }, () => image), around];
}

/** Prompts of a file as a model of ours takes them: words, and pictures in bytes. `columns`: of the ids, the prompt's own. */
export function promptsIn(
  file: string,
  which: "update" | "rollout",
  { decoder, real, update, rollout }: Config,
): { readonly question: string; readonly pictures: readonly Pixels[] }[] {
  const tensors = readTensors(file);
  const [ids, pictures] =
    which === "update" ? [tensors["ids"]!, tensors["pictures"]] : [tensors["prompts"]!, tensors["promptPictures"]];
  const [rows, columns] = ids.shape as [number, number];
  const { promptTokens } = which === "update" ? update : rollout;
  const first = real?.tower ? pictureText(decoder.vocabulary, pictureColumns(real.tower)).length : 0;
  return Array.from({ length: rows }, (_, row) => ({
    question: [...ids.values.subarray(row * columns + first, row * columns + promptTokens)].map((id) => `w${id}`).join(" "),
    pictures: pictures === undefined ? [] : [pictureAt(pictures, row)],
  }));
}

function pictureAt({ shape, values }: PlainTensor, row: number): Pixels {
  const [, height, width] = shape as [number, number, number];
  const size = height * width * 3;
  return { width, height, data: Uint8Array.from(values.subarray(row * size, (row + 1) * size)) };
}
