import { InputError } from "@rewardlab/core";
import { z } from "zod";
import { ropeFrequencies, ropeParameters } from "./rope-frequencies.ts";
import type { RopeFrequencies, RopeParameters } from "./rope-frequencies.ts";

/** A decoder of the Llama family, in numbers. */
export interface TextConfig {
  readonly width: number; // D
  readonly layers: number;
  readonly heads: number; // H
  readonly kvHeads: number; // K
  readonly headSize: number; // d
  readonly hiddenSize: number; // F
  readonly vocabulary: number; // V
  readonly normEpsilon: number;
  readonly rope: RopeFrequencies;
  /** How many of the d/2 frequencies follow time, height and width of a column (M-RoPE); null: a column has one position. */
  readonly mrope: { readonly sections: readonly number[]; readonly interleaved: boolean } | null;
  /** Queries and keys are normed head by head (Qwen3). */
  readonly queryKeyNorm: boolean;
  /** Which projections have biases. */
  readonly biases: { readonly qkv: boolean; readonly o: boolean; readonly mlp: boolean };
  /** The logits' matrix is the embedding's. */
  readonly tied: boolean;
  readonly contextLength: number;
}

const size = z.int().positive();
/** Beyond any decoder there is: a config of a thousand million layers would otherwise be counted layer by layer before its weights are looked at. */
export const MOST_LAYERS = 10_000;
const textConfig = z.looseObject({
  model_type: z.string(),
  vocab_size: size,
  hidden_size: size,
  intermediate_size: size,
  num_hidden_layers: size.max(MOST_LAYERS),
  num_attention_heads: size,
  num_key_value_heads: size.nullish(),
  head_dim: size.nullish(),
  max_position_embeddings: size,
  rms_norm_eps: z.number().positive(),
  hidden_act: z.string(),
  tie_word_embeddings: z.boolean().optional(),
  attention_bias: z.boolean().optional(),
  mlp_bias: z.boolean().optional(),
  sliding_window: z.int().nullish(),
  use_sliding_window: z.boolean().optional(),
  rope_theta: z.number().positive().nullish(),
  rope_scaling: ropeParameters.nullish(),
  rope_parameters: ropeParameters.nullish(),
});

/** What Transformers 5.24 takes where a file says nothing, by the kind of decoder. */
const theta: Readonly<Record<string, number>> = {
  llama: 10_000,
  qwen2: 10_000,
  qwen3: 10_000,
  qwen2_5_vl_text: 1_000_000,
  qwen3_vl_text: 500_000,
};

/** The kinds of decoder that are known, by `model_type`. */
export const textModelTypes: readonly string[] = Object.keys(theta);

/** Of config.json, or of its `text_config`. `tied`: what the whole says of it, which goes before the part's. Throws `InputError` with the file and the field. */
export function readTextConfig(json: unknown, where: string, tied?: boolean): TextConfig {
  const parsed = textConfig.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InputError("RL_HF_CONFIG", `${where}: ${issue!.path.join(".") || "the file"}: ${issue!.message}`);
  }
  const config = parsed.data;
  const heads = config.num_attention_heads;
  const refuse = (what: string) => {
    throw new InputError("RL_HF_CONFIG", `${where}: ${what}`);
  };
  if (!Object.hasOwn(theta, config.model_type))
    refuse(`model_type is ${JSON.stringify(config.model_type)}, expected a decoder of ${textModelTypes.join(", ")}`);
  if (config.hidden_act !== "silu") refuse(`hidden_act is ${JSON.stringify(config.hidden_act)}, expected "silu"`);
  if (config.head_dim == null && config.hidden_size % heads !== 0)
    refuse(`hidden_size is ${config.hidden_size}, expected a multiple of num_attention_heads: ${heads}`);
  const headSize = config.head_dim ?? config.hidden_size / heads;
  const kvHeads = config.num_key_value_heads ?? heads;
  if (heads % kvHeads !== 0) refuse(`num_key_value_heads is ${kvHeads}, expected a divisor of num_attention_heads: ${heads}`);
  if (
    config.use_sliding_window === true &&
    config.sliding_window != null &&
    config.sliding_window < config.max_position_embeddings
  )
    refuse(`use_sliding_window is true, expected false: attention to a window of columns is not known`);
  const rope: RopeParameters = { ...config.rope_scaling, ...config.rope_parameters };
  const base = rope.rope_theta ?? config.rope_theta ?? theta[config.model_type]!;
  return {
    width: config.hidden_size,
    layers: config.num_hidden_layers,
    heads,
    kvHeads,
    headSize,
    hiddenSize: config.intermediate_size,
    vocabulary: config.vocab_size,
    normEpsilon: config.rms_norm_eps,
    rope: ropeFrequencies(rope, base, headSize, config.max_position_embeddings, where),
    mrope:
      rope.mrope_section === undefined
        ? null
        : { sections: rope.mrope_section, interleaved: rope.mrope_interleaved ?? config.model_type.startsWith("qwen3") },
    queryKeyNorm: config.model_type.startsWith("qwen3"),
    biases: config.model_type.startsWith("qwen2")
      ? { qkv: true, o: false, mlp: false }
      : { qkv: config.attention_bias ?? false, o: config.attention_bias ?? false, mlp: config.mlp_bias ?? false },
    tied: tied ?? config.tie_word_embeddings ?? false,
    contextLength: config.max_position_embeddings,
  };
}
