import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import type { Model } from "../kinds.ts";
import type { Component, Kind, Parts } from "../plugin/component.ts";
import { weightsHere } from "../plugin/remote-model.ts";
import { Compiler, uncompiled } from "../services/compiler.ts";
import { Files } from "../services/files.ts";
import { Metrics, MetricsCollector } from "../services/metrics.ts";
import { Progress } from "../services/progress.ts";
import { Random, RandomStreams } from "../services/random.ts";
import { State, StateStore } from "../services/state.ts";

/**
 * What tests of components need. Such a test also imports "@tensorflow/tfjs" once, because tfjs-core alone has no gradients in Node.
 */

/**
 * Creates a component as a run would: options checked and defaulted by its schema, and what it injects of a run's own services, with its metrics in a
 * collector of their own, and its state, under its name, in a store of its own. Other services are the test's to give: `component.create(options, { judge })`.
 */
export function createPart<K extends Kind>(
  component: Component<K>,
  options: unknown = {},
): { part: Parts[K]; metrics: MetricsCollector; states: StateStore } {
  const metrics = new MetricsCollector();
  const states = new StateStore();
  const services = new Map<symbol, unknown>([
    [Metrics.key, metrics],
    [Compiler.key, uncompiled],
    [Random.key, new RandomStreams(1, "test")],
    [Progress.key, { update: () => {}, note: () => {} }],
    [Files.key, { folder: process.cwd(), cache: join(tmpdir(), "rewardlab-test-cache") }],
    [State.key, states.at(component.name)],
  ]);
  const injected = Object.fromEntries(Object.entries(component.inject).map(([name, { key }]) => [name, services.get(key)]));
  return { part: component.create(component.options.parse(options), injected), metrics, states };
}

/** The same of a model whose weights are here. */
export function createModel(component: Component<"model">, options: unknown = {}): Model {
  return weightsHere(createPart(component, options).part, `createModel of ${component.name}`);
}

/** How many tensors more there are after `body` than before. */
export function leakedTensors(body: () => void): number {
  const before = tf.memory().numTensors;
  body();
  return tf.memory().numTensors - before;
}

/** Fails unless every number is within `tolerance` of the expected one; NaN equals NaN, ±∞ itself. */
export function assertClose(actual: Tensor | number, expected: unknown, tolerance = 1e-6): void {
  const given = typeof actual === "number" ? actual : actual.arraySync();
  const numbers = [given].flat(9) as number[];
  const wanted = [expected].flat(9) as number[];
  const same = (a: number, b: number) => Object.is(a, b) || a === b || Math.abs(a - b) <= tolerance;
  if (numbers.length !== wanted.length || !numbers.every((number, index) => same(number, wanted[index]!)))
    throw new Error(`expected ${show(expected)} within ${tolerance}, got ${show(given)}`);
}

/** ∂f/∂x by the tape. */
export function gradient(f: (x: Tensor2D) => Tensor, x: Tensor2D): Tensor2D {
  return tf.grad((values) => tf.sum(f(values as Tensor2D)))(x) as Tensor2D; // shape of x
}

/**
 * Fails unless the tape's gradient of Σ f agrees with central differences, (f(x + h) − f(x − h)) / 2h, at every element of x.
 * In float32 with values near 1 and h = 1e-2 the differences are wrong by about 1e-7/h = 1e-5 from rounding and h²/6·f‴ ≈ 2e-5·f‴ from the
 * step, so the tolerance of 1e-3 (relative above 1) leaves room for f‴ up to about 50. `x` must be h away from kinks.
 */
export function assertGradient(f: (x: Tensor2D) => Tensor, x: Tensor2D, h = 1e-2, tolerance = 1e-3): void {
  const taped = gradient(f, x).dataSync();
  const values = x.dataSync();
  const sumAt = (index: number, change: number) =>
    tf.tidy(() => {
      const moved = tf.tensor2d(values.map((value, at) => (at === index ? value + change : value)) as Float32Array, x.shape); // shape of x
      return (tf.sum(f(moved)) as Scalar).dataSync()[0]!;
    });
  values.forEach((value, index) => {
    const up = Math.fround(value + h) - value;
    const down = value - Math.fround(value - h);
    const difference = (sumAt(index, up) - sumAt(index, -down)) / (up + down);
    if (!(Math.abs(taped[index]! - difference) <= tolerance * Math.max(1, Math.abs(difference))))
      throw new Error(
        `gradient at element ${index} of [${x.shape.join(", ")}]: the tape says ${taped[index]}, central differences ${difference}`,
      );
  });
}

function show(value: unknown): string {
  return JSON.stringify(value, (_key, item) => (typeof item === "number" && !Number.isFinite(item) ? String(item) : item));
}
