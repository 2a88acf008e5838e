/** GGUF's names of a decoder's parts → Transformers' (llama.cpp's gguf-py/gguf/tensor_mapping.py, the Llama family). */
const outside: Readonly<Record<string, string>> = {
  token_embd: "model.embed_tokens",
  output_norm: "model.norm",
  output: "lm_head",
};
const inLayer: Readonly<Record<string, string>> = {
  attn_norm: "input_layernorm",
  attn_q: "self_attn.q_proj",
  attn_k: "self_attn.k_proj",
  attn_v: "self_attn.v_proj",
  attn_output: "self_attn.o_proj",
  attn_q_norm: "self_attn.q_norm",
  attn_k_norm: "self_attn.k_norm",
  ffn_norm: "post_attention_layernorm",
  ffn_gate: "mlp.gate_proj",
  ffn_up: "mlp.up_proj",
  ffn_down: "mlp.down_proj",
};

/** What Transformers calls a tensor; null for one that it works out itself (rope_freqs); undefined for one that no decoder of this family has. */
export function nameAtTransformers(name: string): string | null | undefined {
  if (name === "rope_freqs.weight") return null;
  const { layer, part, end } = /^(?:blk\.(?<layer>\d+)\.)?(?<part>\w+)\.(?<end>weight|bias)$/.exec(name)?.groups ?? {};
  if (part === undefined) return undefined;
  const known = layer === undefined ? outside[part] : inLayer[part];
  return known === undefined ? undefined : layer === undefined ? `${known}.${end}` : `model.layers.${layer}.${known}.${end}`;
}

/**
 * Where a row of q or k is at Transformers. GGUF's rotary embedding turns neighbouring rows (2j, 2j + 1) of a head, Transformers' rows j and j + width/2:
 * convert_hf_to_gguf.py's `permute`, backwards. (Only for architecture "llama"; the others are stored as Transformers has them.)
 */
export function rowAtTransformers(row: number, headWidth: number): number {
  const inHead = row % headWidth;
  return row - inHead + (inHead % 2) * (headWidth / 2) + Math.floor(inHead / 2);
}
