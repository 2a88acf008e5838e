import { randomStream } from "@rewardlab/core";
import { join } from "node:path";
import type { BatchSizes, Config, DecoderSizes } from "./sizes.ts";
import { writeTensors } from "./tensor-file.ts";
import type { PlainTensor } from "./tensor-file.ts";

/** The files that all contenders of a config read. */
export interface InputFiles {
  readonly weights: string;
  readonly inputs: string;
}

/** Writes weights and batches of a config: the same each time. */
export function writeInputs(folder: string, { name, decoder, update, rollout }: Config): InputFiles {
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
  const [rows, { responseTokens: T }] = [rowsOf(update), update];
  writeTensors(files.inputs, {
    ids: tokens(rows, update.promptTokens + T), // [B, S + T]
    advantages: normal([rows], 1), // [B]
    oldNoise: normal([rows, T], 0.1), // [B, T]: oldLogProbs = logProbs + this
    refNoise: normal([rows, T], 0.1), // [B, T]: refLogProbs = logProbs + this
    prompts: tokens(rollout.prompts, rollout.promptTokens), // [P, S]
  });
  return files;
}

export const rowsOf = ({ prompts, samplesPerPrompt }: BatchSizes): number => prompts * samplesPerPrompt;

/** Normal with standard deviation 1/√fan-in, as tiny-vlm starts; matrices are [in, out]. */
function randomWeights({ vocabulary, width, layers, heads, kvHeads, hiddenSize }: DecoderSizes): Record<string, PlainTensor> {
  const random = randomStream(1, "benchmarks/weights");
  const made: Record<string, PlainTensor> = {};
  const normal = (name: string, rows: number, columns: number, deviation = 1 / Math.sqrt(rows)) => {
    made[name] = {
      shape: [rows, columns],
      values: Float32Array.from({ length: rows * columns }, () => deviation * random.normal()),
    };
  };
  const ones = (name: string) => (made[name] = { shape: [width], values: new Float32Array(width).fill(1) });
  const keyWidth = (width / heads) * kvHeads;
  const residual = 1 / Math.sqrt(2 * layers);
  normal("embed", vocabulary, width, 0.125);
  for (let layer = 0; layer < layers; layer++) {
    const part = `layer.${layer}`;
    ones(`${part}.attn_norm`);
    normal(`${part}.q`, width, width);
    normal(`${part}.k`, width, keyWidth);
    normal(`${part}.v`, width, keyWidth);
    normal(`${part}.o`, width, width, residual / Math.sqrt(width));
    ones(`${part}.mlp_norm`);
    normal(`${part}.gate`, width, hiddenSize);
    normal(`${part}.up`, width, hiddenSize);
    normal(`${part}.down`, hiddenSize, width, residual / Math.sqrt(hiddenSize));
  }
  ones("norm");
  return made;
}
