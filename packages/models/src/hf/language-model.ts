import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor1D, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import type { Parameters } from "@rewardlab/core";
import { columnsFrom, readAfter, readFirst } from "../layers/cached-layers.ts";
import { embedding } from "../ops/embedding.ts";
import { isTaped } from "../ops/off-tape.ts";
import { allButLast } from "../policy.ts";
import type { Reader } from "../policy.ts";
import type { Decoder } from "./decoder.ts";
import { at, weight } from "./module.ts";
import type { Module } from "./module.ts";

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
  readonly decoder: Decoder;
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

/** How a language model reads, with pictures or without. */
export function languageModel({ name, decoder, look, adapterScale, trains, checkpointing }: LanguageModelParts): Reader<HfBatch> {
  const whole = (parameters: Parameters): Module => ({ parameters, prefix: "", adapterScale });
  const layersOf = (all: Module) =>
    (checkpointing && isTaped() ? decoder.remade?.(all, trains) : undefined) ?? decoder.layers(all);
  return {
    name,
    width: decoder.sizes.width,
    head: (parameters) => weight(at(whole(parameters), decoder.logits), "weight"), // [V, D]
    logits: { bytesAtOnce: LOGITS_AT_ONCE, trains: trains(`${decoder.logits}.weight`) },
    readPrompts(parameters, { promptIds, promptMask, positions, shift, pictures }) {
      const all = whole(parameters);
      const mask = allButLast(promptMask); // [P, S − 1]
      const words = decoder.embed(all, allButLast(promptIds)); // [P, S − 1, D]
      const tables = decoder.tables(allButLastOf(positions)); // [P, S − 1, d/2]
      const layers = layersOf(all);
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
      const all = whole(parameters);
      const columns = columnsFrom(before.position, tokens.shape[1]); // [T]
      const positions = tf.add(tf.cast(columns, "float32"), tf.expandDims(before.shift!, 1)); // [B, T]
      const { hidden, cache } = readAfter(layersOf(all), decoder.embed(all, tokens), before, decoder.tables(positions));
      return { hidden: decoder.norm(all, hidden), cache }; // [B, T, D]
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

/** Of all columns but the last, on one axis or three. [P, S] or [3, P, S] → [P, S − 1] or [3, P, S − 1] */
function allButLastOf(positions: Tensor): Tensor {
  if (positions.rank === 2) return allButLast(positions as Tensor2D);
  const [axes, count, columns] = positions.shape as [number, number, number];
  return tf.slice(positions, [0, 0, 0], [axes, count, columns - 1]);
}
