import { Compiler, dataset, definePlugin, model, reward, splitOf } from "@rewardlab/core";
import type { Model, Parameters, PreferenceItem, Tokenizer } from "@rewardlab/core";
import { embedding, policyOn, readOn, readPrefix } from "@rewardlab/models/layers";
import type { PromptBatch } from "@rewardlab/models/layers";
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import { z } from "zod";
import { seenBy } from "./decoder.ts";
import { promptsIn } from "./real/real-inputs.ts";
import { configNamed } from "./sizes.ts";
import { readTensors } from "./tensor-file.ts";

/**
 * The benchmark's decoder, data and reward as a plugin, so that the trainer itself can be measured. The model reads and generates as tiny-vlm
 * does: each prompt once for all of its responses, its last layer only as far as it is used. No response ends before its last token.
 */
const options = z.strictObject({
  weights: z.string().describe("a safetensors file"),
  vocabulary: z.int().describe("V"),
  width: z.int().describe("D"),
  layers: z.int(),
  heads: z.int().describe("H"),
  kvHeads: z.int().describe("K"),
  hiddenSize: z.int().describe("F"),
  ropeTheta: z.number(),
  vision: z
    .strictObject({
      visionLayers: z.int(),
      imageSize: z.int(),
      patchSize: z.int(),
      pixelMean: z.number(),
      pixelDeviation: z.number(),
    })
    .nullable()
    .describe("the ViT before it; null: text alone"),
});

const textDecoder = model({
  name: "text-decoder",
  summary: "the benchmark's decoder",
  options,
  inject: { compiler: Compiler },
  create: (chosen, { compiler }) => createTextDecoder(chosen, compiler),
});

function createTextDecoder(chosen: z.output<typeof options>, compiler: Compiler): Model<PromptBatch> {
  const tokenizer = numberTokenizer(chosen.vocabulary);
  const sizes = { ...chosen, headSize: chosen.width / chosen.heads };
  const embedded = (parameters: Parameters, ids: Tensor2D) => embedding(parameters["embed"] as Tensor2D, ids) as Tensor3D; // [B, T, D]
  const policy = policyOn<PromptBatch>(
    {
      name: "text-decoder",
      width: chosen.width,
      head: (parameters) => parameters["embed"] as Tensor2D, // [V, D]
      readPrompts(parameters, { images, promptIds, promptMask }) {
        const words = embedded(parameters, allButLast(promptIds)); // [P, S − 1, D]
        const wordMask = allButLast(promptMask); // [P, S − 1]
        if (chosen.vision === null) return { cache: readPrefix(parameters, words, wordMask, sizes), mask: wordMask, shift: null };
        const seen = seenBy(parameters, images, chosen); // [P, N, D]
        const mask = tf.concat([tf.ones([seen.shape[0], seen.shape[1]]) as Tensor2D, wordMask], 1); // [P, N + S − 1]
        return { cache: readPrefix(parameters, tf.concat([seen, words], 1), mask, sizes), mask, shift: null };
      },
      readTokens: (parameters, tokens, before) => readOn(parameters, embedded(parameters, tokens), before, sizes),
    },
    { tokenizer, compiler },
  );
  return {
    tokenizer,
    initialParameters: () => tensorsOf(chosen.weights),
    prompts: (items) => {
      const rows = items.map(({ question }) => tokenizer.encode(question));
      return {
        images: imagesOf(items), // [P, H, W, 3]
        promptIds: tf.tensor2d(rows, undefined, "int32"), // [P, S]
        promptMask: tf.ones([rows.length, rows[0]!.length]), // [P, S]
      };
    },
    promptLength: ({ question }) => tokenizer.encode(question).length,
    contextLength: Infinity,
    ...policy,
  };
}

/** Text of numbers; there is no end token. */
function numberTokenizer(size: number): Tokenizer {
  return {
    size,
    padId: 0,
    endId: -1,
    encode: (text) => (text === "" ? [] : text.split(" ").map(Number)),
    decode: (ids) => ids.join(" "),
  };
}

/** The prompts of the inputs, over and over. */
const benchmarkPrompts = dataset({
  name: "benchmark-prompts",
  summary: "the benchmark's prompts",
  options: z.strictObject({ file: z.string().describe("safetensors with prompts [P, S]") }),
  create: ({ file }) => ({
    hash: file,
    splits: ["train"],
    open: async () => {
      const { prompts, promptImages } = readTensors(file);
      const pixelsOf = (row: number) => {
        const [, height, width] = promptImages!.shape as [number, number, number, number];
        const size = height * width * 3;
        const data = Uint8Array.from(promptImages!.values.subarray(row * size, (row + 1) * size), (value) =>
          Math.round(255 * value),
        );
        return { path: "", pixels: { width, height, data } };
      };
      const [rows, columns] = prompts!.shape as [number, number];
      const items = Array.from({ length: rows }, (_, row): PreferenceItem => {
        const ids = [...prompts!.values.subarray(row * columns, (row + 1) * columns)];
        return {
          id: String(row),
          images: promptImages ? [pixelsOf(row)] : [],
          question: ids.join(" "),
          responses: ["", ""],
          preferred: 1,
        };
      });
      return splitOf(items);
    },
  }),
});

/** The same of a real model's inputs. */
const realPrompts = dataset({
  name: "real-prompts",
  summary: "the benchmark's prompts for a model of a Hugging Face folder",
  options: z.strictObject({ file: z.string().describe("safetensors"), config: z.string().describe("the benchmark's") }),
  create: ({ file, config }) => ({
    hash: file,
    splits: ["train"],
    open: async () =>
      splitOf(
        promptsIn(file, "rollout", configNamed(config)).map(({ question, pictures }, row) => ({
          id: String(row),
          images: pictures.map((pixels) => ({ path: "", pixels })),
          question,
          responses: ["", ""],
          preferred: 1,
        })),
      ),
  }),
});

/** Share of even tokens: what every contender is rewarded for. */
export function evenShare(ids: ArrayLike<number>): number {
  let even = 0;
  for (let index = 0; index < ids.length; index++) even += ids[index]! % 2 === 0 ? 1 : 0;
  return even / ids.length;
}

const evenTokens = reward({
  name: "even-tokens",
  summary: "share of even tokens",
  options: z.strictObject({}),
  create: () => ({
    score: ({ responses }) => responses.map((text) => evenShare(text.split(" ").map((word) => Number(word.replace("w", ""))))),
  }),
});

export const benchmarkPlugin = definePlugin({
  name: "benchmarks",
  api: "^1",
  components: [textDecoder, benchmarkPrompts, realPrompts, evenTokens],
});

/** [P, H, W, 3]; a black pixel each where there are none. */
function imagesOf(items: readonly PreferenceItem[]): Tensor4D {
  const black = { width: 1, height: 1, data: new Uint8Array(3) };
  const all = items.map(({ images }) => images[0]?.pixels ?? black);
  const distinct = [...new Set(all)]; // a picture stands in several rows
  const { width, height, data } = distinct[0]!;
  const values = new Float32Array(distinct.length * data.length);
  distinct.forEach((one, index) => {
    const from = index * data.length;
    for (let at = 0; at < data.length; at++) values[from + at] = one.data[at]! / 255;
  });
  const made = () => tf.tensor4d(values, [distinct.length, height, width, 3]);
  if (distinct.length === all.length) return made();
  const places = new Map(distinct.map((one, index) => [one, index]));
  return tf.tidy(() =>
    tf.gather(
      made(),
      tf.tensor1d(
        all.map((one) => places.get(one)!),
        "int32",
      ),
    ),
  );
}

export function tensorsOf(path: string): Parameters {
  return Object.fromEntries(
    Object.entries(readTensors(path)).map(([name, { shape, values }]) => [
      name,
      tf.tensor(values, [...shape], values instanceof Int32Array ? "int32" : "float32"),
    ]),
  );
}

/** All columns but the last. [B, T − 1] */
const allButLast = (x: Tensor2D) => tf.slice(x, [0, 0], [x.shape[0], x.shape[1] - 1]);
