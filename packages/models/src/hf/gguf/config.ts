import { InputError, suggestion } from "@rewardlab/core";
import type { GgufHeader } from "./header.ts";
import { numberIn, textIn, textsIn } from "./metadata.ts";
import { storedNumbers } from "./weights.ts";

/** What Transformers calls each architecture that is read, and the class. */
const architectures: Readonly<Record<string, readonly [modelType: string, name: string]>> = {
  llama: ["llama", "LlamaForCausalLM"],
  qwen2: ["qwen2", "Qwen2ForCausalLM"],
  qwen3: ["qwen3", "Qwen3ForCausalLM"],
};

/** The config.json that Transformers would have for the model. The file must be open still. */
export function configOf(header: GgufHeader): Readonly<Record<string, unknown>> {
  const {
    metadata,
    tensors,
    file: { path },
  } = header;
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
  const [headWidth, theta] = [of("attention.key_length", width / heads), shortest(of("rope.freq_base", 10_000))];
  const id = (name: string) => metadata.get(`tokenizer.ggml.${name}_token_id`);
  return {
    model_type: known[0],
    architectures: [known[1]],
    hidden_size: width,
    intermediate_size: of("feed_forward_length"),
    num_hidden_layers: of("block_count"),
    num_attention_heads: heads,
    num_key_value_heads: of("attention.head_count_kv", heads),
    head_dim: headWidth,
    hidden_act: "silu",
    max_position_embeddings: of("context_length"),
    rms_norm_eps: shortest(of("attention.layer_norm_rms_epsilon")),
    rope_theta: theta,
    rope_scaling: scalingOf(header, architecture, headWidth, theta),
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

/** How positions beyond the trained length are scaled. */
function scalingOf(header: GgufHeader, architecture: string, headWidth: number, theta: number): object | null {
  const {
    metadata,
    tensors,
    file: { path },
  } = header;
  const table = tensors.find(({ name }) => name === "rope_freqs.weight");
  if (table !== undefined) return llama3Scaling(storedNumbers(header, table), headWidth, theta, path);
  const type = textIn(metadata, `${architecture}.rope.scaling.type`, path, "none");
  if (type === "none") return null;
  if (type === "linear") return { rope_type: "linear", factor: numberIn(metadata, `${architecture}.rope.scaling.factor`, path) };
  throw new InputError("RL_GGUF", `${path}: its rope.scaling.type is ${JSON.stringify(type)}, expected none or linear`);
}

/** As all of Meta's releases from Llama 3.1 on have it, but for the factor: 8 in 3.1, 32 in 3.2. */
const LLAMA3 = { low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 8192 };

/**
 * From 3.1 on a file has a divisor for each frequency, worked out from config.json's rope_scaling, which it hasn't kept. The largest is the factor; what the rest
 * must then be is compared, so another rule is refused and never taken for this one.
 *
 *   λ = 2π · theta^(2i/width), s = (original/λ − low) / (high − low):   1 where s > 1, the factor where s < 0, else 1 / ((1 − s)/factor + s)
 */
function llama3Scaling(divisors: Float32Array, headWidth: number, theta: number, path: string): object {
  const factor = divisors.reduce((most, divisor) => Math.max(most, divisor), 1);
  const { low_freq_factor: low, high_freq_factor: high, original_max_position_embeddings: original } = LLAMA3;
  const isSo = divisors.every((divisor, index) => {
    const smooth = (original / (2 * Math.PI * theta ** ((2 * index) / headWidth)) - low) / (high - low);
    const between = Math.min(1, Math.max(0, smooth));
    return Math.abs(divisor * ((1 - between) / factor + between) - 1) < 1e-5;
  });
  if (isSo && divisors.length === headWidth / 2) return { rope_type: "llama3", factor, ...LLAMA3 };
  throw new InputError(
    "RL_GGUF",
    `${path}: its table of rotary frequencies (rope_freqs) isn't Llama 3's; read the model's Hugging Face folder instead, whose config.json has rope_scaling`,
  );
}
