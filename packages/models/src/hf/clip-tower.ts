import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { InputError } from "@rewardlab/core";
import type { PictureSize } from "@rewardlab/core";
import { z } from "zod";
import { at, layerNorm, linear, weight } from "./module.ts";
import { readProcessor } from "./picture-numbers.ts";
import { activation, siglipLayer, siglipShapes, withClass } from "./vision-layers.ts";
import type { VisionTower } from "./vision-tower.ts";

/** CLIP's tower (arXiv 2103.00020v1) and SigLIP's (arXiv 2303.15343v4): learned positions of one size; CLIP's has a class token and a norm before its layers. */
const count = z.int().positive();
const shared = z.looseObject({
  hidden_size: count.default(768),
  intermediate_size: count.default(3072),
  num_hidden_layers: count.default(12),
  num_attention_heads: count.default(12),
  num_channels: z.literal(3).default(3),
});
const clip = shared.extend({
  image_size: count.default(224),
  patch_size: count.default(32),
  layer_norm_eps: z.number().positive().default(1e-5),
  hidden_act: z.string().default("quick_gelu"),
});
const siglip = shared.extend({
  image_size: count.default(224),
  patch_size: count.default(16),
  layer_norm_eps: z.number().positive().default(1e-6),
  hidden_act: z.string().default("gelu_pytorch_tanh"),
});

/** Of a `clip_vision_model`'s configuration. */
export function clipTower(json: unknown, where: string): VisionTower {
  return towerOf(readProcessor(clip, json, where), where, true);
}

/** Of a `siglip_vision_model`'s configuration. */
export function siglipTower(json: unknown, where: string): VisionTower {
  return towerOf(readProcessor(siglip, json, where), where, false);
}

function towerOf(config: z.output<typeof clip>, where: string, isClip: boolean): VisionTower {
  const { hidden_size: D, num_hidden_layers: layers, patch_size: patch, image_size: image, layer_norm_eps: epsilon } = config;
  const side = Math.floor(image / patch);
  const before = isClip ? 1 : 0;
  const sizes = { heads: config.num_attention_heads, epsilon, activation: activation(config.hidden_act, where) };
  const norm = (name: string) => ({ [`${name}.weight`]: [D], [`${name}.bias`]: [D] });
  return {
    width: D,
    layers,
    patch,
    before,
    shapes: {
      "embeddings.patch_embedding.weight": [D, 3, patch, patch],
      "embeddings.position_embedding.weight": [side * side + before, D],
      ...siglipShapes("encoder.layers.", layers, D, config.intermediate_size),
      ...norm("post_layernorm"),
      ...(isClip
        ? { "embeddings.class_embedding": [D], ...norm("pre_layrnorm") } // so it is spelt
        : { "embeddings.patch_embedding.bias": [D] }),
    },
    isCarried: (name) => name.startsWith("head."),
    held: (name) => name,
    prepare({ width, height }: PictureSize) {
      if (width === side && height === side) return {};
      throw new InputError(
        "RL_HF_CONFIG",
        `${where}: the tower sees ${image}×${image} pixels, ${side}×${side} patches, and the pictures' processor makes ${width}×${height} patches`,
      );
    },
    look(tower, patches, _, wanted) {
      const made = tf.tidy(() => {
        const seen = linear(at(tower, "embeddings", "patch_embedding"), patches); // [N, n, D]
        let x = tf.add(
          isClip ? withClass(seen, weight<Tensor1D>(at(tower, "embeddings"), "class_embedding")) : seen,
          weight<Tensor2D>(at(tower, "embeddings", "position_embedding"), "weight"),
        ) as Tensor3D; // [N, before + n, D]
        if (isClip) x = layerNorm(at(tower, "pre_layrnorm"), x, epsilon); // [N, 1 + n, D]
        const states = [x];
        const deepest = Math.max(...wanted.map((one) => (one === "last" ? layers : one)));
        for (let index = 0; index < deepest; index++)
          states.push((x = siglipLayer(at(tower, "encoder", "layers", index), x, sizes)));
        // CLIP's norm is for the class token's column alone, when it is pooled
        return wanted.map((one) => {
          if (one !== "last") return states[one]!;
          return isClip ? x : layerNorm(at(tower, "post_layernorm"), x, epsilon);
        }) as never;
      }) as Tensor3D[];
      return made;
    },
  };
}
