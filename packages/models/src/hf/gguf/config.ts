import { InputError, suggestion } from "@rewardlab/core";
import type { GgufHeader } from "./header.ts";
import { numberIn, textIn, textsIn } from "./metadata.ts";

/** What Transformers calls each architecture that is read, and the class. */
const architectures: Readonly<Record<string, readonly [modelType: string, name: string]>> = {
  llama: ["llama", "LlamaForCausalLM"],
  qwen2: ["qwen2", "Qwen2ForCausalLM"],
  qwen3: ["qwen3", "Qwen3ForCausalLM"],
};

/** The config.json that Transformers would have for the model. */
export function configOf({ metadata, tensors, file: { path } }: GgufHeader): Readonly<Record<string, unknown>> {
  const architecture = textIn(metadata, "general.architecture", path);
  const known = architectures[architecture];
  if (known === undefined)
    throw new InputError(
      "RL_GGUF",
      `${path}: is of architecture ${JSON.stringify(architecture)}, expected one of ${Object.keys(architectures).join(", ")}.${suggestion(architecture, Object.keys(architectures))}`,
    );
  const of = (key: string, otherwise?: number) => numberIn(metadata, `${architecture}.${key}`, path, otherwise);
  const has = (name: string) => tensors.some((tensor) => tensor.name === name);
  const [width, heads] = [of("embedding_length"), of("attention.head_count")];
  const scaling = scalingOf(metadata, architecture, has("rope_freqs.weight"), path);
  const id = (name: string) => metadata.get(`tokenizer.ggml.${name}_token_id`);
  return {
    model_type: known[0],
    architectures: [known[1]],
    hidden_size: width,
    intermediate_size: of("feed_forward_length"),
    num_hidden_layers: of("block_count"),
    num_attention_heads: heads,
    num_key_value_heads: of("attention.head_count_kv", heads),
    head_dim: of("attention.key_length", width / heads),
    hidden_act: "silu",
    max_position_embeddings: of("context_length"),
    rms_norm_eps: shortest(of("attention.layer_norm_rms_epsilon")),
    rope_theta: shortest(of("rope.freq_base", 10_000)),
    rope_scaling: scaling,
    vocab_size: textsIn(metadata, "tokenizer.ggml.tokens", path).length,
    tie_word_embeddings: !has("output.weight"),
    attention_bias: has("blk.0.attn_q.bias"),
    mlp_bias: has("blk.0.ffn_down.bias"),
    bos_token_id: id("bos"),
    eos_token_id: id("eos"),
    pad_token_id: id("padding"),
  };
}

/** The shortest number that is the same float32: 1e-5, where the file has 9.99999974e-6. */
function shortest(number: number): number {
  const digits = [6, 7, 8].find((count) => Math.fround(Number(number.toPrecision(count))) === number);
  return digits === undefined ? number : Number(number.toPrecision(digits));
}

/** How positions beyond the trained length are scaled; a table of frequencies says no longer what it was worked out from. */
function scalingOf(metadata: GgufHeader["metadata"], architecture: string, table: boolean, path: string): object | null {
  if (table)
    throw new InputError(
      "RL_GGUF",
      `${path}: has its rotary frequencies as a table (rope_freqs), as Llama 3.1 and later do; read the model's Hugging Face folder instead, whose config.json has rope_scaling`,
    );
  const type = textIn(metadata, `${architecture}.rope.scaling.type`, path, "none");
  if (type === "none") return null;
  if (type === "linear") return { rope_type: "linear", factor: numberIn(metadata, `${architecture}.rope.scaling.factor`, path) };
  throw new InputError("RL_GGUF", `${path}: its rope.scaling.type is ${JSON.stringify(type)}, expected none or linear`);
}
