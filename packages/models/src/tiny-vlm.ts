import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { z } from "zod";
import { checkShapes, Compiler, InputError, keepMasked, memoryIssues, model } from "@rewardlab/core";
import type { Model, OptionIssue, Parameters, RandomStream, ResponseBatch } from "@rewardlab/core";
import { mapCache, repeated } from "./decoding.ts";
import type { Decoding } from "./decoding.ts";
import { generator } from "./generate.ts";
import { concatenated, readOn, readPrefix } from "./layers/decoder.ts";
import type { Cache, ReadBefore } from "./layers/decoder.ts";
import { projector } from "./layers/projector.ts";
import { visionEncoder } from "./layers/vision-encoder.ts";
import { appendToCache } from "./ops/attention.ts";
import { embedding } from "./ops/embedding.ts";
import { tokenEntropies, tokenLogProbs } from "./ops/token-log-probs.ts";
import { promptBatch, promptLength } from "./prompts.ts";
import type { PromptBatch } from "./prompts.ts";
import { scenesWords, wordProblem, wordTokenizer } from "./tokenizer.ts";

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
  inject: { compiler: Compiler },
  create: (chosen, { compiler }) => createTinyVlm(chosen, compiler),
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

function createTinyVlm(chosen: TinyVlmOptions, compiler: Compiler): Model<PromptBatch> {
  const tokenizer = wordTokenizer(chosen.words);
  const sizes = { ...chosen, headSize: chosen.width / chosen.heads };

  /** Reads all before the first column that predicts a response token: the picture and the prompt's first S − 1 columns. */
  const readPrompts = (
    parameters: Parameters,
    { images, promptIds, promptMask }: PromptBatch,
  ): { cache: Cache; mask: Tensor2D } => {
    const seen = projector(parameters, visionEncoder(parameters, images, sizes)); // [P, N, D]
    const [count, patches] = seen.shape;
    const words = embedding(parameters.embed as Tensor2D, allButLast(promptIds)) as Tensor3D; // [P, S−1, D]
    const mask = tf.concat([tf.ones([count, patches]) as Tensor2D, allButLast(promptMask)], 1); // [P, N+S−1]
    return { cache: readPrefix(parameters, tf.concat([seen, words], 1), mask, sizes), mask };
  };
  /** Reads tokens after those in the cache: the state after each. [B, T, D] */
  const readTokens = (parameters: Parameters, tokens: Tensor2D, before: ReadBefore): { hidden: Tensor3D; cache: Cache } =>
    readOn(parameters, embedding(parameters.embed as Tensor2D, tokens) as Tensor3D, before, sizes);
  /** A linear map of each state. weight [W, D] → [B, T, W] */
  const ofStates = (hidden: Tensor3D, weight: Tensor2D): Tensor3D => {
    const [batch, columns, width] = hidden.shape;
    const flat = tf.matMul(tf.reshape(hidden, [batch * columns, width]), weight, false, true); // [B·T, W]
    return tf.reshape(flat, [batch, columns, weight.shape[0]]);
  };
  /** The state before each response token, picture, prompt and earlier response tokens read. [B, T, D] */
  const statesBefore = (parameters: Parameters, prompts: PromptBatch, { responseIds, mask }: ResponseBatch): Tensor3D => {
    checkShapes("tiny-vlm", {
      images: [prompts.images, "P H H 3"],
      promptIds: [prompts.promptIds, "P S"],
      promptMask: [prompts.promptMask, "P S"],
    });
    checkShapes("tiny-vlm", { responseIds: [responseIds, "B T"], mask: [mask, "B T"] });
    const [rows, columns] = responseIds.shape;
    const samplesPerPrompt = rows / prompts.promptIds.shape[0];
    if (!Number.isInteger(samplesPerPrompt))
      throw new InputError(
        "RL_SHAPE",
        `tiny-vlm: ${rows} responses to ${prompts.promptIds.shape[0]} prompts, expected a multiple`,
      );
    const ofEachResponse = <T extends Tensor>(x: T) => (samplesPerPrompt === 1 ? x : repeated(x, samplesPerPrompt)); // [P, …] → [B, …]
    const prefix = readPrompts(parameters, prompts);
    const position = prefix.mask.shape[1];
    const seen = tf.concat([ofEachResponse(prefix.mask), tf.ones([rows, columns]) as Tensor2D], 1); // [B, N+S−1+T]
    const before = { cache: mapCache(prefix.cache, ofEachResponse), mask: seen, position, join: concatenated };
    const read = tf.concat([ofEachResponse(last(prompts.promptIds)), allButLast(responseIds)], 1); // [B, T]: what stands before each response token
    return readTokens(parameters, read, before).hidden; // [B, T, D]
  };
  /** Of the tokens after the states, at a temperature. [B, T, V] */
  const logitsAfter = (parameters: Parameters, hidden: Tensor3D, temperature: number) => {
    if (!(temperature > 0))
      throw new InputError("RL_TEMPERATURE", `tiny-vlm: temperature is ${temperature}, expected more than 0`);
    const logits = ofStates(hidden, parameters.embed as Tensor2D); // [B, T, V]
    return temperature === 1 ? logits : tf.div(logits, temperature); // [B, T, V]
  };
  /** Log-probabilities of the response tokens, from the states before them. [B, T] */
  const logProbsAfter = (parameters: Parameters, hidden: Tensor3D, { responseIds, mask }: ResponseBatch, temperature: number) =>
    keepMasked(tokenLogProbs(logitsAfter(parameters, hidden, temperature), responseIds) as Tensor2D, mask); // [B, T]

  /** After one more token in every row. */
  const next: Decoding["next"] = (parameters, { cache, mask }, tokens, position) => {
    const read = readTokens(parameters, tokens, { cache, mask, position, join: appendToCache }); // [B, 1, D]
    const logits = tf.reshape(ofStates(read.hidden, parameters.embed as Tensor2D), [tokens.shape[0], tokenizer.size]) as Tensor2D; // [B, V]
    return { cache: read.cache, logits };
  };

  return {
    tokenizer,
    initialParameters: (random) => initialParameters(chosen, tokenizer.size, random),
    prompts: (items) => promptBatch(items, tokenizer, chosen),
    promptLength: (item) => promptLength(item, tokenizer),
    promptLimit: { tokens: chosen.promptTokens, option: "promptTokens" },
    contextLength: Infinity, // a position is its column's index, and there is no last one

    /** Where there are G times as many responses as prompts, responses p·G … p·G + G − 1 answer prompt p, which is read once. */
    logProbs: (parameters, prompts, responses, temperature) =>
      tf.tidy(() => logProbsAfter(parameters, statesBefore(parameters, prompts, responses), responses, temperature)), // [B, T]

    entropies: (parameters, prompts, responses, temperature) =>
      tf.tidy(() => {
        const hidden = statesBefore(parameters, prompts, responses); // [B, T, D]
        return keepMasked(tokenEntropies(logitsAfter(parameters, hidden, temperature)) as Tensor2D, responses.mask); // [B, T]
      }),

    /** V_t = w · h_t + b, h_t the state that the logits of token t come from. */
    valueHead: {
      initialParameters: () => ({ "value.weight": tf.zeros([1, chosen.width]), "value.bias": tf.zeros([1]) }), // [1, D], [1]
      logProbsAndValues: (parameters, prompts, responses, temperature) =>
        tf.tidy(() => {
          const hidden = statesBefore(parameters, prompts, responses); // [B, T, D]
          const values = tf.squeeze(ofStates(hidden, parameters["value.weight"] as Tensor2D), [2]); // [B, T]
          return {
            logProbs: logProbsAfter(parameters, hidden, responses, temperature), // [B, T]
            values: keepMasked(tf.add(values, parameters["value.bias"]!) as Tensor2D, responses.mask), // [B, T]
          };
        }),
    },

    generate: generator({ readPrompts, next }, compiler, tokenizer),
  };
}

/** All columns but the last. [B, T − 1] */
const allButLast = (x: Tensor2D) => tf.slice(x, [0, 0], [x.shape[0], x.shape[1] - 1]);
/** The last column. [B, 1] */
const last = (x: Tensor2D) => tf.slice(x, [0, x.shape[1] - 1], [x.shape[0], 1]);

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
