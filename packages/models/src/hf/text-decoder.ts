import * as tf from "@tensorflow/tfjs-core";
import type { Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import type { Parameters } from "@rewardlab/core";
import type { CachedLayer } from "../layers/cached-layers.ts";
import { rope } from "../ops/rope.ts";
import { swiglu } from "../ops/swiglu.ts";
import { at, linear, rmsNormOf } from "./module.ts";
import type { Module } from "./module.ts";
import type { TextConfig } from "./text-config.ts";

/**
 * The decoder layers of the Llama family (Llama, SmolLM2, Qwen2, Qwen2.5, Qwen3), by the names of Transformers' modules:
 *
 *     x ← x + o_proj(attention(rope(q_proj(n)), rope(k_proj(n)), v_proj(n)))      n = input_layernorm(x)
 *     x ← x + down_proj(silu(gate_proj(m)) ∘ up_proj(m))                          m = post_attention_layernorm(x)
 *
 * Qwen2's projections have biases, and Qwen3's queries and keys are normed head by head before they are turned. `model` holds embed_tokens, layers and norm.
 */
export function decoderLayers(model: Module, config: TextConfig): CachedLayer[] {
  return Array.from({ length: config.layers }, (_, index) => decoderLayer(at(model, "layers", index), config));
}

/** Layers that a gradient makes again. `trains`: which parameters do. */
export function remadeLayers(model: Module, config: TextConfig, trains: (name: string) => boolean): CachedLayer[] {
  const { parameters } = model;
  return decoderLayers(model, config).map((layer, index) => {
    const module = at(model, "layers", index);
    const trained = Object.fromEntries(
      Object.entries(parameters).filter(([name]) => name.startsWith(module.prefix) && trains(name)),
    );
    const of = (given: Parameters) => decoderLayer({ ...module, parameters: { ...parameters, ...given } }, config);
    return { ...layer, remade: { trained, of } };
  });
}

function decoderLayer(layer: Module, config: TextConfig): CachedLayer {
  const attention = at(layer, "self_attn");
  const mlp = at(layer, "mlp");
  const heads = (name: "q" | "k" | "v", normed: Tensor3D): Tensor4D => {
    const x = cut(linear(at(attention, `${name}_proj`), normed), config.headSize); // [B, T, H or K, d]
    return name === "v" || !config.queryKeyNorm ? x : rmsNormOf(at(attention, `${name}_norm`), x, config.normEpsilon);
  };
  return {
    before: (x) => rmsNormOf(at(layer, "input_layernorm"), x, config.normEpsilon), // [B, T, D]
    queries: (normed, tables) => rope(heads("q", normed), tables), // [B, T, H, d]
    keysAndValues: (normed, tables) => ({ keys: rope(heads("k", normed), tables), values: heads("v", normed) }), // [B, T, K, d]
    after: (x, read) =>
      tf.tidy(() => {
        const [batch, tokens, count, headSize] = read.shape;
        const joined = tf.reshape(read, [batch, tokens, count * headSize]) as Tensor3D; // [B, T, H·d]
        const mixed = tf.add(x, linear(at(attention, "o_proj"), joined)) as Tensor3D; // [B, T, D]
        const normed = rmsNormOf(at(layer, "post_attention_layernorm"), mixed, config.normEpsilon); // [B, T, D]
        const gated = swiglu(linear(at(mlp, "gate_proj"), normed), linear(at(mlp, "up_proj"), normed)); // [B, T, F]
        return tf.add(mixed, linear(at(mlp, "down_proj"), gated)) as Tensor3D; // [B, T, D]
      }),
  };
}

/** [B, T, H·d] → [B, T, H, d] */
function cut(x: Tensor3D, headSize: number): Tensor4D {
  const [batch, tokens, width] = x.shape;
  return tf.reshape(x, [batch, tokens, width / headSize, headSize]);
}

/** Shapes of the parameters below `prefix`, by name: those that a file must have. */
export function decoderShapes(prefix: string, config: TextConfig): Record<string, readonly number[]> {
  const { biases, width: D, heads, kvHeads, headSize, hiddenSize: F, vocabulary: V } = config;
  const shapes: Record<string, readonly number[]> = { [`${prefix}embed_tokens.weight`]: [V, D], [`${prefix}norm.weight`]: [D] };
  for (let index = 0; index < config.layers; index++) {
    const put = (name: string, outputs: number, inputs: number, bias: boolean) => {
      shapes[`${prefix}layers.${index}.${name}.weight`] = [outputs, inputs];
      if (bias) shapes[`${prefix}layers.${index}.${name}.bias`] = [outputs];
    };
    put("self_attn.q_proj", heads * headSize, D, biases.qkv);
    put("self_attn.k_proj", kvHeads * headSize, D, biases.qkv);
    put("self_attn.v_proj", kvHeads * headSize, D, biases.qkv);
    put("self_attn.o_proj", D, heads * headSize, biases.o);
    put("mlp.gate_proj", F, D, biases.mlp);
    put("mlp.up_proj", F, D, biases.mlp);
    put("mlp.down_proj", D, F, biases.mlp);
    for (const name of ["input_layernorm", "post_attention_layernorm"]) shapes[`${prefix}layers.${index}.${name}.weight`] = [D];
    if (config.queryKeyNorm)
      for (const name of ["q_norm", "k_norm"]) shapes[`${prefix}layers.${index}.self_attn.${name}.weight`] = [headSize];
  }
  return shapes;
}
