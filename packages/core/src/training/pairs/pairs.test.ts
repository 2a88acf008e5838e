import "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { fakeItems, fakeModel } from "../../testing/fake-model.ts";
import { splitOf } from "../../items/items.ts";
import { assertClose, createModel, gradient } from "../../testing/tensors.ts";
import { pairOf, pairPlaces, pairScores, pairTensors } from "./pairs.ts";

const [first] = fakeItems(1);
const item = { ...first!, responses: ["<think>t</think>", "<answer>1</answer><answer>2</answer>"] as const };

test("pairs: the better response first, the item itself asked without its responses", () => {
  const pair = pairOf({ ...item, preferred: 2 })!;
  assert.equal([pair.chosen, pair.rejected], [item.responses[1], item.responses[0]]);
  assert.equal(pair.asked.responses, ["", ""]);
  assert.is(pairOf({ ...item, preferred: "tie" }), null);
});

test("pairs: ties have no place, and a split of nothing else is refused", async () => {
  const ties = [item, { ...item, preferred: "tie" as const }, item];
  assert.equal(await pairPlaces(splitOf(ties), 3), [0, 2]);
  assert.equal(await pairPlaces(splitOf(ties), 1), [0]);
  let message = "";
  await pairPlaces(splitOf([ties[1]!]), 1).catch((error: Error) => (message = error.message));
  assert.match(message, /none of 1 items has a better response/);
});

test("pairs: two rows a pair, each ended by one more token", () => {
  const model = createModel(fakeModel);
  const { responses } = pairTensors(model, [pairOf(item)!]);
  assert.equal(responses.responseIds.arraySync(), [
    [4, 1, 0, 0],
    [2, 3, 1, 0],
  ]);
  assert.equal(responses.mask.arraySync(), [
    [1, 1, 0, 0],
    [1, 1, 1, 0],
  ]);
  // where no token ends a response, padding stands in its place
  const endless = { ...model, tokenizer: { ...model.tokenizer, endId: -1 } };
  assert.equal(pairTensors(endless, [pairOf(item)!]).responses.responseIds.arraySync(), [
    [4, 0, 0, 0],
    [2, 3, 0, 0],
  ]);
});

test("pair scores: the value at each row's last token, whatever the padding holds, and its gradient there alone", () => {
  const mask = tf.tensor2d([
    [1, 1, 0],
    [1, 0, 0],
    [1, 1, 1],
    [1, 1, 0],
  ]);
  const values = tf.tensor2d([
    [1, 2, NaN],
    [3, 9, Infinity],
    [4, 5, 6],
    [7, 8, 9],
  ]);
  const { chosen, rejected } = pairScores(values, mask);
  assertClose(chosen, [2, 6]);
  assertClose(rejected, [3, 8]);
  assertClose(
    gradient((x) => tf.sub(pairScores(x, mask).chosen, tf.mul(2, pairScores(x, mask).rejected)), values),
    [
      [0, 1, 0],
      [-2, 0, 0],
      [0, 0, 1],
      [0, -2, 0],
    ],
  );
});

test.run();
