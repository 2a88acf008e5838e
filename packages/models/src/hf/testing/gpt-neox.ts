import * as tf from "@tensorflow/tfjs-core";
import type { Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import { activation, at, embedding, layerNorm, linear, rope, ropeTables, weight } from "../../architecture.ts";
import type { ArchitectureDefinition, CachedLayer, Module } from "../../architecture.ts";

/**
 * GPT-NeoX (arXiv 2204.06745v1): the layers' two halves read the same x, only a part of each head is turned, and queries, keys and values are one matrix:
 *
 *     x ← x + dense(attention(n)) + mlp(m)      n = input_layernorm(x), m = post_attention_layernorm(x)
 */
export const gptNeoX: ArchitectureDefinition = {
  name: "GPTNeoXForCausalLM",
  modelType: "gpt_neox",
  read({ number, flag, text, object }) {
    const [D, H, F, V] = [
      number("hidden_size"),
      number("num_attention_heads"),
      number("intermediate_size"),
      number("vocab_size"),
    ];
    const count = number("num_hidden_layers");
    const epsilon = number("layer_norm_eps", 1e-5);
    const parallel = flag("use_parallel_residual", true);
    const act = activation(text("hidden_act", "gelu"), "hidden_act");
    const rotary = object("rope_parameters");
    const part = (rotary["partial_rotary_factor"] as number | undefined) ?? number("rotary_pct", 0.25);
    const theta = (rotary["rope_theta"] as number | undefined) ?? number("rotary_emb_base", 10_000);
    const headSize = D / H;
    const turned = Math.trunc(headSize * part); // numbers of a head that are turned

    const layerOf = (layer: Module): CachedLayer => {
      /** The three of each head stand side by side. [B, T, H, d] */
      const cut = (normed: Tensor3D, which: 0 | 1 | 2): Tensor4D => {
        const [batch, tokens] = normed.shape;
        const all = tf.reshape(linear(at(layer, "attention", "query_key_value"), normed), [
          batch,
          tokens,
          H,
          3 * headSize,
        ]) as Tensor4D;
        return tf.slice(all, [0, 0, 0, which * headSize], [batch, tokens, H, headSize]);
      };
      const inPart = (x: Tensor4D, tables: Parameters<typeof rope>[1]): Tensor4D => {
        const [first, rest] = tf.split(x, [turned, headSize - turned], 3) as [Tensor4D, Tensor4D];
        return tf.concat([rope(first, tables), rest], 3);
      };
      const mlp = (x: Tensor3D): Tensor3D => {
        const normed = layerNorm(at(layer, "post_attention_layernorm"), x, epsilon); // [B, T, D]
        return linear(at(layer, "mlp", "dense_4h_to_h"), act(linear(at(layer, "mlp", "dense_h_to_4h"), normed))); // [B, T, D]
      };
      return {
        before: (x) => layerNorm(at(layer, "input_layernorm"), x, epsilon), // [B, T, D]
        queries: (normed, tables) => inPart(cut(normed, 0), tables), // [B, T, H, d]
        keysAndValues: (normed, tables) => ({ keys: inPart(cut(normed, 1), tables), values: cut(normed, 2) }), // [B, T, H, d]
        after: (x, read) =>
          tf.tidy(() => {
            const mixed = tf.add(x, linear(at(layer, "attention", "dense"), tf.reshape(read, x.shape) as Tensor3D)) as Tensor3D; // [B, T, D]
            return tf.add(mixed, mlp(parallel ? x : mixed)) as Tensor3D; // [B, T, D]
          }),
      };
    };

    const shapes: Record<string, readonly number[]> = { "gpt_neox.embed_in.weight": [V, D], "embed_out.weight": [V, D] };
    const put = (name: string, shape: readonly number[]) => {
      shapes[`gpt_neox.${name}.weight`] = shape;
      shapes[`gpt_neox.${name}.bias`] = [shape[0]!];
    };
    for (let index = 0; index < count; index++) {
      put(`layers.${index}.input_layernorm`, [D]);
      put(`layers.${index}.post_attention_layernorm`, [D]);
      put(`layers.${index}.attention.query_key_value`, [3 * D, D]);
      put(`layers.${index}.attention.dense`, [D, D]);
      put(`layers.${index}.mlp.dense_h_to_4h`, [F, D]);
      put(`layers.${index}.mlp.dense_4h_to_h`, [D, F]);
    }
    put("final_layer_norm", [D]);
    return {
      sizes: { width: D, layers: count, heads: H, kvHeads: H, headSize, hiddenSize: F },
      vocabulary: V,
      contextLength: number("max_position_embeddings"),
      at: "gpt_neox",
      logits: "embed_out",
      shapes,
      embed: (whole, ids) => embedding(weight(at(whole, "gpt_neox", "embed_in"), "weight"), ids) as Tensor3D, // [B, T, D]
      layers: (whole) => Array.from({ length: count }, (_, index) => layerOf(at(whole, "gpt_neox", "layers", index))),
      tables: (positions) => ropeTables(positions, turned, theta),
      norm: (whole, x) => layerNorm(at(whole, "gpt_neox", "final_layer_norm"), x, epsilon), // [B, T, D]
    };
  },
  isUnused: (name) => /\.attention\.(bias|masked_bias)$/.test(name),
};
