import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { checkShapes, InputError, keepMasked } from "@rewardlab/core";
import type { Compiler, Model, Parameters, ResponseBatch } from "@rewardlab/core";
import { mapCache, mapPast, repeated } from "./decoding.ts";
import type { Past, PromptColumns } from "./decoding.ts";
import { generator } from "./generate.ts";
import type { Ends } from "./generate.ts";
import { concatenated } from "./layers/cached-layers.ts";
import type { Cache, ReadBefore } from "./layers/cached-layers.ts";
import { appendToCache } from "./ops/attention.ts";
import { inPieces } from "./ops/in-pieces.ts";
import type { OfRows } from "./ops/in-pieces.ts";
import { tokenEntropies, tokenLogProbs } from "./ops/token-log-probs.ts";
import { takenAway, withoutTokens } from "./ops/without-tokens.ts";

/** How a model reads: pure functions of parameters and tensors. */
export interface Reader<Batch extends PromptColumns> {
  /** The model's name, for messages. */
  readonly name: string;
  /** Reads all before the first column that predicts a response token: everything of the prompt but its last column. */
  readPrompts(parameters: Parameters, prompts: Batch): ReadPrompts;
  /** Reads tokens after those in the cache: the state after each, from which logits come. tokens int32 [B, T] → [B, T, D] */
  readTokens(
    parameters: Parameters,
    tokens: Tensor2D,
    before: ReadBefore & Pick<ReadPrompts, "shift">,
  ): { hidden: Tensor3D; cache: Cache };
  /** The logits' matrix. [V, D] */
  head(parameters: Parameters): Tensor2D;
  /** Logits of responses are held for so many bytes of rows at a time, and not for all; absent: for all. `trains`: whether their matrix does. */
  readonly logits?: { readonly bytesAtOnce: number; readonly trains: boolean };
  /** D */
  readonly width: number;
}
export type ReadPrompts = Past;

/** What makes a policy of what reads. */
export interface PolicyOptions {
  readonly tokenizer: Ends;
  readonly compiler: Compiler;
  /** As in `Model`. */
  readonly neverGenerated?: readonly number[];
}

type Policy<Batch extends PromptColumns> = Required<Pick<Model<Batch>, "logProbs" | "entropies" | "valueHead" | "generate">>;

/** Log-probabilities, values and generation of a model that reads so. Prompts are read once, however many responses there are to each. */
export function policyOn<Batch extends PromptColumns>(
  reader: Reader<Batch>,
  { tokenizer, compiler, neverGenerated = [] }: PolicyOptions,
): Policy<Batch> {
  const { name, readPrompts, readTokens, head, logits: pieces, width } = reader;

  /** The state before each response token, prompt and earlier response tokens read. [B, T, D] */
  const statesBefore = (parameters: Parameters, prompts: Batch, { responseIds, mask }: ResponseBatch): Tensor3D => {
    checkShapes(name, { promptIds: [prompts.promptIds, "P S"] });
    checkShapes(name, { responseIds: [responseIds, "B T"], mask: [mask, "B T"] });
    const [rows, columns] = responseIds.shape;
    const samplesPerPrompt = rows / prompts.promptIds.shape[0];
    if (!Number.isInteger(samplesPerPrompt))
      throw new InputError(
        "RL_SHAPE",
        `${name}: ${rows} responses to ${prompts.promptIds.shape[0]} prompts, expected a multiple`,
      );
    const ofEachResponse = <T extends Tensor>(x: T) => (samplesPerPrompt === 1 ? x : repeated(x, samplesPerPrompt)); // [P, …] → [B, …]
    const prefix = readPrompts(parameters, prompts);
    const past = mapPast(prefix, ofEachResponse);
    const seen = tf.concat([past.mask, tf.ones([rows, columns]) as Tensor2D], 1); // [B, C + T]
    const before = {
      cache: mapCache(prefix.cache, ofEachResponse),
      mask: seen,
      shift: past.shift,
      position: prefix.mask.shape[1],
      join: concatenated,
    };
    const read = tf.concat([ofEachResponse(last(prompts.promptIds)), allButLast(responseIds)], 1); // [B, T]: what stands before each response token
    return readTokens(parameters, read, before).hidden; // [B, T, D]
  };
  /** A number for each token after the states, of the logits there at a temperature. `of`: logits [..., V], ids [...] → [...]. [B, T] */
  const ofLogits = (
    parameters: Parameters,
    hidden: Tensor3D,
    responseIds: Tensor2D,
    temperature: number,
    of: (logits: Tensor, ids: Tensor) => Tensor,
  ): Tensor2D => {
    if (!(temperature > 0))
      throw new InputError("RL_TEMPERATURE", `${name}: temperature is ${temperature}, expected more than 0`);
    const atTemperature = (logits: Tensor) => (temperature === 1 ? logits : tf.div(logits, temperature)); // [..., V]
    const weight = head(parameters); // [V, D]
    if (pieces === undefined)
      return of(atTemperature(withoutTokens(mapped(hidden, weight), neverGenerated)), responseIds) as Tensor2D; // [B, T]
    const [batch, columns] = responseIds.shape;
    const [vocabulary] = weight.shape;
    const shared = neverGenerated.length === 0 ? [] : [takenAway(neverGenerated, vocabulary)]; // [V]
    const ids = tf.reshape(responseIds, [batch * columns]) as Tensor1D; // [B·T]
    const ofRows: OfRows = (rows, matrix, ofThese, [taken]) => {
      const logits = tf.matMul(rows, matrix, false, true); // [r, V]
      return of(atTemperature(taken === undefined ? logits : tf.add(logits, taken)), ofThese) as Tensor1D; // [r]
    };
    const rows = Math.max(1, Math.floor(pieces.bytesAtOnce / (4 * vocabulary)));
    const x = tf.reshape(hidden, [batch * columns, width]) as Tensor2D; // [B·T, D]
    return tf.reshape(inPieces(ofRows, { x, weight, ids, shared }, { rows, weightTrains: pieces.trains }), [batch, columns]); // [B, T]
  };
  /** Log-probabilities of the response tokens, from the states before them. [B, T] */
  const logProbsAfter = (parameters: Parameters, hidden: Tensor3D, { responseIds, mask }: ResponseBatch, temperature: number) =>
    keepMasked(ofLogits(parameters, hidden, responseIds, temperature, tokenLogProbs), mask); // [B, T]

  /** After one more token in every row. */
  const next = (parameters: Parameters, past: Past, tokens: Tensor2D, position: number | Scalar) => {
    const { hidden, cache } = readTokens(parameters, tokens, { ...past, position, join: appendToCache }); // [B, 1, D]
    const weight = head(parameters); // [V, D]
    return { cache, logits: tf.reshape(mapped(hidden, weight), [tokens.shape[0], weight.shape[0]]) as Tensor2D }; // [B, V]
  };

  return {
    /** Where there are G times as many responses as prompts, responses p·G … p·G + G − 1 answer prompt p, which is read once. */
    logProbs: (parameters, prompts, responses, temperature) =>
      tf.tidy(() => logProbsAfter(parameters, statesBefore(parameters, prompts, responses), responses, temperature)), // [B, T]

    entropies: (parameters, prompts, responses, temperature) =>
      tf.tidy(() => {
        const hidden = statesBefore(parameters, prompts, responses); // [B, T, D]
        return keepMasked(ofLogits(parameters, hidden, responses.responseIds, temperature, tokenEntropies), responses.mask); // [B, T]
      }),

    /** V_t = w · h_t + b, h_t the state that the logits of token t come from. */
    valueHead: {
      initialParameters: () => ({ "value.weight": tf.zeros([1, width]), "value.bias": tf.zeros([1]) }), // [1, D], [1]
      logProbsAndValues: (parameters, prompts, responses, temperature) =>
        tf.tidy(() => {
          const hidden = statesBefore(parameters, prompts, responses); // [B, T, D]
          const values = tf.squeeze(mapped(hidden, parameters["value.weight"] as Tensor2D), [2]); // [B, T]
          return {
            logProbs: logProbsAfter(parameters, hidden, responses, temperature), // [B, T]
            values: keepMasked(tf.add(values, parameters["value.bias"] as Tensor1D) as Tensor2D, responses.mask), // [B, T]
          };
        }),
    },

    generate: generator({ readPrompts, next }, compiler, tokenizer, neverGenerated),
  };
}

/** A linear map of each state. hidden [B, T, D], weight [W, D] → [B, T, W] */
function mapped(hidden: Tensor3D, weight: Tensor2D): Tensor3D {
  const [batch, columns, width] = hidden.shape;
  const flat = tf.matMul(tf.reshape(hidden, [batch * columns, width]), weight, false, true); // [B·T, W]
  return tf.reshape(flat, [batch, columns, weight.shape[0]]);
}

/** All columns but the last. [B, T − 1] */
export const allButLast = (x: Tensor2D): Tensor2D => tf.slice(x, [0, 0], [x.shape[0], x.shape[1] - 1]);
/** The last column. [B, 1] */
export const last = (x: Tensor2D): Tensor2D => tf.slice(x, [0, x.shape[1] - 1], [x.shape[0], 1]);
