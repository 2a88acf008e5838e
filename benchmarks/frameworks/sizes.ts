import type { RealSizes } from "./real/real-sizes.ts";

/** A decoder: RMSNorm, RoPE, grouped-query attention, SwiGLU, tied embeddings. */
export interface DecoderSizes {
  readonly vocabulary: number; // V
  readonly width: number; // D
  readonly layers: number;
  readonly heads: number; // H
  readonly kvHeads: number; // K
  readonly hiddenSize: number; // F
  readonly ropeTheta: number;
  /** The ViT and projector before it; null: text alone. */
  readonly vision: VisionSizes | null;
}

export interface VisionSizes {
  readonly visionLayers: number;
  readonly imageSize: number;
  readonly patchSize: number;
  readonly pixelMean: number;
  readonly pixelDeviation: number;
}

/** Rows of a batch, and the columns of each: the prompt's, then the response's. */
export interface BatchSizes {
  readonly prompts: number; // P
  readonly samplesPerPrompt: number; // G
  readonly promptTokens: number; // S
  readonly responseTokens: number; // T
}

export interface Config {
  readonly name: string;
  readonly decoder: DecoderSizes;
  /** Of the update step: B rows, each with a prompt of its own. */
  readonly update: BatchSizes;
  /** Of generation and of the whole iteration. */
  readonly rollout: BatchSizes;
  /** A real model's: a Hugging Face folder of these sizes, trained by LoRA. Absent: the benchmark's own decoder, trained whole. */
  readonly real?: RealSizes;
}

const decoder = (vocabulary: number, width: number, layers: number, heads: number): DecoderSizes => ({
  vocabulary,
  width,
  layers,
  heads,
  kvHeads: heads / 2,
  hiddenSize: 2.75 * width, // 8/3 of the width, made a multiple of 32: as many weights as 4 widths without a gate
  ropeTheta: 10_000,
  vision: null,
});
const batch = (prompts: number, samplesPerPrompt: number, promptTokens: number, responseTokens: number): BatchSizes => ({
  prompts,
  samplesPerPrompt,
  promptTokens,
  responseTokens,
});

/** tiny-vlm at its defaults, with a vocabulary as long as its own of the scenes. */
const tinyVlm: DecoderSizes = {
  vocabulary: 96,
  width: 64,
  layers: 3,
  heads: 4,
  kvHeads: 2,
  hiddenSize: 128,
  ropeTheta: 100,
  vision: { visionLayers: 1, imageSize: 36, patchSize: 12, pixelMean: 0.3, pixelDeviation: 0.2 },
};

/** SmolLM2-135M's, of config.json. */
const smolLm2: DecoderSizes = {
  vocabulary: 49_152,
  width: 576,
  layers: 30,
  heads: 9,
  kvHeads: 3,
  hiddenSize: 1536,
  ropeTheta: 100_000,
  vision: null,
};
const lora = { rank: 8, alpha: 16 };
/** SmolVLM-256M's, whose decoder is SmolLM2-135M's: a picture of one tile is 1,024 patches in the tower and 64 columns in the decoder. */
const smolVlm = {
  decoder: { ...smolLm2, vocabulary: 49_280 },
  tower: { width: 768, hiddenSize: 3072, layers: 12, heads: 12, imageSize: 512, patchSize: 16, factor: 4 },
};
/** As small as the tests want it, with all its parts. */
const tinyReal = {
  decoder: { ...smolLm2, vocabulary: 96, width: 24, layers: 2, heads: 3, kvHeads: 1, hiddenSize: 32 },
  tower: { width: 16, hiddenSize: 24, layers: 1, heads: 2, imageSize: 64, patchSize: 16, factor: 2 },
};

export const configs: readonly Config[] = [
  { name: "tiny", decoder: decoder(48, 16, 2, 4), update: batch(4, 1, 6, 6), rollout: batch(2, 2, 6, 6) },
  { name: "i", decoder: decoder(512, 128, 4, 4), update: batch(16, 1, 64, 64), rollout: batch(8, 4, 64, 64) },
  { name: "ii", decoder: decoder(2048, 256, 6, 8), update: batch(16, 1, 96, 96), rollout: batch(8, 4, 64, 64) },
  { name: "vlm", decoder: tinyVlm, update: batch(96, 1, 16, 20), rollout: batch(48, 6, 16, 20) },
  { name: "iii", decoder: decoder(8192, 512, 8, 8), update: batch(4, 1, 128, 128), rollout: batch(2, 4, 64, 64) },
  { name: "smollm2", decoder: smolLm2, update: batch(4, 1, 128, 64), rollout: batch(2, 4, 128, 64), real: { tower: null, lora } },
  { name: "smolvlm", decoder: smolVlm.decoder, update: batch(4, 1, 128, 64), rollout: batch(2, 4, 128, 64), real: { tower: smolVlm.tower, lora } }, // prettier-ignore
  { name: "tiny-text", decoder: tinyReal.decoder, update: batch(2, 1, 32, 6), rollout: batch(2, 2, 32, 6), real: { tower: null, lora } }, // prettier-ignore
  { name: "tiny-pictures", decoder: tinyReal.decoder, update: batch(2, 1, 32, 6), rollout: batch(2, 2, 32, 6), real: { tower: tinyReal.tower, lora } }, // prettier-ignore
];

export function configNamed(name: string): Config {
  const found = configs.find((config) => config.name === name);
  if (found !== undefined) return found;
  throw new Error(`benchmarks: there is no config ${name}, only ${configs.map((config) => config.name).join(", ")}`);
}

/** What every contender does in the update step, and all numbers that it has in common. */
export const training = {
  clipRange: 0.2, // ε
  klCoef: 0.04, // β
  gradientClip: 1,
  learningRate: 1e-5,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0.01,
} as const;
