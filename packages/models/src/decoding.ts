import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import type { Compiler, Parameters } from "@rewardlab/core";
import type { Cache } from "./layers/cached-layers.ts";
import { sampleTokens } from "./ops/sample-tokens.ts";
import { sampleToken } from "./sample-token.ts";

/** A decoder between two tokens. */
export interface DecodingState {
  /** With room for all tokens to come. */
  readonly cache: Cache; // [B, C, K, d]
  /** 1 on columns that may be seen, once they are written. */
  readonly mask: Tensor2D; // [B, C]
  /** A new column's position less its index, in each row; null: they are the same. */
  readonly shift: Tensor1D | null; // [B]
  /** The column of the next token. */
  readonly position: number;
  /** Of the next token. */
  readonly logits: Tensor2D; // [B, V]
}

/** Prompts whose last column is a token: left-padded, so that responses start at one column in every row. Whatever else is in them is their model's. */
export interface PromptColumns {
  readonly promptIds: Tensor2D; // int32 [P, S]
}

/** What generation needs of a model: pure functions of tensors, which are compiled where the engine can. */
export interface Decoding<Batch extends PromptColumns> {
  /** The columns before the prompt's last one, which of them may be seen, and how positions go on. [P, C, K, d], [P, C], [P] */
  readPrompts(parameters: Parameters, prompts: Batch): Past;
  /** After one more token in every row. May write into the cache it is given. tokens int32 [B, 1] */
  next(parameters: Parameters, past: Past, tokens: Tensor2D, position: number | Scalar): Pick<DecodingState, "cache" | "logits">;
}
export type Past = Pick<DecodingState, "cache" | "mask" | "shift">;

/** After the prompts, G rows to each, with room for so many columns more: the prompt's last one is the first of them. */
const startOf =
  <Batch extends PromptColumns>({ readPrompts, next }: Decoding<Batch>) =>
  (parameters: Parameters, prompts: Batch, room: number, samplesPerPrompt: number): DecodingState => {
    const prefix = readPrompts(parameters, prompts);
    const [count, position] = prefix.mask.shape;
    const [, columns] = prompts.promptIds.shape;
    const mask = tf.concat([prefix.mask, tf.ones([count, room]) as Tensor2D], 1); // [P, C + room]
    const cache = mapCache(prefix.cache, (x) => tf.pad(x, x.shape.map((_, axis) => [0, axis === 1 ? room : 0]))); // prettier-ignore
    const last = tf.slice(prompts.promptIds, [0, columns - 1], [count, 1]); // [P, 1]
    const read = next(parameters, { cache, mask, shift: prefix.shift }, last, position);
    return mapRows({ ...read, mask, shift: prefix.shift, position: position + 1 }, (x) => repeated(x, samplesPerPrompt));
  };

/** Rows of a batch on their way. Owns their state. */
export interface DecodingRows {
  /** The next tokens of each row with their log-probabilities, from a number in [0, 1) each. uniforms [count, rows] → [rows, count]; what rows get that don't go on is open. */
  draw(uniforms: Float64Array, goesOn: readonly boolean[]): Promise<{ tokens: ArrayLike<number>; logProbs: ArrayLike<number> }>;
  /** Leaves all rows but these, in this order. */
  keep(rows: readonly number[]): void;
  dispose(): void;
}

/** How rows are decoded on an engine. */
export interface Decoder<Batch extends PromptColumns> {
  /** Tokens that a call of `draw` gives each row. */
  readonly perCall: number;
  begin(parameters: Parameters, prompts: Batch, samplesPerPrompt: number, temperature: number): DecodingRows;
  /** The rows to go on with, where it is time to leave ended ones out; null where it isn't. */
  compacted(goesOn: readonly boolean[]): number[] | null;
}

/** One token a call, chosen on the host in float64. Ended rows leave when fewer than 60 % of the rows go on. */
export function hostDecoder<Batch extends PromptColumns>(decoding: Decoding<Batch>, maxNewTokens: number): Decoder<Batch> {
  const { next } = decoding;
  const start = startOf(decoding);
  return {
    perCall: 1,
    begin(parameters, prompts, samplesPerPrompt, temperature) {
      let state = owned(() => start(parameters, prompts, maxNewTokens, samplesPerPrompt));
      let unread: Int32Array | null = null; // tokens that the state does not know yet
      return {
        async draw(uniforms, goesOn) {
          if (unread !== null) {
            const tokens = unread;
            state = replaced(state, (before) => {
              const read = next(parameters, before, tf.tensor2d(tokens, [tokens.length, 1], "int32"), before.position);
              return { ...before, ...read, ...mapPast(before, tf.clone), position: before.position + 1 };
            });
          }
          const logits = (await state.logits.data()) as Float32Array; // [rows, V]
          const size = state.logits.shape[1];
          const drawn = goesOn.map((going, row) =>
            going ? sampleToken(logits.subarray(row * size, (row + 1) * size), temperature, uniforms[row] ?? 0) : null,
          );
          unread = Int32Array.from(drawn, (one, row) => one?.token ?? unread?.[row] ?? 0);
          return { tokens: unread, logProbs: drawn.map((one) => one?.logProb ?? 0) };
        },
        keep(rows) {
          state = rowsOf(state, rows);
          unread = unread && Int32Array.from(rows, (row) => unread![row]!);
        },
        dispose: () => tf.dispose(state as never),
      };
    },
    compacted(goesOn) {
      const going = goesOn.flatMap((goes, row) => (goes ? [row] : []));
      return going.length < 0.6 * goesOn.length ? going : null;
    },
  };
}

/** A compiled call samples at most so many tokens: more take longer to trace, and rows that have ended wait for the end of their call. */
const MOST_PER_CALL = 16;

/**
 * Several tokens a call of one compiled function, chosen on the engine. The last call may draw a few more than are wanted. A function is traced for
 * each number of rows, so the batch is halved when half of it is enough.
 */
export function compiledDecoder<Batch extends PromptColumns>(
  decoding: Decoding<Batch>,
  compiler: Compiler,
): (maxNewTokens: number) => Decoder<Batch> {
  const { next } = decoding;
  const startCompiled = compiler.compile(startOf(decoding));
  const drawCompiled = compiler.compile(
    (
      parameters: Parameters,
      { mask, shift, ...before }: Omit<DecodingState, "position">,
      position: Scalar,
      uniforms: Tensor2D,
      temperature: number,
    ) => {
      let state: Pick<DecodingState, "cache" | "logits"> = before;
      const drawn = tf.unstack(uniforms).map((ofRows, index) => {
        const sampled = sampleTokens(state.logits, ofRows as Tensor1D, temperature); // [B] each
        const at = tf.add(position, tf.scalar(index, "int32")) as Scalar; // []
        state = next(parameters, { cache: state.cache, mask, shift }, tf.expandDims(sampled.tokens, 1) as Tensor2D, at);
        return sampled;
      });
      const tokens = tf.stack(
        drawn.map((one) => one.tokens),
        1,
      ); // int32 [B, count]
      const logProbs = tf.stack(
        drawn.map((one) => one.logProbs),
        1,
      ); // [B, count]
      return { ...state, tokens, logProbs };
    },
  );
  return (maxNewTokens) => {
    const calls = Math.ceil(maxNewTokens / MOST_PER_CALL);
    const perCall = Math.ceil(maxNewTokens / calls);
    return {
      perCall,
      begin(parameters, prompts, samplesPerPrompt, temperature) {
        let state = owned(() => startCompiled(parameters, prompts, 1 + calls * perCall, samplesPerPrompt));
        return {
          async draw(uniforms, goesOn) {
            const { position, ...before } = state;
            const { tokens, logProbs, ...after } = owned(() => {
              const numbers = tf.tensor2d(Float32Array.from(uniforms, belowOne), [perCall, goesOn.length]);
              return drawCompiled(parameters, before, tf.scalar(position, "int32"), numbers, temperature);
            });
            tf.dispose([before.cache, before.logits] as never);
            state = { ...after, mask: before.mask, shift: before.shift, position: position + perCall };
            const drawn = { tokens: await tokens.data(), logProbs: await logProbs.data() };
            tf.dispose([tokens, logProbs]);
            return drawn;
          },
          keep(rows) {
            state = rowsOf(state, rows);
          },
          dispose: () => tf.dispose(state as never),
        };
      },
      compacted(goesOn) {
        const going = goesOn.flatMap((goes, row) => (goes ? [row] : []));
        const half = goesOn.length / 2;
        if (!Number.isInteger(half) || going.length > half) return null;
        return [...going, ...goesOn.flatMap((goes, row) => (goes ? [] : [row]))].slice(0, half);
      },
    };
  };
}

/** Three numbers in 10⁸ become 1 as float32, which lies behind the last token. */
const belowOne = (uniform: number): number => Math.min(uniform, 1 - 2 ** -24);

/** The result's tensors alone are kept. */
function owned<T>(make: () => T): T {
  return tf.tidy(() => make() as never) as T;
}

/** The state after `state`, which is freed. */
function replaced(state: DecodingState, next: (state: DecodingState) => DecodingState): DecodingState {
  const after = owned(() => next(state));
  tf.dispose(state as never);
  return after;
}

function rowsOf(state: DecodingState, rows: readonly number[]): DecodingState {
  return replaced(state, (whole) => mapRows(whole, (x) => tf.gather(x, tf.tensor1d([...rows], "int32")))); // [rows, …]
}

/** The state with a function applied to everything that has a row for each response. */
function mapRows({ cache, position, logits, ...past }: DecodingState, map: MapTensor): DecodingState {
  return { cache: mapCache(cache, map), ...mapPast(past, map), position, logits: map(logits) };
}
type MapTensor = <T extends Tensor>(x: T) => T;

/** What the rows know of their columns, with each tensor changed. */
export function mapPast({ mask, shift }: Omit<Past, "cache">, map: MapTensor): Omit<Past, "cache"> {
  return { mask: map(mask), shift: shift && map(shift) };
}

/** A cache with each tensor of each layer changed. The tensors given stay the caller's. */
export function mapCache(cache: Cache, map: MapTensor): Cache {
  return cache.map(({ keys, values }) => ({ keys: map(keys), values: map(values) }));
}

/** Row p of x as rows p·times … p·times + times − 1. */
export function repeated<T extends Tensor>(x: T, times: number): T {
  const [count, ...rest] = x.shape as [number, ...number[]];
  return tf.tidy(() => tf.reshape(tf.tile(tf.reshape(x, [count, 1, -1]), [1, times, 1]), [count * times, ...rest])) as T; // [P·times, …]
}
