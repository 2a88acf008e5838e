import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { hfTokenizer } from "./hf/tokenizer.ts";
import { refusal } from "./hf/testing/folder.ts";
import { trainBytePairs } from "./tokenizer-training.ts";

/** Made by tools/oracles/hf-trained.py with the Rust library's BpeTrainer, which went on until nothing was left to merge. */
const fixture = JSON.parse(readFileSync(new URL("./fixtures/trained-tokenizer.json", import.meta.url), "utf8")) as {
  readonly texts: string[];
  readonly size: number;
  readonly merges: string[];
  readonly ids: Readonly<Record<string, number>>;
};
const { texts, size, merges, ids } = fixture;
const learnt = (count: number) => trainBytePairs(texts, count);
const joined = ({ model }: ReturnType<typeof learnt>) => model.merges.map((pair) => pair.join(" "));

test("every merge as the Rust library's trainer makes it, to the last, ties and overlaps included", () => {
  const whole = learnt(100_000);
  assert.equal(joined(whole), merges);
  assert.is(Object.keys(whole.model.vocab).length, size);
  for (const [token, id] of Object.entries(ids)) assert.is(whole.model.vocab[token], id, token);
});

test("a smaller one is the beginning of a larger one", () => {
  const small = learnt(300);
  assert.is(Object.keys(small.model.vocab).length, 300);
  assert.equal(joined(small), merges.slice(0, 300 - 266));
});

test("worked: the pair that stands most often first, of equals the lower ids", () => {
  // "ab" stands 3 times, "bc" once, "Ġa" twice
  assert.equal(joined(trainBytePairs(["ab abc", " ab"], 269)), ["a b", "Ġ ab", "Ġab c"]);
});

test("what was learnt reads any text and gives it back; tags are tokens, control tokens in a text are text", () => {
  const tokenizer = hfTokenizer(learnt(400), { where: "trained", endIds: [3], padId: 0 });
  for (const text of [...texts, "", "😀 ünknown\u0000", "  <think>the fox</think> <eos>"]) {
    assert.is(tokenizer.decode(tokenizer.encodeText(text)), text);
    assert.ok(!tokenizer.encodeText(text).includes(3));
  }
  assert.equal(tokenizer.pieces(tokenizer.encodeText("<think>the fox</think>"))[0], "<think>");
});

test("names teach nothing, and no texts are enough", () => {
  assert.equal(joined(trainBytePairs(["<think></think>".repeat(9), "response-1response-1"], 300)), []);
  assert.is(Object.keys(trainBytePairs([], 266).model.vocab).length, 266);
  assert.match(
    refusal(() => trainBytePairs(["a"], 265)),
    /RL_TOKENIZER a tokenizer of 265 tokens is asked for, expected 266 to 1048576/,
  );
});

test.run();
