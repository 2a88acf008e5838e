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

export const configs: readonly Config[] = [
  { name: "tiny", decoder: decoder(48, 16, 2, 4), update: batch(4, 1, 6, 6), rollout: batch(2, 2, 6, 6) },
  { name: "i", decoder: decoder(512, 128, 4, 4), update: batch(16, 1, 64, 64), rollout: batch(8, 4, 64, 64) },
  { name: "ii", decoder: decoder(2048, 256, 6, 8), update: batch(16, 1, 96, 96), rollout: batch(8, 4, 64, 64) },
  { name: "vlm", decoder: tinyVlm, update: batch(96, 1, 16, 20), rollout: batch(48, 6, 16, 20) },
  { name: "iii", decoder: decoder(8192, 512, 8, 8), update: batch(4, 1, 128, 128), rollout: batch(2, 4, 64, 64) },
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
