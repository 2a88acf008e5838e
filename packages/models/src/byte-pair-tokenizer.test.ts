import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { randomStream } from "@rewardlab/core";
import type { Model } from "@rewardlab/core";
import { createPart } from "@rewardlab/core/testing";
import { bytePairTokenizer } from "./byte-pair-tokenizer.ts";
import { newFolder, refusal, write } from "./hf/testing/folder.ts";
import { tinyVlm } from "./tiny-vlm.ts";
import { trainBytePairs } from "./tokenizer-training.ts";

const json = trainBytePairs(["which response is better? the second response is better, the first is not"], 300);
const tokenizer = bytePairTokenizer(json, "tokenizer.json");

test("names have tiny-vlm's ids; any text is given back", () => {
  const { size, padId, beginId, judgeId, endId, markerIds } = tokenizer;
  assert.equal(
    { size, padId, beginId, judgeId, endId, markerIds },
    { size: 300, padId: 0, beginId: 1, judgeId: 2, endId: 3, markerIds: [8, 9] },
  );
  for (const text of ["<think>the second is better</think><answer>2</answer>", "Größe 😀\n", "", "  <eos>"]) {
    assert.is(tokenizer.decode(tokenizer.encode(text)), text);
    assert.is(tokenizer.decode(tokenizer.encodeField(text)), text);
  }
});

test("tags are tokens in what a policy writes; a field can't pretend to be structure", () => {
  const text = "<think>response-1<judge>";
  assert.ok(tokenizer.encode(text).includes(4) && tokenizer.encode(text).includes(8));
  assert.not(tokenizer.encode(text).includes(2)); // <judge>, a control token
  assert.ok(tokenizer.encodeField(text).every((id) => id >= 10));
});

test("fewer tokens than bytes, of what it has learnt", () => {
  const text = "the second response is better";
  assert.ok(tokenizer.encode(text).length <= text.length / 2, `${tokenizer.encode(text).length}`);
});

test("a tokenizer without the names is refused", () => {
  const other = { ...json, added_tokens: [], model: { ...json.model, vocab: { a: 0 }, merges: [] } };
  assert.match(
    refusal(() => bytePairTokenizer(other, "other.json")),
    /RL_TOKENIZER other\.json: has no <pad>, .*, expected a tokenizer that `rewardlab tokenizer train` wrote/,
  );
});

test("tiny-vlm reads it by its path, is as wide as its vocabulary, and its hash is the file's", () => {
  const folder = newFolder();
  const path = join(folder, "tokenizer.json");
  const made = (file: string) => createPart(tinyVlm, { tokenizer: file }).part as Model;
  try {
    write(folder, { "tokenizer.json": json });
    const model = made(path);
    assert.is(model.tokenizer.size, 300);
    assert.is(model.hash, made(path).hash);
    const parameters = model.initialParameters(randomStream(1, "test"));
    assert.equal(parameters["embed"]!.shape, [300, 64]);
    tf.dispose(parameters);
    write(folder, { "tokenizer.json": trainBytePairs(["other texts"], 270) });
    assert.is.not(made(path).hash, model.hash);
    assert.match(
      refusal(() => made(join(folder, "none.json"))),
      /RL_TOKENIZER .*none\.json: there is no such file; `rewardlab tokenizer train` writes one/,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
