import { randomStream } from "@rewardlab/core";
import { join } from "node:path";
import type { InputFiles } from "./messages.ts";
import type { BatchSizes, Config, DecoderSizes } from "./sizes.ts";
import { writeRealInputs } from "./real/real-inputs.ts";
import { writeTensors } from "./tensor-file.ts";
import type { PlainTensor } from "./tensor-file.ts";

/** Writes weights and batches of a config: the same each time. */
export function writeInputs(folder: string, config: Config): InputFiles {
  const { name, decoder, update, rollout, real } = config;
  if (real !== undefined) return writeRealInputs(folder, config, real);
  const files = { weights: join(folder, `${name}-weights.safetensors`), inputs: join(folder, `${name}-inputs.safetensors`) };
  writeTensors(files.weights, randomWeights(decoder));
  const random = randomStream(1, "benchmarks/inputs");
  const tokens = (rows: number, columns: number): PlainTensor => ({
    shape: [rows, columns],
    values: Int32Array.from({ length: rows * columns }, () => Math.floor(random.uniform() * decoder.vocabulary)),
  });
  const normal = (shape: readonly number[], deviation: number): PlainTensor => ({
    shape,
    values: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => deviation * random.normal()),
  });
  /** Whole 255ths, as pixels are. */
  const images = (count: number, size: number): PlainTensor => ({
    shape: [count, size, size, 3],
    values: Float32Array.from({ length: count * size * size * 3 }, () => Math.floor(random.uniform() * 256) / 255),
  });
  const [rows, { responseTokens: T }] = [rowsOf(update), update];
  writeTensors(files.inputs, {
    ids: tokens(rows, update.promptTokens + T), // [B, S + T]
    advantages: normal([rows], 1), // [B]
    oldNoise: normal([rows, T], 0.1), // [B, T]: oldLogProbs = logProbs + this
    refNoise: normal([rows, T], 0.1), // [B, T]: refLogProbs = logProbs + this
    prompts: tokens(rollout.prompts, rollout.promptTokens), // [P, S]
    ...(decoder.vision && {
      images: images(rows, decoder.vision.imageSize), // [B, H, W, 3]
      promptImages: images(rollout.prompts, decoder.vision.imageSize), // [P, H, W, 3]
    }),
  });
  return files;
}

export const rowsOf = ({ prompts, samplesPerPrompt }: BatchSizes): number => prompts * samplesPerPrompt;

/** Normal with standard deviation 1/√fan-in, as tiny-vlm starts; matrices are [in, out]. */
function randomWeights({
  vocabulary,
  width,
  layers,
  heads,
  kvHeads,
  hiddenSize,
  vision,
}: DecoderSizes): Record<string, PlainTensor> {
  const random = randomStream(1, "benchmarks/weights");
  const made: Record<string, PlainTensor> = {};
  const normal = (name: string, rows: number, columns: number, deviation = 1 / Math.sqrt(rows)) => {
    made[name] = {
      shape: [rows, columns],
      values: Float32Array.from({ length: rows * columns }, () => deviation * random.normal()),
    };
  };
  const filled = (name: string, value: number) => (made[name] = { shape: [width], values: new Float32Array(width).fill(value) });
  const ones = (name: string) => filled(name, 1);
  const layer = (part: string, keyHeads: number, depth: number) => {
    const keyWidth = (width / heads) * keyHeads;
    const residual = 1 / Math.sqrt(2 * depth);
    ones(`${part}.attn_norm`);
    normal(`${part}.q`, width, width);
    normal(`${part}.k`, width, keyWidth);
    normal(`${part}.v`, width, keyWidth);
    normal(`${part}.o`, width, width, residual / Math.sqrt(width));
    ones(`${part}.mlp_norm`);
    normal(`${part}.gate`, width, hiddenSize);
    normal(`${part}.up`, width, hiddenSize);
    normal(`${part}.down`, hiddenSize, width, residual / Math.sqrt(hiddenSize));
  };
  normal("embed", vocabulary, width, 0.125);
  for (let index = 0; index < layers; index++) layer(`layer.${index}`, kvHeads, layers);
  if (vision !== null) {
    normal("vision.patch.weight", vision.patchSize ** 2 * 3, width);
    filled("vision.patch.bias", 0);
    normal("vision.position", (vision.imageSize / vision.patchSize) ** 2, width, 1);
    for (let index = 0; index < vision.visionLayers; index++) layer(`vision.${index}`, heads, vision.visionLayers);
    ones("vision.norm");
    normal("projector.in", width, width);
    filled("projector.in_bias", 0);
    normal("projector.out", width, width);
    filled("projector.out_bias", 0);
  }
  ones("norm");
  return made;
}
