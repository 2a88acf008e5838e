import { randomStream } from "@rewardlab/core";
import { writeSafetensors } from "@rewardlab/storage";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DecoderSizes } from "../sizes.ts";
import type { RealSizes, TowerSizes } from "./real-sizes.ts";

/** Tokens of their own beside the words w0, w1 …: what SmolVLM's processor writes around a picture. They stand at the vocabulary's end. */
export const PICTURE_TOKENS = ["<fake_token_around_image>", "<global-img>", "<image>"] as const;

export const END_ID = 1;
const PAD_ID = 2;

export const pictureToken = (token: (typeof PICTURE_TOKENS)[number], vocabulary: number): number =>
  vocabulary - PICTURE_TOKENS.length + PICTURE_TOKENS.indexOf(token);

/** A folder as Transformers saves it, of a real model's sizes with random weights; beside it, in adapter/, PEFT's of a LoRA whose B isn't zero. The same each time. */
export function writeHfFolder(folder: string, decoder: DecoderSizes, real: RealSizes): void {
  const adapter = join(folder, "adapter");
  mkdirSync(adapter, { recursive: true });
  const json = (name: string, value: unknown) => writeFileSync(join(folder, name), JSON.stringify(value));
  json("config.json", configOf(decoder, real));
  json("generation_config.json", { eos_token_id: END_ID, pad_token_id: PAD_ID });
  json("tokenizer.json", tokenizerOf(decoder.vocabulary, real));
  json("tokenizer_config.json", {
    tokenizer_class: "PreTrainedTokenizerFast",
    eos_token: "w1",
    pad_token: "w2",
    unk_token: "w3",
  });
  if (real.tower !== null)
    json("preprocessor_config.json", {
      do_convert_rgb: true,
      do_image_splitting: false,
      do_normalize: true,
      do_pad: true,
      do_rescale: true,
      do_resize: true,
      image_mean: [0.5, 0.5, 0.5],
      image_processor_type: "SmolVLMImageProcessor",
      image_std: [0.5, 0.5, 0.5],
      max_image_size: { longest_edge: real.tower.imageSize },
      resample: 1,
      rescale_factor: 1 / 255,
      size: { longest_edge: real.tower.imageSize },
    });
  writeNumbers(join(folder, "model.safetensors"), shapesOf(decoder, real), "weights");

  const { rank, alpha } = real.lora;
  const modules = [...decoderMatrices(decoder, real)];
  writeFileSync(
    join(adapter, "adapter_config.json"),
    JSON.stringify({
      peft_type: "LORA",
      task_type: "CAUSAL_LM",
      base_model_name_or_path: folder,
      r: rank,
      lora_alpha: alpha,
      lora_dropout: 0,
      bias: "none",
      target_modules: modules.map(([name]) => name),
      inference_mode: false,
    }),
  );
  const adapters = new Map(
    modules.flatMap(([name, [outputs, inputs]]) => [
      [`base_model.model.${name}.lora_A.weight`, [rank, inputs]],
      [`base_model.model.${name}.lora_B.weight`, [outputs, rank]],
    ]),
  ) as Map<string, number[]>;
  writeNumbers(join(adapter, "adapter_model.safetensors"), adapters, "adapters");
}

/** Normal numbers of deviation 0.02, norms 1: as Transformers begins. A million are drawn and used again and again, from another place on each time. */
function writeNumbers(file: string, shapes: ReadonlyMap<string, readonly number[]>, what: string): void {
  const random = randomStream(1, `benchmarks/${what}`);
  const drawn = Float32Array.from({ length: 1_000_003 }, () => 0.02 * random.normal());
  let at = 0;
  writeSafetensors(file, shapes, (name) => {
    const values = new Float32Array(shapes.get(name)!.reduce((a, b) => a * b, 1));
    if (/norm\d?\.weight$/.test(name)) return values.fill(1);
    for (let from = 0; from < values.length;) {
      const part = drawn.subarray(at, Math.min(drawn.length, at + values.length - from));
      values.set(part, from);
      from += part.length;
      at = (at + part.length) % drawn.length;
    }
    return values;
  });
}

/** Where the decoder's modules stand. */
const decoderAt = ({ tower }: RealSizes) => (tower === null ? "model." : "model.text_model.");

function* decoderMatrices(decoder: DecoderSizes, real: RealSizes): Generator<[string, readonly [number, number]]> {
  const { width: D, layers, heads, kvHeads, hiddenSize: F } = decoder;
  const kv = (D / heads) * kvHeads;
  for (let index = 0; index < layers; index++) {
    const at = `${decoderAt(real)}layers.${index}.`;
    yield [`${at}self_attn.q_proj`, [D, D]];
    yield [`${at}self_attn.k_proj`, [kv, D]];
    yield [`${at}self_attn.v_proj`, [kv, D]];
    yield [`${at}self_attn.o_proj`, [D, D]];
    yield [`${at}mlp.gate_proj`, [F, D]];
    yield [`${at}mlp.up_proj`, [F, D]];
    yield [`${at}mlp.down_proj`, [D, F]];
  }
}

function shapesOf(decoder: DecoderSizes, real: RealSizes): Map<string, readonly number[]> {
  const { width: D, vocabulary: V, layers } = decoder;
  const at = decoderAt(real);
  const shapes = new Map<string, readonly number[]>([[`${at}embed_tokens.weight`, [V, D]]]);
  for (const [name, shape] of decoderMatrices(decoder, real)) shapes.set(`${name}.weight`, shape);
  for (let index = 0; index < layers; index++)
    for (const norm of ["input_layernorm", "post_attention_layernorm"]) shapes.set(`${at}layers.${index}.${norm}.weight`, [D]);
  shapes.set(`${at}norm.weight`, [D]);
  if (real.tower !== null) for (const [name, shape] of towerShapes(real.tower, D)) shapes.set(name, shape);
  return shapes;
}

function* towerShapes(tower: TowerSizes, textWidth: number): Generator<[string, readonly number[]]> {
  const { width: D, hiddenSize: F, layers, imageSize, patchSize, factor } = tower;
  const at = "model.vision_model.";
  yield [`${at}embeddings.patch_embedding.weight`, [D, 3, patchSize, patchSize]];
  yield [`${at}embeddings.patch_embedding.bias`, [D]];
  yield [`${at}embeddings.position_embedding.weight`, [(imageSize / patchSize) ** 2, D]];
  for (let index = 0; index < layers; index++) {
    const layer = `${at}encoder.layers.${index}.`;
    for (const name of ["q_proj", "k_proj", "v_proj", "out_proj"]) {
      yield [`${layer}self_attn.${name}.weight`, [D, D]];
      yield [`${layer}self_attn.${name}.bias`, [D]];
    }
    yield [`${layer}mlp.fc1.weight`, [F, D]];
    yield [`${layer}mlp.fc1.bias`, [F]];
    yield [`${layer}mlp.fc2.weight`, [D, F]];
    yield [`${layer}mlp.fc2.bias`, [D]];
    for (const norm of ["layer_norm1", "layer_norm2"]) {
      yield [`${layer}${norm}.weight`, [D]];
      yield [`${layer}${norm}.bias`, [D]];
    }
  }
  yield [`${at}post_layernorm.weight`, [D]];
  yield [`${at}post_layernorm.bias`, [D]];
  yield ["model.connector.modality_projection.proj.weight", [textWidth, D * factor ** 2]];
}

function configOf(decoder: DecoderSizes, real: RealSizes): object {
  const text = {
    model_type: "llama",
    vocab_size: decoder.vocabulary,
    hidden_size: decoder.width,
    intermediate_size: decoder.hiddenSize,
    num_hidden_layers: decoder.layers,
    num_attention_heads: decoder.heads,
    num_key_value_heads: decoder.kvHeads,
    head_dim: decoder.width / decoder.heads,
    hidden_act: "silu",
    max_position_embeddings: 8192,
    rms_norm_eps: 1e-5,
    rope_theta: decoder.ropeTheta,
    tie_word_embeddings: true,
    attention_bias: false,
    mlp_bias: false,
    bos_token_id: 0,
    eos_token_id: END_ID,
    pad_token_id: PAD_ID,
    dtype: "float32",
  };
  if (real.tower === null) return { architectures: ["LlamaForCausalLM"], ...text };
  const { width, hiddenSize, layers, heads, imageSize, patchSize, factor } = real.tower;
  return {
    architectures: ["SmolVLMForConditionalGeneration"],
    model_type: "smolvlm",
    image_token_id: pictureToken("<image>", decoder.vocabulary),
    scale_factor: factor,
    tie_word_embeddings: true,
    vocab_size: decoder.vocabulary,
    bos_token_id: 0,
    eos_token_id: END_ID,
    pad_token_id: PAD_ID,
    dtype: "float32",
    text_config: text,
    vision_config: {
      model_type: "smolvlm_vision",
      hidden_size: width,
      intermediate_size: hiddenSize,
      num_hidden_layers: layers,
      num_attention_heads: heads,
      image_size: imageSize,
      patch_size: patchSize,
      hidden_act: "gelu_pytorch_tanh",
      layer_norm_eps: 1e-6,
    },
  };
}

/** Token n is the word wN; text is words between spaces. */
function tokenizerOf(vocabulary: number, { tower }: RealSizes): object {
  const words = tower === null ? vocabulary : vocabulary - PICTURE_TOKENS.length;
  const added = tower === null ? [] : PICTURE_TOKENS;
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: added.map((content) => ({
      id: pictureToken(content, vocabulary),
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: { type: "WhitespaceSplit" },
    post_processor: null,
    decoder: { type: "WordPiece", prefix: "##", cleanup: false },
    model: {
      type: "WordPiece",
      unk_token: "w3",
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(Array.from({ length: words }, (_, id) => [`w${id}`, id])),
    },
  };
}
