import "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { randomStream } from "@rewardlab/statistics/random";
import { fakeItems, fakeModel } from "../testing/fake-model.ts";
import { createPart } from "../testing/tensors.ts";
import { askedBy, generateRollout, groupsOf, responseTensors, rowTensor } from "./rollout.ts";
import type { Rollout } from "./rollout.ts";

const { part: model } = createPart(fakeModel, { scale: 1 });
const parameters = model.initialParameters(randomStream(1, "initial-parameters"));
const items = fakeItems(6);
const collect = (samplesPerPrompt: number, maxNewTokens: number, seed = 1): Promise<Rollout> =>
  generateRollout(model, parameters, items, { samplesPerPrompt, temperature: 0.7, maxNewTokens }, randomStream(seed, "rollout"));

test("rollout: rows p·G + g answer prompt p, texts without EOS and padding", async () => {
  const rollout = await collect(2, 8);
  assert.is(rollout.texts.length, 12);
  assert.equal([...rollout.groupIds], [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
  rollout.items.forEach((item, row) => assert.is(item, items[Math.floor(row / 2)]));
  rollout.texts.forEach((text, row) => {
    const ids = [...rollout.responseIds.subarray(row * rollout.tokens, (row + 1) * rollout.tokens)];
    const length = rollout.mask.subarray(row * rollout.tokens, (row + 1) * rollout.tokens).reduce((a, b) => a + b, 0);
    const written = ids.slice(0, length);
    assert.equal(text, model.tokenizer.decode(written.filter((id, index) => id !== model.tokenizer.endId || index < length - 1)));
  });
});

test("rollout: cut to the longest response rounded up to 4, never beyond what was allowed", async () => {
  for (const [maxNewTokens, seed] of [
    [30, 1],
    [30, 2],
    [3, 1],
    [6, 3],
  ] as const) {
    const { tokens, mask, logProbs, responseIds } = await collect(1, maxNewTokens, seed);
    const longest = Math.max(
      ...items.map((_, row) => mask.subarray(row * tokens, (row + 1) * tokens).reduce((a, b) => a + b, 0)),
    );
    assert.is(tokens, Math.min(maxNewTokens, Math.ceil(longest / 4) * 4));
    assert.equal([mask.length, logProbs.length, responseIds.length], [6 * tokens, 6 * tokens, 6 * tokens]);
  }
});

test("rollout: its log-probabilities are those of the training pass, temperature included; no tensor is left", async () => {
  const before = tf.memory().numTensors;
  const rollout = await collect(2, 8);
  assert.is(tf.memory().numTensors, before);
  const rows = rollout.items.map((_, row) => row);
  const again = tf.tidy(() => model.logProbs(parameters, model.prompts(items), responseTensors(rollout, rows), 0.7).dataSync());
  again.forEach((value, index) =>
    assert.ok(Math.abs(value - rollout.logProbs[index]!) < 1e-5, `${value} ${rollout.logProbs[index]}`),
  );
});

test("groupsOf: the rows of each prompt, in order, of the rows asked for", () => {
  const rollout = { groupIds: Int32Array.from([0, 0, 0, 1, 1, 1, 2, 2, 2]) } as Rollout;
  assert.equal(groupsOf(rollout, [0, 1, 2, 3, 5, 8]), [[0, 1, 2], [3, 5], [8]]);
  assert.equal(groupsOf(rollout, []), []);
});

test("askedBy: each prompt once where its responses stand together and are equally many, else one for each response", () => {
  const four = fakeItems(3);
  const rollout = {
    groupIds: Int32Array.from([0, 0, 1, 1, 2, 2]),
    items: [0, 0, 1, 1, 2, 2].map((index) => four[index]!),
  } as unknown as Rollout;
  const ids = (rows: number[]) => askedBy(rollout, rows).map(({ id }) => id.replace("item-", ""));
  assert.equal(ids([0, 1, 4, 5]), ["0", "2"]);
  assert.equal(ids([0, 2, 4]), ["0", "1", "2"]);
  assert.equal(ids([0, 1, 2]), ["0", "0", "1"]); // not equally many
  assert.equal(ids([0, 2, 1, 3]), ["0", "1", "0", "1"]); // not together
});

test("rowTensor: chosen rows, in the order asked for", () => {
  assert.equal(rowTensor(Float32Array.from([1, 2, 3, 4, 5, 6]), 2, [2, 0]).arraySync(), [
    [5, 6],
    [1, 2],
  ]);
  assert.is(rowTensor(Int32Array.from([1, 2]), 2, [0], "int32").dtype, "int32");
});

test.run();
