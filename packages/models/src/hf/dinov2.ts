import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import { InputError } from "@rewardlab/core";
import type { PictureSize } from "@rewardlab/core";
import { z } from "zod";
import { attention } from "../ops/attention.ts";
import { embedding } from "../ops/embedding.ts";
import { swiglu } from "../ops/swiglu.ts";
import { at, layerNorm, linear, weight } from "./module.ts";
import type { Module } from "./module.ts";
import { readProcessor } from "./picture-numbers.ts";
import { activation, withClass } from "./vision-layers.ts";
import type { VisionTower } from "./vision-tower.ts";

/**
 * DINOv2's tower (arXiv 2304.07193v2): a class token, learned positions that are interpolated for other sizes, and a learned factor for every number that a
 * block adds (layer scale, arXiv 2103.17239v2):
 *
 *     x ← x + λ₁ ∘ attention(norm₁(x))      x ← x + λ₂ ∘ feed-forward(norm₂(x))
 */
const count = z.int().positive();
const dinov2 = z.looseObject({
  hidden_size: count.default(768),
  num_hidden_layers: count.default(12),
  num_attention_heads: count.default(12),
  mlp_ratio: z.number().positive().default(4),
  hidden_act: z.string().default("gelu"),
  layer_norm_eps: z.number().positive().default(1e-6),
  image_size: count.default(224),
  patch_size: count.default(14),
  num_channels: z.literal(3).default(3),
  qkv_bias: z.boolean().default(true),
  use_swiglu_ffn: z.boolean().default(false),
});

/** Of a `dinov2`'s configuration. */
export function dinov2Tower(json: unknown, where: string): VisionTower {
  const config = readProcessor(dinov2, json, where);
  const { hidden_size: D, num_hidden_layers: layers, num_attention_heads: heads, patch_size: patch } = config;
  const { layer_norm_eps: epsilon, use_swiglu_ffn: gated } = config;
  if (D % heads !== 0)
    throw new InputError("RL_HF_CONFIG", `${where}: hidden_size is ${D}, expected a multiple of num_attention_heads: ${heads}`);
  const known = Math.floor(config.image_size / patch); // of the learned positions, a side
  const wide = Math.trunc(D * config.mlp_ratio);
  const hidden = gated ? Math.ceil(Math.trunc((wide * 2) / 3) / 8) * 8 : wide;
  const act = activation(config.hidden_act, where);

  const layer = (block: Module, x: Tensor3D): Tensor3D =>
    tf.tidy(() => {
      const [pictures, columns] = x.shape;
      const normed = layerNorm(at(block, "norm1"), x, epsilon); // [N, c, D]
      const cut = (name: string) =>
        tf.reshape(linear(at(block, "attention", "attention", name), normed), [pictures, columns, heads, D / heads]) as Tensor4D; // [N, c, H, d]
      const read = tf.reshape(attention(cut("query"), cut("key"), cut("value")), [pictures, columns, D]) as Tensor3D; // [N, c, D]
      const scaled = (index: 1 | 2, y: Tensor3D) => tf.mul(y, weight<Tensor1D>(at(block, `layer_scale${index}`), "lambda1"));
      const mixed = tf.add(x, scaled(1, linear(at(block, "attention", "output", "dense"), read))) as Tensor3D; // [N, c, D]
      const fed = feedForward(at(block, "mlp"), layerNorm(at(block, "norm2"), mixed, epsilon)); // [N, c, D]
      return tf.add(mixed, scaled(2, fed)) as Tensor3D; // [N, c, D]
    });
  const feedForward = (mlp: Module, x: Tensor3D): Tensor3D => {
    if (!gated) return linear(at(mlp, "fc2"), act(linear(at(mlp, "fc1"), x))); // [N, c, D]
    const both = linear(at(mlp, "weights_in"), x); // [N, c, 2F]
    const [gate, up] = tf.split(both, 2, 2) as [Tensor3D, Tensor3D]; // [N, c, F]
    return linear(at(mlp, "weights_out"), swiglu(gate, up)); // [N, c, D]
  };

  return {
    width: D,
    layers,
    patch,
    before: 1,
    shapes: shapesOf(config, known, hidden),
    isCarried: (name) => name === "embeddings.mask_token",
    held: (name) =>
      name
        .replace(/\.attention\.attention\.(query|key|value)(?=\.|$)/, (_, one: string) => `.attention.${one[0]}_proj`)
        .replace(".attention.output.dense", ".attention.o_proj"),
    prepare: ({ width, height }) =>
      width === known && height === known ? {} : interpolation({ width: known, height: known }, { width, height }),
    look(tower, patches, prepared, wanted) {
      const made = tf.tidy(() => {
        const embeddings = at(tower, "embeddings");
        const seen = linear(at(embeddings, "patch_embeddings", "projection"), patches); // [N, n, D]
        const learned = tf.reshape(weight(embeddings, "position_embeddings"), [-1, D]) as Tensor2D; // [1 + known², D]
        let x = tf.add(withClass(seen, weight(embeddings, "cls_token")), positionsFor(learned, prepared)) as Tensor3D; // [N, 1 + n, D]
        const states = [x];
        const deepest = Math.max(...wanted.map((one) => (one === "last" ? layers : one)));
        for (let index = 0; index < deepest; index++) states.push((x = layer(at(tower, "encoder", "layer", index), x)));
        return wanted.map((one) => (one === "last" ? layerNorm(at(tower, "layernorm"), x, epsilon) : states[one]!)) as never;
      }) as Tensor3D[];
      return made;
    },
  };
}

function shapesOf(
  { hidden_size: D, num_hidden_layers: layers, patch_size: patch, qkv_bias, use_swiglu_ffn }: z.output<typeof dinov2>,
  known: number,
  hidden: number,
): Record<string, readonly number[]> {
  const shapes: Record<string, readonly number[]> = {
    "embeddings.cls_token": [1, 1, D],
    "embeddings.position_embeddings": [1, 1 + known * known, D],
    "embeddings.patch_embeddings.projection.weight": [D, 3, patch, patch],
    "embeddings.patch_embeddings.projection.bias": [D],
    "layernorm.weight": [D],
    "layernorm.bias": [D],
  };
  for (let index = 0; index < layers; index++) {
    const put = (name: string, shape: readonly number[], bias = true) => {
      shapes[`encoder.layer.${index}.${name}.weight`] = shape;
      if (bias) shapes[`encoder.layer.${index}.${name}.bias`] = [shape[0]!];
    };
    for (const name of ["norm1", "norm2"]) put(name, [D]);
    for (const name of ["query", "key", "value"]) put(`attention.attention.${name}`, [D, D], qkv_bias);
    put("attention.output.dense", [D, D]);
    put(use_swiglu_ffn ? "mlp.weights_in" : "mlp.fc1", [use_swiglu_ffn ? 2 * hidden : hidden, D]);
    put(use_swiglu_ffn ? "mlp.weights_out" : "mlp.fc2", [D, hidden]);
    for (const one of [1, 2]) shapes[`encoder.layer.${index}.layer_scale${one}.lambda1`] = [D];
  }
  return shapes;
}

/** Which learned positions each patch's is mixed from, and their shares. int32 [n, 16], [n, 16] */
interface Interpolation {
  readonly numbers?: Tensor2D;
  readonly shares?: Tensor2D;
}

/** The class token's position as it is, and those of the patches, interpolated where `prepared` says how. learned [1 + known², D] → [1 + n, D] */
function positionsFor(learned: Tensor2D, { numbers, shares }: Interpolation): Tensor2D {
  if (numbers === undefined || shares === undefined) return learned;
  return tf.tidy(() => {
    const [rows, width] = learned.shape;
    const around = embedding(tf.slice(learned, [1, 0], [rows - 1, width]), numbers); // [n, 16, D]
    const mixed = tf.sum(tf.mul(around, tf.expandDims(shares, -1)), 1) as Tensor2D; // [n, D]
    return tf.concat([tf.slice(learned, [0, 0], [1, width]), mixed]) as Tensor2D; // [1 + n, D]
  });
}

/**
 * Bicubic interpolation as torch.nn.functional.interpolate does it (Keys' cubic with a = −¾, corners not aligned, nothing widened where it shrinks, the edge
 * repeated beyond it): place x of the new grid lies at c = (x + ½) · old/new − ½, between the four old ones from ⌊c⌋ − 1 on.
 */
export function interpolation(from: PictureSize, to: PictureSize): Interpolation {
  const columns = taps(from.width, to.width);
  const rows = taps(from.height, to.height);
  const numbers: number[] = [];
  const shares: number[] = [];
  for (const row of rows)
    for (const column of columns)
      for (const [y, ofRow] of row)
        for (const [x, ofColumn] of column) {
          numbers.push(y * from.width + x);
          shares.push(ofRow * ofColumn);
        }
  const shape: [number, number] = [rows.length * columns.length, 16];
  return { numbers: tf.tensor2d(numbers, shape, "int32"), shares: tf.tensor2d(shares, shape) };
}

/** For each new place along an axis, the four old ones and their shares. */
function taps(from: number, to: number): [place: number, share: number][][] {
  const near = (d: number) => (1.25 * d - 2.25) * d * d + 1; // |d| ≤ 1
  const far = (d: number) => ((-0.75 * d + 3.75) * d - 6) * d + 3; // 1 < |d| < 2
  return Array.from({ length: to }, (_, index) => {
    const centre = ((index + 0.5) * from) / to - 0.5;
    const first = Math.floor(centre);
    const t = centre - first;
    return [far(1 + t), near(t), near(1 - t), far(2 - t)].map((share, tap): [number, number] => [
      Math.min(from - 1, Math.max(0, first - 1 + tap)),
      share,
    ]);
  });
}
