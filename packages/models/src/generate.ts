import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import { InputError } from "@rewardlab/core";
import type { GenerateOptions, Generated, Tokenizer } from "@rewardlab/core";
import type { Cache } from "./layers/decoder.ts";
import { sampleToken } from "./sample-token.ts";

/** A decoder between two tokens. */
export interface DecodingState {
  /** With room for all tokens to come. */
  readonly cache: Cache; // [B, C, K, d]
  /** 1 on columns that may be seen, once they are written. */
  readonly mask: Tensor2D; // [B, C]
  /** The column of the next token. */
  readonly position: number;
  /** Of the next token. */
  readonly logits: Tensor2D; // [B, V]
}

/** What generation needs of a model. The states are the caller's to free. */
export interface Decoding {
  /** After the prompts, with room for so many more columns, G rows to a prompt. */
  start(room: number, samplesPerPrompt: number): DecodingState;
  /** After one more token in every row. Takes the state's cache: it may be written in place. */
  next(state: DecodingState, tokens: Tensor2D): DecodingState;
  /** Where a step is compiled for each number of rows: then only few different ones are to occur. */
  readonly fewSizes: boolean;
}

/** Ended rows leave the batch when fewer than this share of its rows goes on; with few sizes when half of it is enough, so that the batch is halved each time. */
const COMPACT_BELOW = 0.6;
const HALF = 0.5;

/**
 * Samples G responses to each prompt, all rows side by side, one token a step. Prompts are read once, and what they leave in the cache is repeated.
 * `random` gives one number for each row and step, B · maxNewTokens of them, all drawn before the first step: what a row draws depends on no
 * other row's length, and the stream ends at the same place whatever is sampled. Temperature 0 is greedy and draws nothing.
 */
export async function sampleResponses(
  decoding: Decoding,
  options: GenerateOptions,
  { padId, endId }: Tokenizer,
): Promise<Generated> {
  const { samplesPerPrompt, temperature, maxNewTokens, random } = options;
  if (!(temperature >= 0 && Number.isFinite(temperature)))
    throw new InputError("RL_TEMPERATURE", `generate: temperature is ${temperature}, expected 0 (greedy) or more`);
  let state = tf.tidy(() => decoding.start(maxNewTokens, samplesPerPrompt) as never) as DecodingState;
  const rows = state.logits.shape[0];
  const uniforms = Float64Array.from({ length: temperature === 0 ? 0 : rows * maxNewTokens }, () => random.uniform()); // [T, B]
  const responseIds = new Int32Array(rows * maxNewTokens).fill(padId); // [B, T]
  const mask = new Float32Array(rows * maxNewTokens); // [B, T]
  const logProbs = new Float32Array(rows * maxNewTokens); // [B, T]

  let batch = Array.from({ length: rows }, (_, row) => row); // the response that each row of the state belongs to
  const ended = new Set<number>();
  try {
    for (let step = 0; step < maxNewTokens; step++) {
      const logits = (await state.logits.data()) as Float32Array; // [rows left, V]
      const size = state.logits.shape[1];
      batch.forEach((row, index) => {
        if (ended.has(row)) return;
        const at = row * maxNewTokens + step;
        const sampled = sampleToken(
          logits.subarray(index * size, (index + 1) * size),
          temperature,
          uniforms[step * rows + row] ?? 0,
        );
        responseIds[at] = sampled.token;
        logProbs[at] = sampled.logProb;
        mask[at] = 1;
        if (sampled.token === endId) ended.add(row);
      });
      if (ended.size === rows || step === maxNewTokens - 1) break;

      const left = batch.filter((row) => !ended.has(row)).length;
      if (decoding.fewSizes ? batch.length % 2 === 0 && left <= HALF * batch.length : left < COMPACT_BELOW * batch.length) {
        const going = batch.flatMap((row, index) => (ended.has(row) ? [] : [index]));
        const filling = batch.flatMap((row, index) => (ended.has(row) ? [index] : []));
        const kept = decoding.fewSizes ? [...going, ...filling].slice(0, batch.length / 2) : going;
        batch = kept.map((index) => batch[index]!);
        state = replaced(state, (whole) => mapRows(whole, (x) => tf.gather(x, tf.tensor1d(kept, "int32")))); // [rows left, …]
      }
      const tokens = Int32Array.from(batch, (row) => responseIds[row * maxNewTokens + step]!);
      state = replaced(state, (before) => decoding.next(before, tf.tensor2d(tokens, [batch.length, 1], "int32")));
    }
  } finally {
    tf.dispose(state as never);
  }
  return { tokens: maxNewTokens, responseIds, mask, logProbs };
}

/** The state after `state`, which is freed. */
function replaced(state: DecodingState, next: (state: DecodingState) => DecodingState): DecodingState {
  const after = tf.tidy(() => next(state) as never) as DecodingState;
  tf.dispose(state as never);
  return after;
}

/** The state with a function applied to everything that has a row for each response. */
export function mapRows({ cache, mask, position, logits }: DecodingState, map: <T extends Tensor>(x: T) => T): DecodingState {
  return { cache: mapCache(cache, map), mask: map(mask), position, logits: map(logits) };
}

export function mapCache(cache: Cache, map: <T extends Tensor>(x: T) => T): Cache {
  return cache.map(({ keys, values }) => ({ keys: map(keys), values: map(values) }));
}

/** Row p of x as rows p·times … p·times + times − 1. */
export function repeated<T extends Tensor>(x: T, times: number): T {
  const [count, ...rest] = x.shape as [number, ...number[]];
  return tf.tidy(() => tf.reshape(tf.tile(tf.reshape(x, [count, 1, -1]), [1, times, 1]), [count * times, ...rest])) as T; // [P·times, …]
}
