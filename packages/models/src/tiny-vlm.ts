import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { resolve } from "node:path";
import { z } from "zod";
import { checkShapes, Compiler, Files, InputError, memoryIssues, model } from "@rewardlab/core";
import type { Model, OptionIssue, Parameters, RandomStream } from "@rewardlab/core";
import { readJson, sha256 } from "@rewardlab/storage";
import { bytePairTokenizer } from "./byte-pair-tokenizer.ts";
import { readOn, readPrefix } from "./layers/decoder.ts";
import { projector } from "./layers/projector.ts";
import { visionEncoder } from "./layers/vision-encoder.ts";
import { embedding } from "./ops/embedding.ts";
import { allButLast, policyOn } from "./policy.ts";
import { promptBatch, promptLength } from "./prompts.ts";
import type { PromptBatch } from "./prompts.ts";
import { scenesWords, wordProblem, wordTokenizer } from "./tokenizer.ts";
import type { WordTokenizer } from "./tokenizer.ts";

/**
 * tiny-vlm: a vision-language model of about 190,000 parameters, put together as the large ones are.
 *
 *     picture → patches → ViT → projector ─┐
 *     [ picture's N columns | prompt's S columns, left-padded | response ] → decoder → norm → logits = h · embedᵀ
 *
 * A column's position is its plain index, padding included, so responses start at column N + S in every row. Padding is never seen.
 */
const size = (what: string) => z.int().positive().describe(what);
const options = z.strictObject({
  width: size("D, numbers per column").default(64),
  layers: size("layers of the decoder").default(3),
  heads: size("H, query heads; the ViT's heads as well").default(4),
  kvHeads: size("K, key and value heads of the decoder, a divisor of heads").default(2),
  hiddenSize: size("F, width of the feed-forward layers").default(128),
  visionLayers: size("layers of the ViT").default(1),
  imageSize: size("side of the square the picture is resized to, in pixels").default(36),
  patchSize: size("side of a patch in pixels, a divisor of imageSize").default(12),
  pixelMean: z.number().default(0.3).describe("what is taken off pixel values, which go from 0 to 1"),
  pixelDeviation: z.number().positive().default(0.2).describe("what they are divided by then"),
  promptTokens: size("S, room for the prompt; a longer one is an error").default(16),
  ropeTheta: z.number().positive().default(100).describe("θ of the rotary embedding"),
  words: z.array(z.string()).readonly().default(scenesWords).describe("words that are one token; other text is spelt in bytes"),
  tokenizer: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe("a tokenizer.json that `rewardlab tokenizer train` wrote, in place of the words"),
});
type TinyVlmOptions = z.output<typeof options>;

export const tinyVlm = model({
  name: "tiny-vlm",
  summary: "a vision-language model of about 190,000 parameters, for the scenes data",
  options,
  bytesPerPrompt,
  checks: [
    { reads: ["width", "heads", "kvHeads", "imageSize", "patchSize", "words"], find: sizeIssues },
    {
      reads: ["width", "layers", "hiddenSize", "visionLayers", "imageSize", "patchSize", "promptTokens", "words"],
      find: memoryNeeded,
    },
  ],
  inject: { compiler: Compiler, files: Files },
  create: (chosen, { compiler, files }) => createTinyVlm(chosen, compiler, files),
});

function sizeIssues({ width, heads, kvHeads, imageSize, patchSize, words }: TinyVlmOptions): OptionIssue[] {
  return [
    ...(width % (2 * heads) === 0
      ? []
      : [{ path: ["width"], message: `${width} is given, expected a multiple of twice the heads: ${2 * heads}` }]),
    ...(heads % kvHeads === 0
      ? []
      : [{ path: ["kvHeads"], message: `${kvHeads} is given, expected a divisor of heads: ${heads}` }]),
    ...(imageSize % patchSize === 0
      ? []
      : [{ path: ["patchSize"], message: `${patchSize} is given, expected a divisor of imageSize: ${imageSize}` }]),
    ...words.flatMap((word, index) => {
      const problem = words.indexOf(word) < index ? "this word is there twice" : wordProblem(word);
      return problem === null ? [] : [{ path: ["words", index], message: `${JSON.stringify(word)}: ${problem}` }];
    }),
  ];
}

/** The weights of policy and reference, and one prompt's columns in one layer: the least that a run holds. */
function memoryNeeded(sizes: TinyVlmOptions): OptionIssue[] {
  const { width: D, layers, hiddenSize: F, visionLayers, imageSize, patchSize, promptTokens } = sizes;
  const ofLayer = 2 * D * D + 3 * D * F; // q and o, gate, up and down
  const weights = (layers + visionLayers) * ofLayer + 2 * D * D + 3 * patchSize ** 2 * D + sizes.words.length * D;
  const columns = (imageSize / patchSize) ** 2 + promptTokens;
  const [bytes, what] =
    weights > columns * D
      ? [weights * 4 * 2, `${weights.toPrecision(3)} parameters, of the policy and the reference`]
      : [
          (columns * D + 3 * imageSize ** 2) * 4,
          `a prompt of ${columns.toPrecision(3)} columns and a picture of ${imageSize}² pixels`,
        ];
  const largest = Object.entries({
    width: D,
    layers,
    hiddenSize: F,
    visionLayers,
    imageSize: imageSize ** 2,
    promptTokens,
  }).reduce((a, b) => (b[1] > a[1] ? b : a));
  return memoryIssues([largest[0]], bytes, what);
}

/** A prompt's picture, and its columns as they enter the first layer. */
function bytesPerPrompt({ width, imageSize, patchSize, promptTokens }: TinyVlmOptions): number {
  return 4 * (3 * imageSize ** 2 + ((imageSize / patchSize) ** 2 + promptTokens) * width);
}

function createTinyVlm(chosen: TinyVlmOptions, compiler: Compiler, { folder }: Files): Model<PromptBatch> {
  const trained = chosen.tokenizer === null ? null : trainedTokenizer(resolve(folder, chosen.tokenizer));
  const tokenizer = trained?.tokenizer ?? wordTokenizer(chosen.words);
  const sizes = { ...chosen, headSize: chosen.width / chosen.heads };

  const policy = policyOn<PromptBatch>(
    {
      name: "tiny-vlm",
      width: chosen.width,
      head: (parameters) => parameters.embed as Tensor2D, // [V, D]
      /** The picture and the prompt's first S − 1 columns. */
      readPrompts(parameters, { images, promptIds, promptMask }) {
        checkShapes("tiny-vlm", {
          images: [images, "P H H 3"],
          promptIds: [promptIds, "P S"],
          promptMask: [promptMask, "P S"],
        });
        const seen = projector(parameters, visionEncoder(parameters, images, sizes)); // [P, N, D]
        const [count, patches] = seen.shape;
        const words = embedding(parameters.embed as Tensor2D, allButLast(promptIds)) as Tensor3D; // [P, S−1, D]
        const mask = tf.concat([tf.ones([count, patches]) as Tensor2D, allButLast(promptMask)], 1); // [P, N+S−1]
        return { cache: readPrefix(parameters, tf.concat([seen, words], 1), mask, sizes), mask, shift: null };
      },
      readTokens: (parameters, tokens, before) =>
        readOn(parameters, embedding(parameters.embed as Tensor2D, tokens) as Tensor3D, before, sizes),
    },
    { tokenizer, compiler },
  );

  return {
    tokenizer,
    ...(trained === null ? {} : { hash: trained.hash }),
    initialParameters: (random) => initialParameters(chosen, tokenizer.size, random),
    prompts: (items) => promptBatch(items, tokenizer, chosen),
    promptLength: (item) => promptLength(item, tokenizer),
    promptLimit: { tokens: chosen.promptTokens, option: "promptTokens" },
    contextLength: Infinity, // a position is its column's index, and there is no last one
    ...policy,
  };
}

function trainedTokenizer(path: string): { readonly tokenizer: WordTokenizer; readonly hash: string } {
  const json = readJson(path, "Write it with `rewardlab tokenizer train`.");
  if (json === undefined)
    throw new InputError("RL_TOKENIZER", `${path}: there is no such file; \`rewardlab tokenizer train\` writes one`);
  return { tokenizer: bytePairTokenizer(json, path), hash: sha256(JSON.stringify(json)) };
}

/**
 * Normal with standard deviation 1/√fan-in, so that every layer keeps its input's scale; what adds to the residual stream (o, down) is
 * 1/√(2·layers) smaller, as in GPT-2. Norms are 1, biases 0. Positions of patches start large: they have to be told apart.
 */
function initialParameters(
  { width: D, layers, heads, kvHeads, hiddenSize: F, visionLayers, imageSize, patchSize }: TinyVlmOptions,
  V: number,
  random: RandomStream,
): Parameters {
  const parameters: Record<string, tf.Tensor> = {};
  const normal = (name: string, [rows, columns]: readonly [number, number], deviation = 1 / Math.sqrt(rows)) => {
    parameters[name] = tf.tensor2d(
      Float32Array.from({ length: rows * columns }, () => deviation * random.normal()),
      [rows, columns],
    );
  };
  const ones = (name: string) => (parameters[name] = tf.ones([D]));
  const zeros = (name: string) => (parameters[name] = tf.zeros([D]));
  const headSize = D / heads;
  const layer = (part: string, keyHeads: number, depth: number) => {
    const residual = 1 / Math.sqrt(2 * depth);
    ones(`${part}.attn_norm`);
    normal(`${part}.q`, [D, D]);
    normal(`${part}.k`, [D, keyHeads * headSize]);
    normal(`${part}.v`, [D, keyHeads * headSize]);
    normal(`${part}.o`, [D, D], residual / Math.sqrt(D));
    ones(`${part}.mlp_norm`);
    normal(`${part}.gate`, [D, F]);
    normal(`${part}.up`, [D, F]);
    normal(`${part}.down`, [F, D], residual / Math.sqrt(F));
  };

  normal("vision.patch.weight", [patchSize * patchSize * 3, D]);
  zeros("vision.patch.bias");
  normal("vision.position", [(imageSize / patchSize) ** 2, D], 1);
  for (let index = 0; index < visionLayers; index++) layer(`vision.${index}`, heads, visionLayers);
  ones("vision.norm");
  normal("projector.in", [D, D]);
  zeros("projector.in_bias");
  normal("projector.out", [D, D]);
  zeros("projector.out_bias");
  normal("embed", [V, D], 0.125);
  for (let index = 0; index < layers; index++) layer(`layer.${index}`, kvHeads, layers);
  ones("norm");
  return parameters;
}
