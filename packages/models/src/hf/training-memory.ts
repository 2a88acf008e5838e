import { totalmem } from "node:os";
import { InputError } from "@rewardlab/core";
import type { Decoder } from "./decoder.ts";

/** Bytes of a float32. */
const FLOAT = 4;

/** What a model's tensors take when it trains, activations left out. */
export interface HeldBytes {
  /** All parameters: held once with adapters, which policy and reference share; else the policy's and the reference's. */
  readonly weights: number;
  /** Gradients and AdamW's two moments of what trains. */
  readonly optimizer: number;
}

/** With adapters of so many numbers beside a frozen base, which are the policy's and the reference's; or with all that trains, where there are none. */
export function heldBytes({
  parameters,
  adapters,
}: {
  readonly parameters: number;
  readonly adapters: number | null;
}): HeldBytes {
  return adapters === null
    ? { weights: 2 * FLOAT * parameters, optimizer: 3 * FLOAT * parameters }
    : { weights: FLOAT * (parameters + 2 * adapters), optimizer: 3 * FLOAT * adapters };
}

/**
 * Bytes that a gradient keeps for each token of a batch, prompt and response, at the least. Of a layer its input, what was normed twice and the sum between, D
 * each; queries and what attention read, H·d each; keys and values, K·d each; the gate, what it lets through, and their product, F each. Where layers are made
 * again, their inputs, keys and values alone.
 */
export function bytesPerToken(
  { width, layers, heads, kvHeads, headSize, hiddenSize }: Decoder["sizes"],
  checkpointing: boolean,
): number {
  const kept = width + 2 * kvHeads * headSize;
  return FLOAT * layers * (checkpointing ? kept : kept + 3 * width + 2 * heads * headSize + 3 * hiddenSize);
}

/** The machine's memory, or as much of it as this process may have (its control group's). */
export function memoryThere(machine: number = totalmem(), allowed: number | undefined = process.constrainedMemory?.()): number {
  return allowed !== undefined && allowed > 0 && allowed < machine ? allowed : machine;
}

/** A model and how it trains. */
export interface Sizes {
  /** For messages. */
  readonly path: string;
  readonly parameters: number;
  /** Numbers of its adapters; null: all weights train. */
  readonly adapters: number | null;
  /** Of adapters of rank 16 beside all matrices of its layers, for advice. */
  readonly smallAdapters: number;
  readonly text: Decoder["sizes"];
  readonly checkpointing: boolean;
}

/** Throws `InputError` (RL_MODEL_MEMORY) for a model whose weights alone are more than `there` bytes, before they are read. */
export function checkWeights({ path, parameters }: Pick<Sizes, "path" | "parameters">, there: number): void {
  if (FLOAT * parameters <= there) return;
  throw new InputError(
    "RL_MODEL_MEMORY",
    `${path}: its ${(parameters / 1e9).toFixed(2)} billion parameters take ${gib(FLOAT * parameters)}, and there are ${gib(there)}: a model of up to ${(there / FLOAT / 1e9).toFixed(1)} billion fits`,
  );
}

/** Of a micro-batch: how many responses, and how many tokens prompts and responses have in all. */
export interface BatchSize {
  readonly rows: number;
  readonly tokens: number;
}

/** Throws `InputError` (RL_MODEL_MEMORY) for a batch whose gradient doesn't fit into `there` bytes with all that is held, before it is taken; says what would. */
export function checkBatch(sizes: Sizes, { rows, tokens }: BatchSize, there: number): void {
  const { path, text, checkpointing, smallAdapters } = sizes;
  const heldOf = (adapters: number | null) => {
    const { weights, optimizer } = heldBytes({ ...sizes, adapters });
    return weights + optimizer;
  };
  const ofRow = (again: boolean) => (tokens / rows) * bytesPerToken(text, again);
  const held = heldOf(sizes.adapters);
  const needed = held + rows * ofRow(checkpointing);
  if (needed <= there) return;
  const fitting = (again: boolean, beside: number) => Math.min(rows, Math.floor((there - beside) / ofRow(again)));
  const ways = [
    { with: "", rows: fitting(checkpointing, held) },
    ...(checkpointing ? [] : [{ with: "checkpointing: true", rows: fitting(true, held) }]),
    ...(sizes.adapters === null ? [{ with: "lora: { rank: 16 }, checkpointing: true", rows: fitting(true, heldOf(smallAdapters)) }] : []),
  ].filter((way) => way.rows >= 1); // prettier-ignore
  const advice = ways.map((way) => (way.with === "" ? `a microbatch of ${way.rows}` : `\`${way.with}\` with one of ${way.rows}`));
  throw new InputError(
    "RL_MODEL_MEMORY",
    `${path}: weights, optimizer and the gradient of a microbatch of ${rows} (${tokens} tokens, prompts included) take at least ${gib(needed)}, and there are ${gib(there)}: ${ways.length === 0 ? "not even one row fits" : `what fits is ${advice.join(", or ")}`}`,
  );
}

const gib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
