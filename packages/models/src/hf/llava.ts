import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { InputError } from "@rewardlab/core";
import { z } from "zod";
import type { Eyes } from "./eyes.ts";
import { at, layerNorm, linear } from "./module.ts";
import type { Module } from "./module.ts";
import { readProcessor } from "./picture-numbers.ts";
import { activation, pixelShuffle } from "./vision-layers.ts";
import type { VisionTower } from "./vision-tower.ts";
import { visionTowerOf } from "./vision-towers.ts";
import { wholePictures } from "./whole-picture.ts";

/**
 * LLaVA's eyes (arXiv 2310.03744v2): the states of one or more layers of a tower, and two matrices with an activation between them that bring each patch among
 * the words. InternVL's (arXiv 2504.10479v3) differ in that s × s patches become one column first, which a LayerNorm then evens.
 */
const config = z.looseObject({
  image_token_index: z.int().nonnegative().optional(),
  image_token_id: z.int().nonnegative().optional(),
  vision_feature_layer: z.union([z.int(), z.array(z.int()).min(1)]).optional(),
  vision_feature_select_strategy: z.enum(["default", "full"]).default("default"),
  projector_hidden_act: z.string().default("gelu"),
  multimodal_projector_bias: z.boolean().default(true),
  downsample_ratio: z.number().positive().max(1).default(0.5),
  vision_config: z.looseObject({}).default({}),
});

export interface LlavaFiles {
  readonly kind: "llava" | "internvl";
  readonly config: unknown;
  readonly configAt: string;
  readonly processor: unknown;
  readonly processorAt: string;
  /** Where the tower and the projector stand among the parameters. */
  readonly tower: string;
  readonly projector: string;
  /** W, of a word's embedding. */
  readonly width: number;
  /** A token's text. */
  readonly textOf: (id: number) => string;
}

/** What is read from states of the tower, and how the states become columns. */
interface Projector {
  readonly layers: readonly (number | "last")[];
  /** s: so many by so many patches become one column. */
  readonly factor: number;
  readonly normed: boolean;
  /** The first column is left out: the class token's. */
  readonly withoutFirst: boolean;
}

/** Throws `InputError` for what the files say otherwise than this architecture can be. */
export function llavaEyes(files: LlavaFiles): Eyes & { readonly body: VisionTower } {
  const { kind, configAt, width: W } = files;
  const chosen = readProcessor(config, files.config, configAt);
  const body = visionTowerOf(chosen.vision_config, `${configAt}: vision_config`);
  const columnToken = chosen.image_token_index ?? chosen.image_token_id ?? (kind === "llava" ? 32_000 : 151_667);
  const parts = projectorOf(chosen, kind, body, configAt);
  const pictures = wholePictures(files.processor, files.processorAt);
  const grid = {
    width: Math.floor(pictures.size.width / body.patch),
    height: Math.floor(pictures.size.height / body.patch),
  };
  const states = grid.width * grid.height + body.before - (parts.withoutFirst ? 1 : 0);
  const count = states / parts.factor ** 2;
  if (parts.factor > 1 && !Number.isInteger(Math.sqrt(states) / parts.factor))
    throw new InputError(
      "RL_HF_CONFIG",
      `${configAt}: ${parts.factor} × ${parts.factor} patches become one column, and a picture has ${grid.width}×${grid.height} of them (${states} columns of the tower), expected a square whose side is a multiple of ${parts.factor}`,
    );
  tf.dispose(body.prepare(grid) as never); // refuses a size that it can't see before anything is loaded
  const act = activation(chosen.projector_hidden_act, configAt);
  const inputs = body.width * parts.layers.length * parts.factor ** 2;
  const bias = kind === "internvl" || chosen.multimodal_projector_bias;
  const mark = files.textOf(columnToken);
  return {
    body,
    mark,
    columnToken,
    columnWidth: W,
    never: [columnToken],
    written: () => mark.repeat(count),
    grid: () => null,
    prepare: (given) => ({ patches: pictures.patches(given, body.patch), ...body.prepare(grid) }),
    look(model, seen) {
      const { patches, ...prepared } = seen as { patches: Tensor3D };
      const columnsOf = () =>
        projected(
          at(model, files.projector),
          columns(body.look(at(model, files.tower), patches, prepared, parts.layers), parts),
          act,
          parts,
        );
      return { columns: tf.tidy(columnsOf) };
    },
    shapes: {
      ...Object.fromEntries(Object.entries(body.shapes).map(([name, shape]) => [`${files.tower}.${name}`, shape])),
      ...projectorShapes(files.projector, inputs, W, bias, parts.normed),
    },
  };
}

/** What the file says of the projector, counted from 0: its own −1 is the last layer of a tower of L layers, L. */
function projectorOf(
  chosen: z.output<typeof config>,
  kind: "llava" | "internvl",
  body: VisionTower,
  configAt: string,
): Projector {
  const given = chosen.vision_feature_layer ?? (kind === "llava" ? -2 : -1);
  const layers = (Array.isArray(given) ? given : [given]).map((one) => {
    const layer = one < 0 ? body.layers + 1 + one : one;
    if (layer >= 0 && layer <= body.layers) return kind === "internvl" && one === -1 ? "last" : layer;
    throw new InputError(
      "RL_HF_CONFIG",
      `${configAt}: vision_feature_layer is ${one}, and the tower has the states before its ${body.layers} layers and after each: expected ${-body.layers - 1} to ${body.layers}`,
    );
  });
  return {
    layers,
    factor: kind === "internvl" ? Math.trunc(1 / chosen.downsample_ratio) : 1,
    normed: kind === "internvl",
    withoutFirst: chosen.vision_feature_select_strategy === "default",
  };
}

/** The tower's states side by side, as few columns as the projector wants. [N, c, D] each → [N, n, s² · layers · D] */
function columns(states: readonly Tensor3D[], { withoutFirst, factor }: Projector): Tensor3D {
  return tf.tidy(() => {
    const all = states.length === 1 ? states[0]! : (tf.concat([...states], 2) as Tensor3D); // [N, c, layers · D]
    const [pictures, count, width] = all.shape;
    const kept = withoutFirst ? (tf.slice(all, [0, 1, 0], [pictures, count - 1, width]) as Tensor3D) : all; // [N, c or c − 1, layers · D]
    return factor === 1 ? kept : pixelShuffle(kept, factor); // [N, n, s² · layers · D]
  });
}

/** LayerNorm's own of torch.nn. */
const EPSILON = 1e-5;

/** x [N, n, I] → [N · n, W] */
export function projected(
  projector: Module,
  x: Tensor3D | Tensor2D,
  act: <T extends tf.Tensor>(x: T) => T,
  { normed }: Pick<Projector, "normed">,
): Tensor2D {
  return tf.tidy(() => {
    const rows = tf.reshape(x, [-1, x.shape.at(-1)!]) as Tensor2D; // [N · n, I]
    const even = normed ? layerNorm(at(projector, "layer_norm"), rows, EPSILON) : rows; // [N · n, I]
    return linear(at(projector, "linear_2"), act(linear(at(projector, "linear_1"), even))); // [N · n, W]
  });
}

/** Shapes of the projector's parameters, by name. */
export function projectorShapes(
  projector: string,
  inputs: number,
  width: number,
  bias: boolean,
  normed: boolean,
): Record<string, readonly number[]> {
  return {
    ...(normed ? { [`${projector}.layer_norm.weight`]: [inputs], [`${projector}.layer_norm.bias`]: [inputs] } : {}),
    [`${projector}.linear_1.weight`]: [width, inputs],
    [`${projector}.linear_2.weight`]: [width, width],
    ...(bias ? { [`${projector}.linear_1.bias`]: [width], [`${projector}.linear_2.bias`]: [width] } : {}),
  };
}
