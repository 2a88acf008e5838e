import type { Parameters } from "@rewardlab/core";
import { repeated, tokenLogProbs } from "@rewardlab/models/layers";
import type { KeysAndValues } from "@rewardlab/models/layers";
import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor2D } from "@tensorflow/tfjs-core";
import { readPrompts, readToken } from "./decoder.ts";
import type { Sequences } from "./decoder.ts";
import type { StartedEngine } from "./engine-mode.ts";
import type { BatchSizes, DecoderSizes } from "./sizes.ts";

/** Responses sampled, on the host. */
export interface Responses {
  readonly responseIds: Int32Array; // [B, T]
  readonly logProbs: Float32Array; // [B, T]
}

/** Samples G responses of exactly T tokens to each prompt. `uniforms`: a number in [0, 1) for each token. [T, B] */
export type Generate = (parameters: Parameters, prompts: Sequences, uniforms: Float32Array) => Responses;

interface State {
  readonly cache: readonly KeysAndValues[]; // [B, S + T, K, d] each
  readonly logits: Tensor2D; // of the next token: [B, V]
}

/** How many tokens a call of a compiled function samples: TensorFlow takes 40 s to compile 8 unrolled steps with XLA, and next to none as a graph. */
const TOKENS_PER_CALL = { eager: 1, graph: 16, xla: 1 } as const;

/** Generation with sampling as a part of the compiled function: nothing is read back before the end. */
export function generator(engine: StartedEngine, batch: BatchSizes, sizes: DecoderSizes): Generate {
  const { samplesPerPrompt, responseTokens: T } = batch;
  const perCall = largestDivisor(T, TOKENS_PER_CALL[engine.mode]);
  const start = engine.compile((parameters: Parameters, prompts: Sequences): State => {
    const { cache, logits } = readPrompts(parameters, prompts, T, sizes);
    const ofEachResponse = <X extends tf.Tensor>(x: X) => repeated(x, samplesPerPrompt); // [P, …] → [B, …]
    return {
      cache: cache.map(({ keys, values }) => ({ keys: ofEachResponse(keys), values: ofEachResponse(values) })),
      logits: ofEachResponse(logits),
    };
  });
  const goOn = engine.compile((parameters: Parameters, state: State, position: Scalar, uniforms: Tensor2D) => {
    const sampled: { tokens: Tensor2D; logProbs: Tensor2D }[] = [];
    let { cache, logits } = state;
    for (const [index, uniform] of tf.split(uniforms, perCall, 0).entries()) {
      const one = sample(logits, uniform as Tensor2D); // [B, 1] each
      sampled.push(one);
      ({ cache, logits } = readToken(parameters, one.tokens, cache, tf.add(position, tf.scalar(index, "int32")), sizes));
    }
    const joined = (key: "tokens" | "logProbs") => (sampled.length === 1 ? sampled[0]![key] : tf.concat(sampled.map((one) => one[key]), 1)); // prettier-ignore
    return { tokens: joined("tokens"), logProbs: joined("logProbs"), cache, logits };
  });

  return (parameters, prompts, uniforms) =>
    tf.tidy(() => {
      let state = tf.tidy(() => start(parameters, prompts) as never) as unknown as State;
      const rows = state.logits.shape[0];
      const first = state.cache[0]!.keys.shape[1] - T; // the column of the first response token
      const parts: { tokens: Tensor2D; logProbs: Tensor2D }[] = [];
      for (let token = 0; token < T; token += perCall) {
        const before = state;
        const { tokens, logProbs, ...after } = tf.tidy(() => {
          const drawn = tf.tensor2d(uniforms.subarray(token * rows, (token + perCall) * rows), [perCall, rows]);
          return goOn(parameters, before, tf.scalar(first + token, "int32"), drawn) as never;
        }) as unknown as State & { tokens: Tensor2D; logProbs: Tensor2D };
        tf.dispose(before as never);
        parts.push({ tokens, logProbs });
        state = after;
      }
      const whole = (key: "tokens" | "logProbs") => (parts.length === 1 ? parts[0]![key] : tf.concat(parts.map((part) => part[key]), 1)).dataSync(); // prettier-ignore
      return { responseIds: whole("tokens") as Int32Array, logProbs: whole("logProbs") as Float32Array } as never;
    }) as unknown as Responses;
}

/** A token from each row's softmax, by inverting its cumulative sum. logits [B, V], uniforms [1, B] → [B, 1] each */
function sample(logits: Tensor2D, uniforms: Tensor2D): { tokens: Tensor2D; logProbs: Tensor2D } {
  return tf.tidy(() => {
    const [rows, vocabulary] = logits.shape;
    const sums = cumulativeSums(tf.softmax(logits)); // [B, V]
    const total = tf.slice(sums, [0, vocabulary - 1], [rows, 1]); // [B, 1]
    const below = tf.lessEqual(sums, tf.mul(tf.reshape(uniforms, [rows, 1]), total)); // bool [B, V]
    const counted = tf.sum(tf.cast(below, "int32"), 1); // int32 [B]
    const tokens = tf.minimum(counted, tf.scalar(vocabulary - 1, "int32")); // int32 [B]
    return { tokens: tf.reshape(tokens, [rows, 1]), logProbs: tf.reshape(tokenLogProbs(logits, tokens), [rows, 1]) } as never;
  }) as { tokens: Tensor2D; logProbs: Tensor2D };
}

/** Over each row, in blocks: XLA's own cumulative sum takes V² operations on a CPU. [B, V] */
function cumulativeSums(x: Tensor2D): Tensor2D {
  const [rows, columns] = x.shape;
  const block = largestDivisor(columns, 64);
  const blocks = tf.reshape(x, [rows * (columns / block), block]) as Tensor2D;
  const within = tf.reshape(tf.matMul(blocks, upTo(block)), [rows, columns / block, block]); // [B, V / 64, 64]
  const ends = tf.reshape(tf.slice(within, [0, 0, block - 1], [rows, columns / block, 1]), [rows, columns / block]) as Tensor2D;
  const before = tf.sub(tf.matMul(ends, upTo(columns / block)), ends); // [B, V / 64]
  return tf.reshape(tf.add(within, tf.reshape(before, [rows, columns / block, 1])), [rows, columns]) as Tensor2D;
}

/** 1 where row ≤ column. [size, size] */
function upTo(size: number): Tensor2D {
  const index = tf.range(0, size); // [size]
  return tf.cast(tf.lessEqual(tf.reshape(index, [size, 1]), tf.reshape(index, [1, size])), "float32") as Tensor2D;
}

function largestDivisor(of: number, most: number): number {
  for (let divisor = Math.min(of, most); divisor > 1; divisor--) if (of % divisor === 0) return divisor;
  return 1;
}
