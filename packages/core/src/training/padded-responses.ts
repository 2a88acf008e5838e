import * as tf from "@tensorflow/tfjs-core";
import type { ResponseBatch } from "../kinds.ts";

/** Token ids of some responses as tensors, padded to a multiple of four, so that few widths occur. [rows, T] */
export function paddedResponses(rows: readonly (readonly number[])[], padId: number): ResponseBatch {
  const longest = Math.max(...rows.map((row) => row.length));
  const width = Math.ceil(longest / 4) * 4;
  const at = (row: readonly number[], token: number, inside: (id: number) => number, outside: number) =>
    token < row.length ? inside(row[token]!) : outside;
  const table = (inside: (id: number) => number, outside: number) =>
    rows.map((row) => Array.from({ length: width }, (_, token) => at(row, token, inside, outside)));
  return {
    responseIds: tf.tensor2d(
      table((id) => id, padId),
      [rows.length, width],
      "int32",
    ), // [rows, T]
    mask: tf.tensor2d(
      table(() => 1, 0),
      [rows.length, width],
    ), // [rows, T]
  };
}
