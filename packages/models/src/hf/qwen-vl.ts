import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { InputError } from "@rewardlab/core";
import type { Pixels, PictureSize } from "@rewardlab/core";
import { z } from "zod";
import { embedding } from "../ops/embedding.ts";
import { rope } from "../ops/rope.ts";
import type { RopeTables } from "../ops/rope.ts";
import { swiglu } from "../ops/swiglu.ts";
import { resampled } from "../resample.ts";
import type { Eyes } from "./eyes.ts";
import { groupedAttention, groupsOf } from "./grouped-attention.ts";
import type { Groups } from "./grouped-attention.ts";
import type { PictureFeatures } from "./language-model.ts";
import { at, layerNorm, linear, rmsNormOf, weight } from "./module.ts";
import type { Module } from "./module.ts";
import { commonProcessor, filterOf, readProcessor, valueTables, writePatch } from "./picture-numbers.ts";
import { MOST_LAYERS } from "./text-config.ts";
import { activation, exactGelu } from "./vision-layers.ts";

/**
 * The eyes of Qwen2.5-VL (arXiv 2502.13923v1) and Qwen3-VL (arXiv 2511.21631v1). A picture keeps its shape: it is brought to whole patches between
 * a smallest and a largest area, its patches go through the tower in blocks of 2 × 2, and each block becomes one column. Positions are turned in on two axes.
 *
 * Qwen2.5-VL: RMSNorm, a gated feed-forward part, and attention within windows in all but a few layers. Qwen3-VL: LayerNorm, a plain feed-forward part, learned
 * positions between which is interpolated, attention to the whole picture, and what some layers give is added to the decoder's first layers (DeepStack).
 */
const size = z.int().positive();
const shared = {
  depth: size.max(MOST_LAYERS),
  hidden_size: size,
  intermediate_size: size,
  num_heads: size,
  patch_size: size.default(14),
  spatial_merge_size: size.default(2),
  temporal_patch_size: size.default(2),
  in_channels: z.literal(3).default(3),
  out_hidden_size: size,
  rope_parameters: z.looseObject({ rope_theta: z.number().positive().optional() }).nullish(),
};
const qwen25Vision = z.looseObject({
  ...shared,
  hidden_act: z.literal("silu").default("silu"),
  window_size: size.default(112),
  fullatt_block_indexes: z.array(z.int().nonnegative()).default([7, 15, 23, 31]),
});
const qwen3Vision = z.looseObject({
  ...shared,
  hidden_act: z.string().default("gelu_pytorch_tanh"),
  patch_size: size.default(16),
  num_position_embeddings: size.default(2304),
  deepstack_visual_indexes: z.array(z.int().nonnegative()).default([8, 16, 24]),
});
const processor = commonProcessor.extend({
  size: z.looseObject({ shortest_edge: size.optional(), longest_edge: size.optional() }).optional(),
  min_pixels: size.nullish(),
  max_pixels: size.nullish(),
  patch_size: size.optional(),
  merge_size: size.optional(),
  temporal_patch_size: size.optional(),
});
/** OpenAI's CLIP's. */
const MEAN = [0.48145466, 0.4578275, 0.40821073];
const DEVIATION = [0.26862954, 0.26130258, 0.27577711];
const EPSILON = 1e-6;

export interface QwenVlFiles {
  readonly config: unknown;
  readonly configAt: string;
  readonly processor: unknown;
  readonly processorAt: string;
  /** Where the tower stands among the parameters: "visual", or "model.visual". */
  readonly tower: string;
  /** The id of a token by its text; undefined where there is none. */
  readonly tokenId: (text: string) => number | undefined;
}

/** What the tower reads of the pictures of a batch: n patches in all, in blocks. */
interface Seen {
  readonly patches: Tensor2D; // [n, 3 · 2 · patch²]
  readonly rope: RopeTables; // [1, n, d/2]
  /** Patches of one picture. */
  readonly whole: Groups;
  /** Patches of one window. */
  readonly windows: Groups | null;
  /** The four learned positions around each patch and their shares. int32 [n, 4], [n, 4] */
  readonly near: { readonly numbers: Tensor2D; readonly shares: Tensor2D } | null;
}

/** Throws `InputError` for what the files say otherwise than this architecture can be. */
export function qwenVlEyes(kind: "qwen2_5_vl" | "qwen3_vl", files: QwenVlFiles): Eyes {
  const { configAt, processorAt, tokenId } = files;
  const { image_token_id: columnToken, vision_config } = readProcessor(
    z.looseObject({ image_token_id: z.int().nonnegative(), vision_config: z.unknown() }),
    files.config,
    configAt,
  );
  const body = kind === "qwen2_5_vl" ? qwen25Body(vision_config, configAt) : qwen3Body(vision_config, configAt);
  const { patch, merge, frames } = body;
  const chosen = readProcessor(processor, files.processor, processorAt);
  for (const [name, given, expected] of [
    ["patch_size", chosen.patch_size, patch],
    ["merge_size", chosen.merge_size, merge],
    ["temporal_patch_size", chosen.temporal_patch_size, frames],
  ] as const)
    if (given !== undefined && given !== expected)
      throw new InputError("RL_HF_CONFIG", `${processorAt}: ${name} is ${given}, expected the tower's: ${expected}`);
  const least = chosen.min_pixels ?? chosen.size?.shortest_edge ?? 56 * 56;
  const most = chosen.max_pixels ?? chosen.size?.longest_edge ?? 28 * 28 * 1280;
  const filter = filterOf(chosen.resample ?? 3, processorAt);
  const tables = valueTables(chosen, chosen.image_mean ?? MEAN, chosen.image_std ?? DEVIATION);
  const resizedTo = (picture: PictureSize): PictureSize => {
    if (chosen.do_resize) return smartSize(picture, patch * merge, least, most);
    if (picture.width % (patch * merge) === 0 && picture.height % (patch * merge) === 0) return picture;
    throw new InputError(
      "RL_IMAGE",
      `picture: it is ${picture.width}×${picture.height}, expected multiples of ${patch * merge}: do_resize is off in ${processorAt}`,
    );
  };
  const gridOf = (picture: PictureSize) => {
    const { width, height } = resizedTo(picture);
    return { height: height / patch / merge, width: width / patch / merge };
  };
  const mark = "<|image_pad|>";
  return {
    mark,
    columnToken,
    columnWidth: body.width,
    never: [mark, "<|video_pad|>", "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>"]
      .flatMap((text) => tokenId(text) ?? [])
      .concat(columnToken),
    written: (picture) => {
      const { width, height } = gridOf(picture);
      return mark.repeat(width * height);
    },
    grid: gridOf,
    prepare: (pictures) => {
      const grids = pictures.map(gridOf);
      const places = grids.map(({ width, height }) => blockOrder(width * merge, height * merge, merge));
      const total = places.reduce((sum, of) => sum + of.length, 0);
      const each = 3 * frames * patch * patch;
      const patches = new Float32Array(total * each);
      let row = 0;
      pictures.forEach((picture, index) => {
        const to = resizedTo(picture);
        const whole: Pixels = resampled(picture, to.width, to.height, filter, "picture");
        for (const { x, y } of places[index]!)
          writePatch(patches, row++ * each, whole, tables, { left: x * patch, top: y * patch, side: patch, times: frames });
      });
      return { patches: tf.tensor2d(patches, [total, each]), ...body.columnsOf(grids, places) } satisfies Seen;
    },
    look: (model, seen) => body.look(at(model, files.tower), seen as Seen),
    shapes: Object.fromEntries(Object.entries(body.shapes).map(([name, shape]) => [`${files.tower}.${name}`, shape])),
  };
}

/** What is a tower's own. */
interface Body {
  /** Of the columns that it gives. */
  readonly width: number;
  readonly patch: number;
  readonly merge: number;
  readonly frames: number;
  columnsOf(grids: readonly PictureSize[], places: readonly (readonly Place[])[]): Omit<Seen, "patches">;
  look(tower: Module, seen: Seen): PictureFeatures;
  readonly shapes: Readonly<Record<string, readonly number[]>>;
}

function qwen25Body(json: unknown, where: string): Body {
  const config = readProcessor(qwen25Vision, json, `${where}: vision_config`);
  const {
    hidden_size: D,
    intermediate_size: F,
    num_heads: heads,
    spatial_merge_size: merge,
    patch_size: patch,
    depth,
    out_hidden_size: O,
  } = config;
  const windowColumns = Math.floor(config.window_size / merge / patch);
  return {
    width: O,
    patch,
    merge,
    frames: config.temporal_patch_size,
    columnsOf: (grids, places) => ({
      rope: axialTables(places.flat(), D / heads, config.rope_parameters?.rope_theta ?? 10_000),
      whole: groupsOf(...ofPictures(places)),
      windows: groupsOf(...ofWindows(grids, merge * merge, windowColumns)),
      near: null,
    }),
    look: (tower, seen) => {
      const columnsOf = () => {
        let x = linear(at(tower, "patch_embed", "proj"), seen.patches); // [n, D]
        for (let index = 0; index < depth; index++) {
          const block = at(tower, "blocks", index);
          const groups = config.fullatt_block_indexes.includes(index) ? seen.whole : seen.windows!;
          x = tf.add(x, selfAttention(block, rmsNormOf(at(block, "norm1"), x, EPSILON), heads, seen.rope, groups)); // [n, D]
          const normed = rmsNormOf(at(block, "norm2"), x, EPSILON); // [n, D]
          const gated = swiglu(linear(at(block, "mlp", "gate_proj"), normed), linear(at(block, "mlp", "up_proj"), normed)); // [n, F]
          x = tf.add(x, linear(at(block, "mlp", "down_proj"), gated)); // [n, D]
        }
        const merger = at(tower, "merger");
        const blocks = tf.reshape(rmsNormOf(at(merger, "ln_q"), x, EPSILON), [-1, D * merge * merge]) as Tensor2D; // [n/4, 4·D]
        return linear(at(merger, "mlp", 2), exactGelu(linear(at(merger, "mlp", 0), blocks))); // [n/4, O]
      };
      return { columns: tf.tidy(columnsOf) };
    },
    shapes: {
      "patch_embed.proj.weight": [D, 3, config.temporal_patch_size, patch, patch],
      ...blockShapes(depth, D, (put) => {
        put("mlp.gate_proj", [F, D], F);
        put("mlp.up_proj", [F, D], F);
        put("mlp.down_proj", [D, F], D);
        put("norm1", [D], null);
        put("norm2", [D], null);
      }),
      "merger.ln_q.weight": [D],
      ...mlpShapes("merger.mlp.0", "merger.mlp.2", D * merge * merge, O),
    },
  };
}

function qwen3Body(json: unknown, where: string): Body {
  const config = readProcessor(qwen3Vision, json, `${where}: vision_config`);
  const {
    hidden_size: D,
    intermediate_size: F,
    num_heads: heads,
    spatial_merge_size: merge,
    patch_size: patch,
    depth,
    out_hidden_size: O,
  } = config;
  const act = activation(config.hidden_act, where);
  const known = Math.floor(Math.sqrt(config.num_position_embeddings));
  const merged = (merger: Module, x: Tensor2D, normFirst: boolean): Tensor2D => {
    const inBlocks = (y: Tensor2D) => tf.reshape(y, [-1, D * merge * merge]) as Tensor2D; // [n/4, 4·D]
    const norm = at(merger, "norm");
    const blocks = normFirst ? inBlocks(layerNorm(norm, x, EPSILON)) : layerNorm(norm, inBlocks(x), EPSILON);
    return linear(at(merger, "linear_fc2"), exactGelu(linear(at(merger, "linear_fc1"), blocks))); // [n/4, O]
  };
  const mergerShapes = (name: string, norm: number) => ({
    [`${name}.norm.weight`]: [norm],
    [`${name}.norm.bias`]: [norm],
    ...mlpShapes(`${name}.linear_fc1`, `${name}.linear_fc2`, D * merge * merge, O),
  });
  return {
    width: O,
    patch,
    merge,
    frames: config.temporal_patch_size,
    columnsOf: (grids, places) => ({
      rope: axialTables(places.flat(), D / heads, config.rope_parameters?.rope_theta ?? 10_000),
      whole: groupsOf(...ofPictures(places)),
      windows: null,
      near: nearPositions(grids, places, merge, known),
    }),
    look: (tower, seen) => {
      const made = tf.tidy(() => {
        const { numbers, shares } = seen.near!;
        const around = embedding(weight<Tensor2D>(at(tower, "pos_embed"), "weight"), numbers); // [n, 4, D]
        const positions = tf.sum(tf.mul(around, tf.expandDims(shares, -1)), 1); // [n, D]
        let x = tf.add(linear(at(tower, "patch_embed", "proj"), seen.patches), positions) as Tensor2D; // [n, D]
        const deep: Tensor2D[] = [];
        for (let index = 0; index < depth; index++) {
          const block = at(tower, "blocks", index);
          x = tf.add(x, selfAttention(block, layerNorm(at(block, "norm1"), x, EPSILON), heads, seen.rope, seen.whole)); // [n, D]
          const hidden = act(linear(at(block, "mlp", "linear_fc1"), layerNorm(at(block, "norm2"), x, EPSILON))); // [n, F]
          x = tf.add(x, linear(at(block, "mlp", "linear_fc2"), hidden)); // [n, D]
          const place = config.deepstack_visual_indexes.indexOf(index);
          if (place >= 0) deep[place] = merged(at(tower, "deepstack_merger_list", place), x, false); // [n/4, O]
        }
        return [merged(at(tower, "merger"), x, true), ...deep];
      });
      const [columns, ...deep] = made as [Tensor2D, ...Tensor2D[]];
      return { columns, deep };
    },
    shapes: {
      "patch_embed.proj.weight": [D, 3, config.temporal_patch_size, patch, patch],
      "patch_embed.proj.bias": [D],
      "pos_embed.weight": [config.num_position_embeddings, D],
      ...blockShapes(depth, D, (put) => {
        put("mlp.linear_fc1", [F, D], F);
        put("mlp.linear_fc2", [D, F], D);
        put("norm1", [D], D);
        put("norm2", [D], D);
      }),
      ...mergerShapes("merger", D),
      ...Object.assign(
        {},
        ...config.deepstack_visual_indexes.map((_, place) => mergerShapes(`deepstack_merger_list.${place}`, D * merge * merge)),
      ),
    },
  };
}

/** x [n, D] → [n, D] */
function selfAttention(block: Module, x: Tensor2D, heads: number, tables: RopeTables, groups: Groups): Tensor2D {
  return tf.tidy(() => {
    const [count, width] = x.shape;
    const all = tf.reshape(linear(at(block, "attn", "qkv"), x), [count, 3, heads, width / heads]); // [n, 3, H, d]
    const [q, k, v] = tf.unstack(all, 1).map((one) => tf.expandDims(one, 0)) as [Tensor4D, Tensor4D, Tensor4D]; // [1, n, H, d]
    return linear(at(block, "attn", "proj"), groupedAttention(rope(q, tables), rope(k, tables), v, groups)); // [n, D]
  });
}

type Put = (name: string, shape: readonly number[], bias: number | null) => void;

function blockShapes(depth: number, D: number, own: (put: Put) => void): Record<string, readonly number[]> {
  const shapes: Record<string, readonly number[]> = {};
  for (let index = 0; index < depth; index++) {
    const put: Put = (name, shape, bias) => {
      shapes[`blocks.${index}.${name}.weight`] = shape;
      if (bias !== null) shapes[`blocks.${index}.${name}.bias`] = [bias];
    };
    put("attn.qkv", [3 * D, D], 3 * D);
    put("attn.proj", [D, D], D);
    own(put);
  }
  return shapes;
}

function mlpShapes(first: string, second: string, hidden: number, out: number): Record<string, readonly number[]> {
  return {
    [`${first}.weight`]: [hidden, hidden],
    [`${first}.bias`]: [hidden],
    [`${second}.weight`]: [out, hidden],
    [`${second}.bias`]: [out],
  };
}

// ---------------------------------------------------------------- places

/** Where a patch stands, in patches. */
interface Place {
  readonly x: number;
  readonly y: number;
}

/** The patches of a picture in blocks of merge × merge, block by block in reading order. */
function blockOrder(width: number, height: number, merge: number): Place[] {
  const places: Place[] = [];
  for (let top = 0; top < height; top += merge)
    for (let left = 0; left < width; left += merge)
      for (let y = 0; y < merge; y++) for (let x = 0; x < merge; x++) places.push({ x: left + x, y: top + y });
  return places;
}

/** Each picture's patches are a group. */
function ofPictures(places: readonly (readonly Place[])[]): [number[][], number] {
  let rows = 0;
  const groups = places.map((of) => of.map(() => rows++));
  return [groups, rows];
}

/** A picture's columns are cut into windows of so many by so many, the last ones smaller; the patches of a window's columns are a group. */
function ofWindows(grids: readonly PictureSize[], patchesOfColumn: number, window: number): [number[][], number] {
  const groups: number[][] = [];
  let first = 0; // column
  for (const { width, height } of grids) {
    for (let top = 0; top < height; top += window)
      for (let left = 0; left < width; left += window) {
        const group: number[] = [];
        for (let y = top; y < Math.min(top + window, height); y++)
          for (let x = left; x < Math.min(left + window, width); x++)
            for (let patch = 0; patch < patchesOfColumn; patch++) group.push((first + y * width + x) * patchesOfColumn + patch);
        groups.push(group);
      }
    first += width * height;
  }
  return [groups, first * patchesOfColumn];
}

/** cos and sin: the first half of a head's frequencies turns by the height, the second by the width. [1, n, d/2] */
function axialTables(places: readonly Place[], headSize: number, base: number): RopeTables {
  const quarter = headSize / 4;
  const inverse = Array.from({ length: quarter }, (_, j) => base ** ((-2 * j) / (headSize / 2)));
  const angles = Float32Array.from(places.flatMap(({ x, y }) => [...inverse.map((f) => f * y), ...inverse.map((f) => f * x)]));
  const shape: [number, number, number] = [1, places.length, 2 * quarter];
  return { cos: tf.tensor3d(angles.map(Math.cos), shape), sin: tf.tensor3d(angles.map(Math.sin), shape) };
}

/** Learned positions stand on a grid of known × known, its corners on the picture's: each patch takes of the four around it by nearness (bilinear). */
function nearPositions(
  grids: readonly PictureSize[],
  places: readonly (readonly Place[])[],
  merge: number,
  known: number,
): NonNullable<Seen["near"]> {
  const numbers: number[] = [];
  const shares: number[] = [];
  const along = (place: number, length: number) => {
    const exact = length === 1 ? 0 : (place * (known - 1)) / (length - 1);
    const low = Math.min(Math.floor(exact), known - 1);
    return { low, high: Math.min(low + 1, known - 1), part: exact - low };
  };
  grids.forEach(({ width, height }, index) => {
    for (const { x, y } of places[index]!) {
      const [row, column] = [along(y, height * merge), along(x, width * merge)];
      numbers.push(
        row.low * known + column.low,
        row.low * known + column.high,
        row.high * known + column.low,
        row.high * known + column.high,
      );
      shares.push(
        (1 - row.part) * (1 - column.part),
        (1 - row.part) * column.part,
        row.part * (1 - column.part),
        row.part * column.part,
      );
    }
  });
  return { numbers: tf.tensor2d(numbers, [numbers.length / 4, 4], "int32"), shares: tf.tensor2d(shares, [shares.length / 4, 4]) };
}

/** Sides in whole blocks, near the picture's own, with an area from `least` to `most` pixels. */
function smartSize({ width, height }: PictureSize, block: number, least: number, most: number): PictureSize {
  if (Math.max(width, height) / Math.min(width, height) > 200)
    throw new InputError(
      "RL_IMAGE",
      `picture: it is ${width}×${height}, expected sides of which one is at most 200 times the other`,
    );
  const near = { width: evenRound(width / block) * block, height: evenRound(height / block) * block };
  if (near.width * near.height > most) {
    const by = Math.sqrt((height * width) / most);
    const down = (side: number) => Math.max(block, Math.floor(side / by / block) * block);
    return { width: down(width), height: down(height) };
  }
  if (near.width * near.height < least) {
    const by = Math.sqrt(least / (height * width));
    const up = (side: number) => Math.ceil((side * by) / block) * block;
    return { width: up(width), height: up(height) };
  }
  return near;
}

/** Halves go to the even neighbour, as in Python. */
function evenRound(x: number): number {
  const whole = Math.floor(x);
  if (x - whole !== 0.5) return Math.round(x);
  return whole % 2 === 0 ? whole : whole + 1;
}
