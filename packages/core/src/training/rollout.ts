import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import type { Generated, HostResponses, Model, Parameters, PreferenceItem, RemoteModel, ResponseBatch } from "../kinds.ts";
import { isRemote } from "../plugin/remote-model.ts";
import type { RandomStream } from "@rewardlab/statistics/random";
import { RunError } from "@rewardlab/storage";
import { free } from "../math/memory.ts";

/** Responses sampled from a policy, on the host: B = P·G rows of T tokens, right-padded. Row p·G + g answers prompt p. */
export interface Rollout {
  readonly items: readonly PreferenceItem[]; // B
  /** Where each row's item stands in its split. */
  readonly places: readonly number[]; // B
  readonly texts: readonly string[]; // B
  readonly groupIds: Int32Array; // [B]
  readonly lengths: Int32Array; // [B], response tokens, EOS included
  readonly truncated: readonly boolean[]; // B, cut off before EOS
  readonly tokens: number; // T
  readonly responseIds: Int32Array; // [B, T]
  readonly mask: Float32Array; // [B, T]
  readonly logProbs: Float32Array; // [B, T], of the policy that sampled, temperature applied
}

/** Items that a policy is asked about, and where they stand in their split. */
export interface Prompts {
  readonly items: readonly PreferenceItem[];
  readonly places: readonly number[];
}

/** How the responses of a rollout are sampled. */
export interface RolloutOptions {
  readonly samplesPerPrompt: number;
  readonly temperature: number;
  readonly maxNewTokens: number;
}

/** Rows are cut to the longest response, rounded up to this many tokens, so that few different shapes occur. */
const TOKEN_BUCKET = 4;

/** The responses of a policy to prompts, with their log-probabilities under it. A remote model has its policy itself; `policy` is then not looked at. */
export async function generateRollout(
  model: Model | RemoteModel,
  policy: Parameters,
  prompts: Prompts,
  options: RolloutOptions,
  random: RandomStream,
): Promise<Rollout> {
  const batch = model.prompts(prompts.items);
  const asked = { ...options, random };
  const generated = await (isRemote(model) ? model.generate(batch, asked) : model.generate(policy, batch, asked));
  free(batch);
  checkGenerated(model, generated);

  const samples = options.samplesPerPrompt;
  const rows = prompts.items.length * samples;
  const lengths = Int32Array.from({ length: rows }, (_, row) =>
    sum(generated.mask.subarray(row * generated.tokens, (row + 1) * generated.tokens)),
  );
  const longest = Math.max(1, ...lengths);
  const tokens = Math.min(generated.tokens, Math.ceil(longest / TOKEN_BUCKET) * TOKEN_BUCKET);
  const responseIds = cutRows(generated.responseIds, rows, generated.tokens, tokens);
  const { tokenizer } = model;
  const ends = tokenizer.endIds ?? [tokenizer.endId];
  const idsOf = (row: number) => [...responseIds.subarray(row * tokens, row * tokens + lengths[row]!)];
  const texts = Array.from(lengths, (_, row) => {
    const ids = idsOf(row);
    return tokenizer.decode(ends.includes(ids.at(-1)!) ? ids.slice(0, -1) : ids);
  });
  return {
    items: Array.from({ length: rows }, (_, row) => prompts.items[Math.floor(row / samples)]!),
    places: Array.from({ length: rows }, (_, row) => prompts.places[Math.floor(row / samples)]!),
    texts,
    groupIds: Int32Array.from({ length: rows }, (_, row) => Math.floor(row / samples)),
    lengths,
    truncated: Array.from(lengths, (_, row) => !ends.includes(idsOf(row).at(-1)!)),
    tokens,
    responseIds,
    mask: cutRows(generated.mask, rows, generated.tokens, tokens),
    logProbs: cutRows(generated.logProbs, rows, generated.tokens, tokens),
  };
}

/** A token that stands for a picture, written by the policy, would shift what the model sees where: told before it is read again. */
function checkGenerated({ neverGenerated = [], tokenizer }: Model | RemoteModel, { tokens, responseIds, mask }: Generated): void {
  if (neverGenerated.length === 0) return;
  const never = new Set(neverGenerated);
  const index = responseIds.findIndex((id, at) => mask[at]! > 0 && never.has(id));
  if (index === -1) return;
  const id = responseIds[index]!;
  throw new RunError(
    "RL_NEVER_GENERATED",
    `generate: response ${Math.floor(index / tokens)}, token ${index % tokens} is ${id} (${JSON.stringify(tokenizer.decode([id]))}), which the model says is never generated`,
  );
}

/** For each row the one of `fresh` that takes its place, or null: the k-th group of `fresh` replaces groups[k]. All groups are of one size. */
export function replacements(rollout: Rollout, groups: readonly number[], samplesPerPrompt: number): (number | null)[] {
  const seen = new Map<number, number>();
  return Array.from(rollout.groupIds, (id) => {
    const place = groups.indexOf(id);
    if (place === -1) return null;
    const within = seen.get(id) ?? 0;
    seen.set(id, within + 1);
    return place * samplesPerPrompt + within;
  });
}

/** `rollout` with some of its rows taken from `fresh`, as `replacements` says; group ids stay. */
export function replaceRows(rollout: Rollout, fresh: Rollout, from: readonly (number | null)[]): Rollout {
  const tokens = Math.max(rollout.tokens, fresh.tokens);
  const pick = <T>(own: ArrayLike<T>, other: ArrayLike<T>): T[] =>
    from.map((row, index) => (row === null ? own[index]! : other[row]!));
  const pickRows = <A extends Float32Array | Int32Array>(own: A, other: A): A => {
    const rows = new (own.constructor as { new (length: number): A })(from.length * tokens);
    from.forEach((row, index) => {
      const [values, width, at] = row === null ? [own, rollout.tokens, index] : [other, fresh.tokens, row];
      rows.set(values.subarray(at * width, (at + 1) * width), index * tokens);
    });
    return rows;
  };
  return {
    items: pick(rollout.items, fresh.items),
    places: pick(rollout.places, fresh.places),
    texts: pick(rollout.texts, fresh.texts),
    groupIds: rollout.groupIds,
    lengths: Int32Array.from(pick(rollout.lengths, fresh.lengths)),
    truncated: pick(rollout.truncated, fresh.truncated),
    tokens,
    responseIds: pickRows(rollout.responseIds, fresh.responseIds),
    mask: pickRows(rollout.mask, fresh.mask),
    logProbs: pickRows(rollout.logProbs, fresh.logProbs),
  };
}

/** `rollout` without the tokens of some of its rows: what it loses no longer counts as response. */
export function withoutRows(rollout: Rollout, rows: readonly boolean[]): Rollout {
  if (!rows.includes(true)) return rollout;
  const mask = rollout.mask.slice();
  rows.forEach((left, row) => left && mask.fill(0, row * rollout.tokens, (row + 1) * rollout.tokens));
  return { ...rollout, mask };
}

/** The responses of chosen rows as tensors, which are the caller's. Those after the first `kept` have no tokens. */
export function responseTensors(rollout: Rollout, rows: readonly number[], kept = rows.length): ResponseBatch {
  const { tokens } = rollout;
  const mask = new Float32Array(rows.length * tokens); // [rows, T]
  rows.slice(0, kept).forEach((row, index) => mask.set(rollout.mask.subarray(row * tokens, (row + 1) * tokens), index * tokens));
  return {
    responseIds: rowTensor(rollout.responseIds, tokens, rows, "int32"), // [rows, T]
    mask: tf.tensor2d(mask, [rows.length, tokens]), // [rows, T]
  };
}

/** The responses of chosen rows as they are on the host, copied. */
export function hostResponses({ tokens, responseIds, mask }: Rollout, rows: readonly number[]): HostResponses {
  return { tokens, responseIds: chosenRows(responseIds, tokens, rows), mask: chosenRows(mask, tokens, rows) };
}

/** The rows of each prompt, in order. */
export function groupsOf({ groupIds }: Rollout, rows: readonly number[]): number[][] {
  const groups = new Map<number, number[]>();
  for (const row of rows) groups.set(groupIds[row]!, [...(groups.get(groupIds[row]!) ?? []), row]);
  return [...groups.values()];
}

/**
 * The items that chosen rows answer: one for each prompt where the responses to a prompt stand together and are equally many, so that the
 * model reads it once; else one for each response.
 */
export function askedBy(rollout: Rollout, rows: readonly number[]): PreferenceItem[] {
  const starts = rows.flatMap((row, index) => (rollout.groupIds[row] === rollout.groupIds[rows[index - 1]!] ? [] : [index]));
  const size = rows.length / starts.length;
  const even = starts.every((start, index) => start === index * size);
  return (even ? starts : rows.map((_, index) => index)).map((index) => rollout.items[rows[index]!]!);
}

/** Chosen rows of a host array [B, T] as a tensor. */
export function rowTensor(
  values: Float32Array | Int32Array,
  tokens: number,
  rows: readonly number[],
  dtype: "float32" | "int32" = "float32",
): Tensor2D {
  return tf.tensor2d(chosenRows(values, tokens, rows), [rows.length, tokens], dtype); // [rows, T]
}

/** Chosen rows of a host array, copied. [B, T] → [rows, T] */
function chosenRows<A extends Float32Array | Int32Array>(values: A, tokens: number, rows: readonly number[]): A {
  const chosen = new (values.constructor as { new (length: number): A })(rows.length * tokens);
  rows.forEach((row, index) => chosen.set(values.subarray(row * tokens, (row + 1) * tokens), index * tokens));
  return chosen;
}

function cutRows<A extends Float32Array | Int32Array>(values: A, rows: number, from: number, to: number): A {
  if (from === to) return values;
  const cut = new (values.constructor as { new (length: number): A })(rows * to);
  for (let row = 0; row < rows; row++) cut.set(values.subarray(row * from, row * from + to), row * to);
  return cut;
}

const sum = (values: Float32Array) => values.reduce((total, value) => total + value, 0);
