import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { randomStream } from "@rewardlab/core";
import type { Model } from "@rewardlab/core";
import { assertClose, createModel, leakedTensors } from "@rewardlab/core/testing";
import { appendToCache } from "../ops/attention.ts";
import { tinyVlm } from "../tiny-vlm.ts";
import { concatenated } from "./cached-layers.ts";
import type { Cache } from "./cached-layers.ts";
import { readOn, readPrefix } from "./decoder.ts";

const model: Model = createModel(tinyVlm, { width: 16, hiddenSize: 24 });
const parameters = model.initialParameters(randomStream(1, "test"));
const sizes = { layers: 3, headSize: 4, ropeTheta: 100 };
const random = randomStream(2, "test");
const x = tf.tensor3d(
  Float32Array.from({ length: 2 * 7 * 16 }, () => random.normal()),
  [2, 7, 16],
); // [B, C, D]
const mask = tf.tensor2d([
  [1, 1, 1, 1, 1, 1, 1],
  [1, 0, 0, 1, 1, 1, 1],
]); // [B, C]

const columns = (from: number, to: number) => tf.slice(x, [0, from], [2, to - from]) as Tensor3D; // [B, to − from, D]
const maskTo = (to: number) => tf.slice(mask, [0, 0], [2, to]) as Tensor2D; // [B, to]
const from = (cache: Cache, position: number, to: number) => ({ cache, mask: maskTo(to), position, join: concatenated });
const withRoom = (cache: Cache, room: number): Cache =>
  cache.map(({ keys, values }) => ({
    keys: tf.pad(keys, [
      [0, 0],
      [0, room],
      [0, 0],
      [0, 0],
    ]),
    values: tf.pad(values, [
      [0, 0],
      [0, room],
      [0, 0],
      [0, 0],
    ]),
  }));

test("decoder: it doesn't matter where the prefix ends", () =>
  tf.tidy(() => {
    const late = readOn(parameters, columns(5, 7), from(readPrefix(parameters, columns(0, 5), maskTo(5), sizes), 5, 7), sizes);
    const early = readOn(parameters, columns(1, 7), from(readPrefix(parameters, columns(0, 1), maskTo(1), sizes), 1, 7), sizes);
    assertClose(late.hidden, tf.slice(early.hidden, [0, 4], [2, 2]).arraySync(), 1e-5);
    assert.equal(
      late.cache.map(({ keys }) => keys.shape),
      Array.from({ length: 3 }, () => [2, 7, 2, 4]),
    );
  }));

test("decoder: column by column into a cache with room is the same as all at once", () =>
  tf.tidy(() => {
    const prefix = readPrefix(parameters, columns(0, 4), maskTo(4), sizes);
    const { hidden } = readOn(parameters, columns(4, 7), from(prefix, 4, 7), sizes);
    let cache = withRoom(prefix, 3);
    for (let position = 4; position < 7; position++) {
      const step = readOn(parameters, columns(position, position + 1), { cache, mask, position, join: appendToCache }, sizes);
      assertClose(step.hidden, tf.slice(hidden, [0, position - 4], [2, 1]).arraySync(), 1e-5);
      cache = step.cache;
    }
  }));

test("decoder: masked columns are never seen, but count as positions", () =>
  tf.tidy(() => {
    const read = (first: Tensor3D, given: Tensor2D) =>
      readOn(
        parameters,
        columns(5, 7),
        { ...from(readPrefix(parameters, first, tf.slice(given, [0, 0], [2, 5]), sizes), 5, 7), mask: given },
        sizes,
      ).hidden;
    const usual = read(columns(0, 5), mask).arraySync();
    const noise = tf.tensor3d(
      Array.from({ length: 2 }, (_, row) =>
        Array.from({ length: 5 }, (__, column) => Array<number>(16).fill(row === 1 && (column === 1 || column === 2) ? 9 : 0)),
      ),
    );
    assertClose(read(tf.add(columns(0, 5), noise) as Tensor3D, mask), usual, 1e-6);
    // Row 1 without the two padding columns: its first column is nearer now, so the outcome is another.
    const nearer = tf.concat([tf.slice(x, [1, 0], [1, 1]), tf.slice(x, [1, 3], [1, 2])], 1) as Tensor3D; // [1, 3, D]
    const cache = readPrefix(parameters, nearer, tf.ones([1, 3]), sizes);
    const moved = readOn(
      parameters,
      tf.slice(x, [1, 5], [1, 2]),
      { cache, mask: tf.ones([1, 5]), position: 3, join: concatenated },
      sizes,
    ).hidden;
    assert.not.equal(moved.arraySync()[0], usual[1]);
  }));

test("decoder: gradients go back through the cache", () =>
  tf.tidy(() => {
    const output = (prefix: Tensor3D) =>
      tf.sum(
        tf.slice(
          readOn(parameters, columns(5, 7), from(readPrefix(parameters, prefix, maskTo(5), sizes), 5, 7), sizes).hidden,
          [0, 1, 3],
          [2, 1, 1],
        ),
      );
    const gradient = tf
      .grad((prefix) => output(prefix as Tensor3D))(columns(0, 5))
      .arraySync() as number[][][];
    const reached = gradient.map((row) => row.map((column) => column.some((value) => value !== 0)));
    assert.equal(reached, [
      [true, true, true, true, true],
      [true, false, false, true, true],
    ]);
  }));

test("decoder: leaves no tensor", () =>
  assert.is(
    leakedTensors(() =>
      tf.tidy(() => {
        readOn(parameters, columns(5, 7), from(readPrefix(parameters, columns(0, 5), maskTo(5), sizes), 5, 7), sizes);
      }),
    ),
    0,
  ));

test.run();
