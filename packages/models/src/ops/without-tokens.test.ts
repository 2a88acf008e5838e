import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { randomStream } from "@rewardlab/core";
import type { Compiler } from "@rewardlab/core";
import { assertClose } from "@rewardlab/core/testing";
import type { Decoding } from "../decoding.ts";
import type { PromptBatch } from "../prompts.ts";
import { generator } from "../generate.ts";
import { withoutTokens } from "./without-tokens.ts";

let tensors = 0;
test.before.each(() => void (tensors = tf.memory().numTensors));
test.after.each(() => assert.is(tf.memory().numTensors, tensors, "leaked tensors"));

test("withoutTokens: probability 0 for these, the others' share among themselves", () =>
  tf.tidy(() => {
    // 1, 5, 2 of 8; without the second 1 of 3 and 2 of 3
    const logits = tf.tensor2d([[0, Math.log(5), Math.log(2)]]);
    assertClose(tf.softmax(withoutTokens(logits, [1])), [[1 / 3, 0, 2 / 3]]);
    assert.equal([...withoutTokens(logits, [1]).dataSync()].toSpliced(1, 1), [...logits.dataSync()].toSpliced(1, 1));
    assert.is(withoutTokens(logits, []), logits);
  }));

test("withoutTokens: what is taken away gets no gradient", () =>
  tf.tidy(() => {
    const logProbOfFirst = (x: Tensor2D) => tf.gather(tf.reshape(tf.logSoftmax(withoutTokens(x, [1])), [-1]), 0) as tf.Scalar;
    const gradient = tf.grad((x) => logProbOfFirst(x as Tensor2D))(tf.tensor2d([[0, Math.log(5), Math.log(2)]]));
    assertClose(gradient, [[1 - 1 / 3, 0, -2 / 3]]);
  }));

/** Logits are the same at every step: of five tokens the third is by far the likeliest. */
const logits = [0, 0.5, 9, 1, 0.2];
const decoding: Decoding<PromptBatch> = {
  readPrompts: (_parameters, { promptMask }) => ({
    cache: [],
    mask: tf.slice(promptMask, [0, 0], [promptMask.shape[0], 0]) as Tensor2D,
    shift: null,
  }),
  next: (_parameters, _past, tokens) => ({ cache: [], logits: tf.tile(tf.tensor2d([logits]), [tokens.shape[0], 1]) as Tensor2D }),
};
const tokenizer = { size: 5, padId: 0, endId: 1, encode: () => [], decode: () => "" };
const uncompiled: Compiler = { compiles: false, compile: (fn) => fn };
const asIfCompiled: Compiler = { compiles: true, compile: (fn) => fn };

test("generate: a token that is never generated isn't, however likely, and log-probabilities are those of the others", async () => {
  const total = Math.log([0, 1, 3, 4].reduce((sum, id) => sum + Math.exp(logits[id]!), 0));
  for (const compiler of [uncompiled, asIfCompiled])
    for (const temperature of [1, 0]) {
      const prompts = {
        images: tf.zeros([2, 1, 1, 3]) as tf.Tensor4D,
        promptIds: tf.zeros([2, 1], "int32") as Tensor2D,
        promptMask: tf.ones([2, 1]) as Tensor2D,
      };
      const options = { samplesPerPrompt: 40, temperature, maxNewTokens: 5 };
      const made = await generator(decoding, compiler, tokenizer, [2])({}, prompts, { ...options, random: randomStream(1, "x") });
      made.responseIds.forEach((id, index) => {
        if (made.mask[index] === 0) return;
        assert.is.not(id, 2);
        const expected = temperature === 0 ? 0 : logits[id]! - total;
        assert.ok(Math.abs(made.logProbs[index]! - expected) < 1e-5, `${id}: ${made.logProbs[index]}, expected ${expected}`);
      });
      if (temperature === 0) assert.equal([...made.responseIds.subarray(0, 5)], [3, 3, 3, 3, 3]);
      const free = await generator(decoding, compiler, tokenizer)({}, prompts, { ...options, random: randomStream(1, "x") });
      assert.ok(free.responseIds.filter((id) => id === 2).length > 100);
      tf.dispose(prompts);
    }
});

test.run();
