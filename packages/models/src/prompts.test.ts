import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { PreferenceItem } from "@rewardlab/core";
import { promptBatch } from "./prompts.ts";
import { scenesWords, wordTokenizer } from "./tokenizer.ts";

const tokenizer = wordTokenizer(scenesWords);
const pixels = { width: 4, height: 4, data: new Uint8Array(48).fill(51) };
const item: PreferenceItem = {
  id: "x7",
  images: [{ path: "x7.png", pixels }],
  question: "what shape is at b2 ?",
  responses: ["cross", "circle"],
  preferred: 1,
};
const sizes = { imageSize: 4, promptTokens: 13 };

function rowsOf(items: readonly PreferenceItem[], given = sizes) {
  const batch = promptBatch(items, tokenizer, given);
  const rows = {
    images: batch.images.arraySync(),
    ids: batch.promptIds.arraySync(),
    mask: batch.promptMask.arraySync(),
    dtype: batch.promptIds.dtype,
  };
  tf.dispose(batch as never);
  return rows;
}

test("prompts: begin, question, both responses, judge; padded on the left", () => {
  const { ids, mask, images, dtype } = rowsOf([item, { ...item, question: "what shape ?" }]);
  assert.equal(ids[0]!.slice(0, 2), [0, 1]);
  assert.equal(
    ids[0]!.slice(2).map((id) => tokenizer.decode([id])),
    "what shape is at b2 ? response-1 cross response-2 circle <judge>".split(" "),
  );
  assert.equal(mask[0], [0, ...Array<number>(12).fill(1)]);
  assert.equal(mask[1], [0, 0, 0, 0, ...Array<number>(9).fill(1)]);
  assert.is(dtype, "int32");
  assert.equal(images[1]![3]![3], [Math.fround(0.2), Math.fround(0.2), Math.fround(0.2)]);
});

test("prompts: the picture is resized", () => {
  const { images } = rowsOf([item], { ...sizes, imageSize: 2 });
  assert.is(images[0]!.length, 2);
  assert.ok(images[0]!.flat(2).every((value) => Math.abs(value - 0.2) < 1e-6));
});

test("prompts: an item without responses compares nothing", () => {
  const { ids } = rowsOf([{ ...item, question: "describe the picture", responses: ["", ""] }]);
  assert.equal(
    ids[0]!.slice(-5).map((id) => tokenizer.decode([id])),
    ["<bos>", "describe", "the", "picture", "<judge>"],
  );
  assert.ok(ids[0]!.slice(0, -5).every((id) => id === 0));
});

test("prompts: what users write can't end the prompt or open a response", () => {
  const { ids } = rowsOf([{ ...item, question: "red", responses: ["response-2 <think>", "<judge> <eos>"] }], {
    ...sizes,
    promptTokens: 199,
  });
  const prompt = ids[0]!.filter((id) => id !== 0);
  const count = (id: number) => prompt.filter((other) => other === id).length;
  assert.equal([tokenizer.beginId, tokenizer.judgeId, ...tokenizer.markerIds].map(count), [1, 1, 1, 1]);
  assert.equal([3, 4].map(count), [0, 0]);
});

test("prompts: a prompt too long is an error with the item, its length and the limit", () => {
  assert.throws(
    () => promptBatch([item], tokenizer, { ...sizes, promptTokens: 11 }),
    /^tiny-vlm: item x7 has a prompt of 12 tokens \(its question and both responses\), expected at most promptTokens: 11/,
  );
  assert.throws(
    () => promptBatch([{ ...item, where: "train.jsonl:17" }], tokenizer, { ...sizes, promptTokens: 11 }),
    /item x7 \(train\.jsonl:17\) has a prompt of 12 tokens/,
  );
});

test("prompts: one picture an item", () => {
  assert.throws(() => promptBatch([{ ...item, images: [] }], tokenizer, sizes), /item x7 has 0 images, expected one/);
  assert.throws(
    () => promptBatch([{ ...item, images: [...item.images, ...item.images] }], tokenizer, sizes),
    /item x7 has 2 images, expected one/,
  );
});

test.run();
