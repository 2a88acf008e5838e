import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor3D } from "@tensorflow/tfjs-core";
import { embedding } from "../ops/embedding.ts";
import type { RopeTables } from "../ops/rope.ts";
import type { Decoder } from "./decoder.ts";
import { at, rmsNormOf, weight } from "./module.ts";
import { tablesOf, turned } from "./rope-frequencies.ts";
import type { TextConfig } from "./text-config.ts";
import { decoderLayers, decoderShapes, remadeLayers } from "./text-decoder.ts";

/** A decoder of the Llama family. `name`: where it stands, e.g. "model" (embed_tokens, layers, norm); `head`: the logits' matrix where it has one of its own. */
export function llamaDecoder(config: TextConfig, name: string, head: string): Decoder {
  const { width, layers, heads, kvHeads, headSize, hiddenSize, vocabulary, contextLength, tied } = config;
  return {
    sizes: { width, layers, heads, kvHeads, headSize, hiddenSize },
    vocabulary,
    contextLength,
    at: name,
    logits: tied ? `${name}.embed_tokens` : head,
    shapes: { ...decoderShapes(`${name}.`, config), ...(tied ? {} : { [`${head}.weight`]: [vocabulary, width] }) },
    embed: (whole, ids) => embedding(weight(at(whole, name, "embed_tokens"), "weight"), ids) as Tensor3D, // [B, T, D]
    layers: (whole) => decoderLayers(at(whole, name), config),
    remade: (whole, trains) => remadeLayers(at(whole, name), config, trains),
    tables: (positions) => tablesFor(config, positions),
    norm: (whole, x) => rmsNormOf(at(whole, name, "norm"), x, config.normEpsilon), // [B, T, D]
  };
}

/** positions [B, T] or, with M-RoPE, [3, B, T] → [B, T, d/2] */
function tablesFor({ rope, mrope }: TextConfig, positions: Tensor): RopeTables {
  if (positions.rank === 2) return tablesOf(rope, positions);
  return tf.tidy(() => {
    const [, count, columns] = positions.shape as [number, number, number];
    const angles = tf.mul(tf.expandDims(positions, -1), tf.tensor1d([...rope.inverse])); // [3, B, T, d/2]
    const pieces = axesOf(rope.inverse.length, mrope!).map(
      ({ axis, from, to }) => tf.slice(angles, [axis, 0, 0, from], [1, count, columns, to - from]), // [1, B, T, to − from]
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
