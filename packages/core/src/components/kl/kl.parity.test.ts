import * as tf from "@tensorflow/tfjs";
import type { Tensor2D } from "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Component } from "../../plugin/component.ts";
import { fixturesBeside } from "../../testing/parity.ts";
import { assertClose, createPart, gradient } from "../../testing/tensors.ts";
import { klAbs } from "./abs.ts";
import { klK1 } from "./k1.ts";
import { klK2 } from "./k2.ts";
import { klK3 } from "./k3.ts";

/** The KL estimators against what the frameworks compute: value and ∂/∂log π of single tokens, made by tools/oracles/{verl,trl,openrlhf,nemo}.py. */

interface Case {
  readonly estimator: keyof typeof estimators;
  readonly logRatios: number[];
  readonly kl: number[];
  readonly gradient: number[];
}
const read = fixturesBeside<{ readonly version: string; readonly cases: readonly Case[] }>(import.meta.url);
const estimators: Readonly<Record<string, Component<"kl">>> = { k1: klK1, k2: klK2, k3: klK3, abs: klAbs };

/** At one log ratio, log π being −1 as in the fixtures. */
function ours(estimator: string, options: object, logRatio: number) {
  const { part } = createPart(estimators[estimator]!, options);
  const apply = (logProbs: Tensor2D) => part.apply(logProbs, tf.tensor2d([[-1 - logRatio]]));
  const logProbs = tf.tensor2d([[-1]]);
  return { kl: apply(logProbs), gradient: gradient(apply, logProbs) };
}

/** float32 is right to 6e-8 of the numbers that are added: x, x² or exp(−x). */
const close = (actual: tf.Tensor, expected: number) => assertClose(actual, [[expected]], 1e-6 * Math.max(1, Math.abs(expected)));

function parity(name: string, options: Readonly<Record<string, object>>): void {
  const { version, cases } = read(name);
  assert.equal(
    cases.map(({ estimator }) => estimator),
    Object.keys(options),
  );
  for (const { estimator, logRatios, kl, gradient: expected } of cases)
    test(`${name} ${version}: ${estimator} ${JSON.stringify(options[estimator])}`, () =>
      logRatios.forEach((logRatio, index) => {
        const result = ours(String(estimator), options[estimator]!, logRatio);
        close(result.kl, kl[index]!);
        close(result.gradient, expected[index]!);
      }));
}

parity("verl-kl", { k1: {}, k2: {}, k3: { clampInput: 20, clampOutput: 10 }, abs: {} });
parity("openrlhf-kl", { k1: { clampOutput: 10 }, k2: { clampOutput: 10 }, k3: { clampOutput: 10 } });
parity("trl-kl", { k3: {} });
const nemo = { clampInput: 20, clampOutput: 10, gradient: "expectation" };
parity("nemo-kl", { k1: nemo, k2: nemo, k3: nemo });

test.run();
