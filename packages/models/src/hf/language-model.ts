import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor1D, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import type { Parameters } from "@rewardlab/core";
import { columnsFrom, readAfter, readFirst } from "../layers/cached-layers.ts";
import { embedding } from "../ops/embedding.ts";
import { isTaped } from "../ops/off-tape.ts";
import { allButLast } from "../policy.ts";
import type { Reader } from "../policy.ts";
import { at, rmsNormOf, weight } from "./module.ts";
import type { Module } from "./module.ts";
import { tablesOf, turned } from "./rope-frequencies.ts";
import type { RopeTables } from "../ops/rope.ts";
import type { TextConfig } from "./text-config.ts";
import { decoderLayers, remadeLayers } from "./text-decoder.ts";

/** Prompts of a language model: text, and pictures in between where its architecture has eyes. */
export interface HfBatch {
  readonly promptIds: Tensor2D; // int32 [P, S], left-padded
  readonly promptMask: Tensor2D; // [P, S]
  /** Of the columns; with M-RoPE time, height and width of each. [P, S] or [3, P, S] */
  readonly positions: Tensor;
  /** What is added to a response column's index for its position. [P] */
  readonly shift: Tensor1D;
  readonly pictures: PictureColumns | null;
}

export interface PictureColumns {
  /** Which picture column, counted from 1 over the batch, stands in a prompt's column; 0: a token of its own. int32 [P, S] */
  readonly places: Tensor2D;
  /** What the architecture's eyes read: tensors of its own. */
  readonly seen: object;
}

/** What pictures give to a decoder. */
export interface PictureFeatures {
  /** In the place of words' embeddings. [N, D] */
  readonly columns: Tensor2D;
  /** What is added to the picture columns of the first layers' outputs (DeepStack, arXiv 2406.04334v1). [N, D] each */
  readonly deep?: readonly Tensor2D[];
}

export interface LanguageModelParts {
  /** The model_type, for messages. */
  readonly name: string;
  readonly config: TextConfig;
  /** Where the decoder stands among the parameters, e.g. "model" (embed_tokens, layers, norm), and the logits' matrix where it has one of its own. */
  readonly decoder: string;
  readonly head: string;
  /** The architecture's eyes; absent: text alone. */
  readonly look?: (model: Module, seen: object) => PictureFeatures;
  readonly adapterScale: number;
  /** Whether a parameter trains. */
  readonly trains: (name: string) => boolean;
  /** Gradients make a layer again from its input, in the place of keeping all that is in it. */
  readonly checkpointing: boolean;
}

/** Logits of so many bytes are held at a time: of a vocabulary of 49,152 those of 170 tokens. */
const LOGITS_AT_ONCE = 2 ** 25;

/** How a language model of the Llama family reads, with pictures or without. */
export function languageModel({
  name,
  config,
  decoder,
  head,
  look,
  adapterScale,
  trains,
  checkpointing,
}: LanguageModelParts): Reader<HfBatch> {
  const whole = (parameters: Parameters): Module => ({ parameters, prefix: "", adapterScale });
  const embedded = (model: Module, ids: Tensor2D): Tensor3D =>
    embedding(weight(at(model, "embed_tokens"), "weight"), ids) as Tensor3D; // [B, T, D]
  const layersOf = (model: Module) =>
    checkpointing && isTaped() ? remadeLayers(model, config, trains) : decoderLayers(model, config);
  const logitsModule = config.tied ? `${decoder}.embed_tokens` : head;
  return {
    name,
    width: config.width,
    head: (parameters) => weight(at(whole(parameters), logitsModule), "weight"), // [V, D]
    logits: { bytesAtOnce: LOGITS_AT_ONCE, trains: trains(`${logitsModule}.weight`) },
    readPrompts(parameters, { promptIds, promptMask, positions, shift, pictures }) {
      const all = whole(parameters);
      const model = at(all, decoder);
      const mask = allButLast(promptMask); // [P, S − 1]
      const words = embedded(model, allButLast(promptIds)); // [P, S − 1, D]
      const tables = promptTables(config, positions); // [P, S − 1, d/2]
      const layers = layersOf(model);
      if (pictures === null || look === undefined) return { cache: readFirst(layers, words, mask, tables), mask, shift };
      const { columns, deep = [] } = look(all, pictures.seen);
      const places = allButLast(pictures.places); // int32 [P, S − 1]
      const x = withPictures(words, columns, places, "instead"); // [P, S − 1, D]
      const cache = readFirst(layers, x, mask, tables, (hidden, layer) =>
        layer < deep.length ? withPictures(hidden, deep[layer]!, places, "added") : hidden,
      );
      return { cache, mask, shift };
    },
    readTokens(parameters, tokens, before) {
      const model = at(whole(parameters), decoder);
      const columns = columnsFrom(before.position, tokens.shape[1]); // [T]
      const positions = tf.add(tf.cast(columns, "float32"), tf.expandDims(before.shift!, 1)); // [B, T]
      const { hidden, cache } = readAfter(layersOf(model), embedded(model, tokens), before, tablesOf(config.rope, positions));
      return { hidden: rmsNormOf(at(model, "norm"), hidden, config.normEpsilon), cache }; // [B, T, D]
    },
  };
}

/** Picture columns instead of what stands in their places, or added to it. x [P, S, D], columns [N, D], places [P, S] → [P, S, D] */
function withPictures(x: Tensor3D, columns: Tensor2D, places: Tensor2D, how: "instead" | "added"): Tensor3D {
  return tf.tidy(() => {
    const table = tf.concat([tf.zeros([1, columns.shape[1]]) as Tensor2D, columns]); // [1 + N, D]
    const put = embedding(table, places) as Tensor3D; // [P, S, D], 0 where no picture stands
    if (how === "added") return tf.add(x, put) as Tensor3D;
    return tf.add(tf.mul(x, tf.cast(tf.expandDims(tf.equal(places, 0), -1), "float32")), put) as Tensor3D;
  });
}

/** For all columns of the prompts but the last. positions [P, S] or [3, P, S] → [P, S − 1, d/2] */
function promptTables({ rope, mrope }: TextConfig, positions: Tensor): RopeTables {
  if (positions.rank === 2) return tablesOf(rope, allButLast(positions as Tensor2D));
  return tf.tidy(() => {
    const [, count, columns] = positions.shape as [number, number, number];
    const angles = tf.mul(
      tf.expandDims(tf.slice(positions, [0, 0, 0], [3, count, columns - 1]), -1),
      tf.tensor1d([...rope.inverse]),
    ); // [3, P, S − 1, d/2]
    const pieces = axesOf(rope.inverse.length, mrope!).map(
      ({ axis, from, to }) => tf.slice(angles, [axis, 0, 0, from], [1, count, columns - 1, to - from]), // [1, P, S − 1, to − from]
    );
    return turned(tf.squeeze(tf.concat(pieces, 3), [0]), rope.scale);
  });
}

/**
 * Which axis of a position each of the d/2 frequencies follows: 0 time, 1 height, 2 width. In sections one after the other (Qwen2-VL, arXiv 2409.12191v2),
 * or by turns (Qwen3-VL, arXiv 2511.21631v1): time, height, width, time …, as far as the sections reach, and time after that. In runs of the same axis.
 */
export function axesOf(
  frequencies: number,
  { sections, interleaved }: NonNullable<TextConfig["mrope"]>,
): { axis: number; from: number; to: number }[] {
  const axes = interleaved
    ? Array.from({ length: frequencies }, (_, j) => (j % 3 > 0 && j < 3 * sections[j % 3]! ? j % 3 : 0))
    : sections.flatMap((section, index) => Array.from({ length: section }, () => index % 3));
  const runs: { axis: number; from: number; to: number }[] = [];
  axes.forEach((axis, j) => {
    const run = runs.at(-1);
    if (run?.axis === axis) run.to = j + 1;
    else runs.push({ axis, from: j, to: j + 1 });
  });
  return runs;
}
