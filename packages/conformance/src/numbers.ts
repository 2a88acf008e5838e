import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { randomStream } from "@rewardlab/core";

/** A batch as plain numbers, so that it can be permuted, cut and printed. Tables are [B, T], rows [B]; `mask` is among the tables. */
export type Numbers = Readonly<Record<string, Table | Row>>;
export type Table = readonly (readonly number[])[];
export type Row = readonly number[];

/**
 * Six responses of up to four tokens: long and short ones, one of a single token, one without any. Groups of three, two and one, interleaved,
 * so that what depends on the order of rows or on neighbours shows.
 */
export const mask: Table = [
  [1, 1, 1, 1],
  [1, 1, 0, 0],
  [1, 0, 0, 0],
  [0, 0, 0, 0],
  [1, 1, 1, 0],
  [1, 1, 1, 1],
];
/** A mask of the third response's one token alone. */
export const oneToken: Table = mask.map((own, response) => own.map((_, token) => Number(response === 2 && token === 0)));
export const groupIds: Row = [0, 1, 0, 1, 0, 2];
const [rows, columns] = [mask.length, mask[0]!.length];

/** Finite differences move a number by 1/128 (see laws/gradient.ts); on this grid both ends are float32 numbers, so that the step is exact. */
const grid = 128;

/** Numbers from low to high at every position, the same in every run. */
export function table(name: string, low: number, high: number): Table {
  const { uniform } = randomStream("conformance", name);
  const number = () => Math.round((low + (high - low) * uniform()) * grid) / grid;
  return Array.from({ length: rows }, () => Array.from({ length: columns }, number));
}

/** One number for each response, between low and high, [B]. The name chooses the random stream. */
export function row(name: string, low: number, high: number): Row {
  return table(name, low, high).map(([first]) => first!);
}
/** The given number everywhere. */
export function everywhere(value: number): Table {
  return mask.map((own) => own.map(() => value));
}

/** Whether there is a number for each token, [B][T], and not one for each response, [B]. */
export const isTable = (values: Table | Row): values is Table => Array.isArray(values[0]);

/** The batch's mask, [B][T]: 1 where a response has a token. */
export const maskOf = (numbers: Numbers): Table => numbers.mask as Table;
/** What may be changed to see what depends on it. */
export const changeable = (numbers: Numbers): string[] =>
  Object.keys(numbers).filter((name) => !["mask", "groupIds", "draws"].includes(name));

/** The batch with its responses in another order, or some of them only. */
export function chosen(numbers: Numbers, order: readonly number[]): Numbers {
  return mapped(numbers, (values) => order.map((index) => values[index]!) as Table | Row);
}

/** `value` at every position outside the mask, in each table but the mask. */
export function padded(numbers: Numbers, value: number): Numbers {
  const inside = maskOf(numbers);
  return mapped(numbers, (values, name) =>
    name === "mask" || !isTable(values)
      ? values
      : values.map((own, index) => own.map((number, token) => (inside[index]![token]! > 0 ? number : value))),
  );
}

/** More columns outside the mask, holding `value`. */
export function widened(numbers: Numbers, more: number, value: number): Numbers {
  const padding = Array.from({ length: more }, () => value);
  return mapped(numbers, (values, name) =>
    isTable(values) ? values.map((own) => [...own, ...(name === "mask" ? padding.map(() => 0) : padding)]) : values,
  );
}

/** One input changed: all of a response where `token` is not given. */
export function changed(
  numbers: Numbers,
  input: string,
  index: number,
  change: (value: number) => number,
  token?: number,
): Numbers {
  const values = numbers[input]!;
  const next = isTable(values)
    ? values.map((own, at) =>
        at === index ? own.map((value, here) => (token === undefined || token === here ? change(value) : value)) : own,
      )
    : values.map((value, at) => (at === index ? change(value) : value));
  return { ...numbers, [input]: next };
}

function mapped(numbers: Numbers, change: (values: Table | Row, name: string) => Table | Row): Numbers {
  return Object.fromEntries(Object.entries(numbers).map(([name, values]) => [name, change(values, name)]));
}

/** The batch as tensors, which are the caller's. */
export function tensorsOf(numbers: Numbers): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(numbers).map(([name, values]) => [
      name,
      isTable(values)
        ? tf.tensor2d(values as number[][]) // [B, T]
        : tf.tensor1d(values as number[], name === "groupIds" ? "int32" : "float32"), // [B]
    ]),
  );
}

/** The numbers of one response, or of all, as an author would write them. */
export function show(numbers: Numbers, index?: number): string {
  return Object.entries(numbers)
    .map(([name, values]) => `${name} ${index === undefined ? showNumbers(values) : showNumbers(values[index]!)}`)
    .join("\n");
}

/** Numbers to six digits, nested as they are: what a failure shows of its input. */
export function showNumbers(values: unknown): string {
  if (Array.isArray(values)) return `[${values.map(showNumbers).join(", ")}]`;
  return typeof values === "number" ? String(Number(values.toPrecision(6))) : JSON.stringify(values);
}
