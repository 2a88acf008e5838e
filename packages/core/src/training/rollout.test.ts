import "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { randomStream } from "@rewardlab/statistics/random";
import { fakeItems, fakeModel } from "../testing/fake-model.ts";
import { createModel } from "../testing/tensors.ts";
import { askedBy, generateRollout, groupsOf, responseTensors, rowTensor } from "./rollout.ts";
import type { Rollout } from "./rollout.ts";

const model = createModel(fakeModel, { scale: 1 });
const parameters = model.initialParameters(randomStream(1, "initial-parameters"));
const items = fakeItems(6);
const promptsOf = (asked: typeof items) => ({ items: asked, places: asked.map((_, index) => 10 + index) });
const collect = (samplesPerPrompt: number, maxNewTokens: number, seed = 1): Promise<Rollout> =>
  generateRollout(
    model,
    parameters,
    promptsOf(items),
    { samplesPerPrompt, temperature: 0.7, maxNewTokens },
    randomStream(seed, "rollout"),
  );

test("rollout: rows p·G + g answer prompt p, texts without EOS and padding", async () => {
  const rollout = await collect(2, 8);
  assert.is(rollout.texts.length, 12);
  assert.equal([...rollout.groupIds], [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
  rollout.items.forEach((item, row) => assert.is(item, items[Math.floor(row / 2)]));
  assert.equal(rollout.places, [10, 10, 11, 11, 12, 12, 13, 13, 14, 14, 15, 15]);
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

test("rollout: a response that has no end was cut off; lengths count the end", async () => {
  const rollout = await collect(2, 2);
  const { tokens, responseIds, lengths, truncated } = rollout;
  assert.ok(truncated.includes(true) && truncated.includes(false), "both occur");
  truncated.forEach((cut, row) => {
    const ids = [...responseIds.subarray(row * tokens, row * tokens + lengths[row]!)];
    assert.is(cut, !ids.includes(model.tokenizer.endId));
    assert.is(lengths[row], cut ? 2 : ids.indexOf(model.tokenizer.endId) + 1);
  });
});

test("rollout: the end is no text, whatever the tokenizer writes for it, and what was cut off keeps its last token", async () => {
  const words = ["_", ".", "a", "b", "c"];
  const tokenizer = { ...model.tokenizer, decode: (ids: readonly number[]) => ids.map((id) => words[id]!).join("") };
  const ids = [
    [2, 1, 0, 0],
    [1, 0, 0, 0],
    [2, 3, 4, 3],
    [3, 3, 1, 0],
  ];
  const written = {
    ...model,
    tokenizer,
    generate: async () => ({
      tokens: 4,
      responseIds: Int32Array.from(ids.flat()),
      mask: Float32Array.from([1, 1, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 0]),
      logProbs: new Float32Array(16),
    }),
  };
  const options = { samplesPerPrompt: 2, temperature: 1, maxNewTokens: 4 };
  const { texts, lengths, truncated } = await generateRollout(
    written,
    parameters,
    promptsOf(items.slice(0, 2)),
    options,
    randomStream(1, "x"),
  );
  assert.equal(texts, ["a", "", "abcb", "bb"]);
  assert.equal([...lengths], [2, 1, 4, 3]);
  assert.equal(truncated, [false, false, true, false]);
});

test("rollout: responses without any token have the width of one bucket", async () => {
  const empty = {
    ...model,
    generate: async () => ({
      tokens: 8,
      responseIds: new Int32Array(8),
      mask: new Float32Array(8),
      logProbs: new Float32Array(8),
    }),
  };
  const options = { samplesPerPrompt: 1, temperature: 1, maxNewTokens: 8 };
  const { tokens, texts, lengths } = await generateRollout(
    empty,
    parameters,
    promptsOf(items.slice(0, 1)),
    options,
    randomStream(1, "x"),
  );
  assert.equal([tokens, texts, [...lengths]], [4, [""], [0]]);
});

test("responseTensors: rows after those that are kept have no tokens", () => {
  const rollout = {
    tokens: 2,
    responseIds: Int32Array.from([1, 2, 3, 4, 5, 6]),
    mask: Float32Array.from([1, 1, 1, 0, 1, 1]),
  } as unknown as Rollout;
  const { responseIds, mask } = responseTensors(rollout, [2, 0, 0], 2);
  assert.equal([responseIds.dtype, responseIds.arraySync()], ["int32", [[5, 6], [1, 2], [1, 2]]]); // prettier-ignore
  assert.equal(mask.arraySync(), [[1, 1], [1, 1], [0, 0]]); // prettier-ignore
  assert.equal(responseTensors(rollout, [1]).mask.arraySync(), [[1, 0]]);
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
