import "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { checkTokens, finiteNorm, NonFinite } from "./non-finite.ts";

const word = (row: number, token: number) => `w${row}${token}`;

test("tokens: the first that is not finite, by tensor, response, token and word", () => {
  const check = (values: number[], mask = [1, 1, 1, 1, 1, 1]) => checkTokens("the advantage", values, mask, 3, word);
  check([1, 2, 3, 4, 5, 6]);
  assert.throws(
    () => check([1, 2, 3, 4, -Infinity, NaN]),
    (error: unknown) =>
      error instanceof NonFinite && error.message === 'the advantage is -Infinity at response 1, token 1 ("w11")',
  );
  check([1, NaN, 3, 4, 5, 6], [1, 0, 1, 1, 1, 1]); // padding may hold anything
});

test("gradients: the norm over all of them; 3, 4 and 12 give 13", () => {
  const gradients = { a: tf.tensor1d([3, 4]), b: tf.scalar(12) };
  const before = tf.memory().numTensors;
  assert.is(finiteNorm("gradient", gradients), 13);
  assert.is(tf.memory().numTensors, before);
});

test("gradients: the norm doesn't depend on the order of the parameters, to the last bit", () => {
  // 1 + 2^-24 + 2^-24 is 1 in float32 from the left, and 1 + 2^-23 from the right; a resumed run has its parameters in the file's order
  const [one, small] = [tf.scalar(1), tf.scalar(2 ** -12)];
  const norms = [
    { a: one, b: small, c: small },
    { c: small, b: small, a: one },
    { b: small, a: one, c: small },
  ].map((gradients) => finiteNorm("gradient", gradients));
  assert.equal(new Set(norms).size, 1, norms.join(" "));
  assert.is.not(
    Math.fround(Math.fround(1 + 2 ** -24) + 2 ** -24),
    Math.fround(2 ** -24 + 2 ** -24 + 1),
    "the order would matter",
  );
});

test("gradients: which parameter, which element; an overflow of the norm alone is one too", () => {
  const norm = (values: number[]) => () =>
    finiteNorm("gradient", { good: tf.scalar(1), "layer.0.q": tf.tensor2d(values, [2, 2]) });
  assert.throws(norm([0, 1, NaN, 3]), /the gradient of layer\.0\.q \[2, 2\] is NaN at element 2/);
  assert.throws(norm([0, 1, 2, Infinity]), /is Infinity at element 3/);
  assert.throws(norm([3e38, 3e38, 0, 0]), /norm of the gradients overflows \(Infinity\), though each is finite/);
});

test.run();
