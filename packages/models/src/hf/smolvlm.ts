import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { InputError } from "@rewardlab/core";
import type { Pixels, PictureSize } from "@rewardlab/core";
import { z } from "zod";
import { embedding } from "../ops/embedding.ts";
import { resampled } from "../resample.ts";
import type { Eyes } from "./eyes.ts";
import { at, layerNorm, linear, weight } from "./module.ts";
import { commonProcessor, filterOf, readProcessor, valueTables, writePatch } from "./picture-numbers.ts";
import { MOST_LAYERS } from "./text-config.ts";
import { activation, pixelShuffle, siglipLayer, siglipShapes } from "./vision-layers.ts";

/**
 * SmolVLM's eyes (arXiv 2504.05299v1), and Idefics3's (arXiv 2408.12637v1): a picture is cut into square tiles, with the whole picture as one more; each goes
 * through a SigLIP tower, s × s patches become one column, and one matrix brings it among the words.
 */
const count = z.int().positive();
const visionConfig = z.looseObject({
  hidden_size: count.default(1152),
  intermediate_size: count.default(3072),
  num_hidden_layers: count.max(MOST_LAYERS).default(12),
  num_attention_heads: count.default(16),
  image_size: count.default(224),
  patch_size: count.default(32),
  layer_norm_eps: z.number().positive().default(1e-6),
  hidden_act: z.string().default("gelu_pytorch_tanh"),
});
const config = z.looseObject({
  image_token_id: z.int().nonnegative(),
  scale_factor: count.default(2),
  vision_config: visionConfig,
  text_config: z.looseObject({ hidden_size: count }),
});
const longestEdge = z.looseObject({ longest_edge: count });
const processor = commonProcessor.extend({
  size: z
    .looseObject({ longest_edge: count.optional(), height: count.optional(), width: count.optional() })
    .default({ longest_edge: 4 * 364 }),
  max_image_size: longestEdge.default({ longest_edge: 364 }),
  do_image_splitting: z.boolean().default(true),
});

export interface SmolVlmFiles {
  readonly config: unknown;
  readonly configAt: string;
  readonly processor: unknown;
  readonly processorAt: string;
  /** The id of a token by its text; undefined where there is none. */
  readonly tokenId: (text: string) => number | undefined;
}

/** Throws `InputError` for what the files say otherwise than this architecture can be. */
export function smolVlmEyes({ config: json, configAt, processor: given, processorAt, tokenId }: SmolVlmFiles): Eyes {
  const {
    vision_config: vision,
    text_config: decoder,
    scale_factor: factor,
    image_token_id: columnToken,
  } = readProcessor(config, json, configAt);
  const chosen = readProcessor(processor, given, processorAt);
  const tile = chosen.max_image_size.longest_edge;
  const side = tile / vision.patch_size; // of a tile, in patches
  if (!Number.isInteger(side) || side % factor !== 0)
    throw new InputError(
      "RL_HF_CONFIG",
      `${processorAt}: max_image_size.longest_edge is ${tile}, expected a multiple of patch_size · scale_factor: ${vision.patch_size * factor}`,
    );
  const columns = (side / factor) ** 2; // of a tile
  const filter = filterOf(chosen.resample ?? 1, processorAt);
  const tables = valueTables(chosen, chosen.image_mean ?? [0.5, 0.5, 0.5], chosen.image_std ?? [0.5, 0.5, 0.5]);
  const layer = {
    heads: vision.num_attention_heads,
    epsilon: vision.layer_norm_eps,
    activation: activation(vision.hidden_act, configAt),
  };
  const places = patchPlaces(side, vision.image_size / vision.patch_size); // [n]

  /** The sizes that a picture goes through before it is cut, and into how many tiles. */
  const sizesOf = (picture: PictureSize) => {
    const first = chosen.do_resize ? resizedTo(picture, chosen.size, processorAt) : picture;
    if (!chosen.do_image_splitting) return { first, second: { width: tile, height: tile }, rows: 0, columns: 0 };
    const second = inTiles(first, tile);
    const cut = second.width > tile || second.height > tile;
    return { first, second, rows: cut ? second.height / tile : 0, columns: cut ? second.width / tile : 0 };
  };
  const tilesOf = (picture: Pixels): { of: Pixels; left: number; top: number }[] => {
    const { first, second, rows, columns: across } = sizesOf(picture);
    const resize = (one: Pixels, to: PictureSize) => resampled(one, to.width, to.height, filter, "picture");
    const whole = resize(resize(picture, first), second);
    if (rows === 0) return [{ of: whole, left: 0, top: 0 }];
    const tiles = Array.from({ length: rows * across }, (_, index) => ({
      of: whole,
      left: (index % across) * tile,
      top: Math.floor(index / across) * tile,
    }));
    return [...tiles, { of: resize(whole, { width: tile, height: tile }), left: 0, top: 0 }];
  };

  const around = "<fake_token_around_image>";
  const mark = "<image>";
  return {
    mark,
    columnToken,
    columnWidth: decoder.hidden_size,
    never: [mark, around, "<global-img>"].flatMap((text) => tokenId(text) ?? []).concat(columnToken),
    written(picture) {
      const { rows, columns: across } = sizesOf(picture);
      const one = mark.repeat(columns);
      const all = `${around}<global-img>${one}${around}`;
      if (rows === 0) return all;
      const lines = Array.from({ length: rows }, (_, row) =>
        Array.from({ length: across }, (__, column) => `${around}<row_${row + 1}_col_${column + 1}>${one}`).join(""),
      );
      return `${lines.map((line) => `${line}\n`).join("")}\n${all}`;
    },
    grid: () => null,
    prepare(pictures) {
      const tiles = pictures.flatMap(tilesOf);
      const each = 3 * vision.patch_size ** 2;
      const patches = new Float32Array(tiles.length * side * side * each);
      tiles.forEach(({ of, left, top }, index) => {
        for (let patch = 0; patch < side * side; patch++)
          writePatch(patches, (index * side * side + patch) * each, of, tables, {
            left: left + (patch % side) * vision.patch_size,
            top: top + Math.floor(patch / side) * vision.patch_size,
            side: vision.patch_size,
            times: 1,
          });
      });
      return { patches: tf.tensor3d(patches, [tiles.length, side * side, each]), places: tf.tensor1d(places, "int32") };
    },
    look: (model, seen) => {
      const { patches, places: numbers } = seen as { patches: Tensor3D; places: Tensor1D };
      const tower = at(model, "model", "vision_model");
      const columnsOf = (): Tensor2D => {
        const positions = embedding(weight<Tensor2D>(at(tower, "embeddings", "position_embedding"), "weight"), numbers); // [n, D]
        let x = tf.add(linear(at(tower, "embeddings", "patch_embedding"), patches), positions) as Tensor3D; // [N, n, D]
        for (let index = 0; index < vision.num_hidden_layers; index++)
          x = siglipLayer(at(tower, "encoder", "layers", index), x, layer);
        const shuffled = pixelShuffle(layerNorm(at(tower, "post_layernorm"), x, vision.layer_norm_eps), factor); // [N, columns, s²·D]
        const projected = linear(at(model, "model", "connector", "modality_projection", "proj"), shuffled); // [N, columns, W]
        return tf.reshape(projected, [-1, decoder.hidden_size]);
      };
      return { columns: tf.tidy(columnsOf) };
    },
    shapes: shapesOf(vision, factor, decoder.hidden_size),
  };
}

function shapesOf(vision: z.output<typeof visionConfig>, factor: number, width: number): Record<string, readonly number[]> {
  const tower = "model.vision_model.";
  const { hidden_size: D, patch_size: patch } = vision;
  return {
    [`${tower}embeddings.patch_embedding.weight`]: [D, 3, patch, patch],
    [`${tower}embeddings.patch_embedding.bias`]: [D],
    [`${tower}embeddings.position_embedding.weight`]: [Math.floor(vision.image_size / patch) ** 2, D],
    ...siglipShapes(`${tower}encoder.layers.`, vision.num_hidden_layers, D, vision.intermediate_size),
    [`${tower}post_layernorm.weight`]: [D],
    [`${tower}post_layernorm.bias`]: [D],
    "model.connector.modality_projection.proj.weight": [width, D * factor ** 2],
  };
}

/** A picture's longer side becomes so many pixels, the other follows, made even; never more than 4,096 pixels a side. */
function resizedTo(
  { width, height }: PictureSize,
  size: { readonly longest_edge?: number | undefined; readonly height?: number | undefined; readonly width?: number | undefined },
  where: string,
): PictureSize {
  if (size.longest_edge === undefined) {
    if (size.width !== undefined && size.height !== undefined) return { width: size.width, height: size.height };
    throw new InputError("RL_HF_CONFIG", `${where}: size has neither longest_edge nor height and width`);
  }
  const even = (length: number) => length + (length % 2);
  const longest = size.longest_edge;
  const ratio = width / height;
  const scaled =
    width >= height
      ? { width: longest, height: Math.max(even(Math.trunc(longest / ratio)), 1) }
      : { width: Math.max(even(Math.trunc(longest * ratio)), 1), height: longest };
  return below(scaled, 4096);
}

function below({ width, height }: PictureSize, most: number): PictureSize {
  const ratio = width / height;
  if (width >= height && width > most) return { width: most, height: Math.max(Math.trunc(most / ratio), 1) };
  if (height > width && height > most) return { width: Math.max(Math.trunc(most * ratio), 1), height: most };
  return { width, height };
}

/** Sides that are whole numbers of tiles. */
function inTiles({ width, height }: PictureSize, tile: number): PictureSize {
  const up = (length: number) => Math.ceil(length / tile) * tile;
  const ratio = width / height;
  if (width >= height) return { width: up(width), height: up(Math.trunc(up(width) / ratio)) };
  return { width: up(Math.trunc(up(height) * ratio)), height: up(height) };
}

/**
 * Which of the tower's `known` × `known` positions each patch of a tile has: by where it stands in its tile, as a fraction of the side (NaViT,
 * arXiv 2307.06304v1). In float32, as Transformers counts: where the two sides are equal that decides about neighbours.
 */
function patchPlaces(side: number, known: number): Int32Array {
  const boundaries = Array.from({ length: Math.ceil((1 - 1 / known) / (1 / known)) }, (_, index) =>
    Math.fround(1 / known + index * (1 / known)),
  );
  const step = Math.fround(1 / side);
  const buckets = Array.from({ length: side }, (_, index) => {
    const fraction = Math.min(Math.fround(index * step), Math.fround(1 - 1e-6));
    return boundaries.filter((boundary) => boundary <= fraction).length;
  });
  return Int32Array.from(
    { length: side * side },
    (_, patch) => buckets[Math.floor(patch / side)]! * known + buckets[patch % side]!,
  );
}
