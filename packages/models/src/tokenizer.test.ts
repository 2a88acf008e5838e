import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { responseText } from "@rewardlab/core";
import { scenesWords, wordProblem, wordTokenizer } from "./tokenizer.ts";

const tokenizer = wordTokenizer(scenesWords);
const { encode, decode, encodeField } = tokenizer;

const colour = fc.constantFrom("red", "orange", "yellow", "green");
const shape = fc.constantFrom("circle", "cross", "triangle");
const place = fc.constantFrom("a1", "b1", "c1", "a2", "b2", "c2", "a3", "b3", "c3");
const number = fc.constantFrom("one", "two", "three", "four", "five");
const none = fc.constant("none");
const words = (...parts: (string | fc.Arbitrary<string>)[]) =>
  fc.tuple(...parts.map((part) => (typeof part === "string" ? fc.constant(part) : part))).map((all) => all.join(" "));
const several = (word: fc.Arbitrary<string>, count: number) =>
  fc.array(word, { minLength: count, maxLength: count }).map((all) => all.join(" "));

const question = fc.oneof(
  words("how many", colour, "shapes are there ?"),
  words("what colour is the shape at", place, "?"),
  words("what shape is at", place, "?"),
  words("is there a", shape, "in the", fc.constantFrom("top row", "middle row", "bottom row"), "?"),
  words("is there a", shape, "in the", fc.constantFrom("left column", "middle column", "right column"), "?"),
  words("what colour is the shape", fc.constantFrom("left of", "right of", "above", "below"), place, "?"),
  words("are there more", colour, "shapes or more", colour, "shapes ?"),
  fc.constant("describe the picture"),
);
const claim = fc.oneof(number, colour, shape, fc.constantFrom("yes", "no"));
const thought = fc.oneof(
  several(fc.oneof(colour, none), 9),
  words(place, fc.oneof(colour, shape)),
  several(words(place, fc.oneof(shape, none)), 3),
);
const caption = several(words(place, fc.oneof(words(colour, shape), none)), 6).map((text) => `<think>${text}`);
const label = fc.constantFrom("1", "2");
const response = fc
  .tuple(thought, claim, label, label)
  .map(([seen, said, better, answer]) => responseText(`${seen} so ${said} response-${better} is better`, answer));

/** Words and tags, counted by hand: tags stand apart once there are spaces around them. */
const wordCount = (text: string) =>
  text
    .replace(/<\/?\w+>/g, " $& ")
    .trim()
    .split(/ +/).length;

test("tokenizer: any string comes back as it was", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => {
      assert.is(decode(encode(text)), text);
      assert.is(decode(encodeField(text)), text);
    }),
    { numRuns: 1000 },
  );
});

test("tokenizer: so does any mixture of words, tags, spaces, halves of surrogate pairs and what looks like special tokens", () => {
  const plain = [
    "red",
    "green",
    "1",
    "response-2",
    " ",
    "  ",
    "\n",
    "?",
    "so?",
    "redgreen",
    "é",
    "\u0000",
    "\uffff",
    "\ufffd",
    "<think",
  ];
  const halves = ["\ud83d", "\ude00", "😀"];
  const special = ["<think>", "</think>", "<answer>", "</answer>", "<eos>", "<pad>", "<0x0>"];
  const piece = fc.constantFrom(...plain, ...halves, ...special);
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join("");
      assert.is(decode(encode(text)), text);
      assert.is(decode(encodeField(text)), text);
    }),
    { numRuns: 3000 },
  );
});

test("tokenizer: every text of the scenes is one token a word", () => {
  fc.assert(
    fc.property(question, claim, (asked, claimed) => {
      assert.is(encodeField(asked).length, asked.split(" ").length);
      assert.is(encodeField(claimed).length, 1);
    }),
  );
  fc.assert(
    fc.property(fc.oneof(response, caption), (text) => {
      assert.is(encode(text).length, wordCount(text));
      assert.is(decode(encode(text)), text);
    }),
  );
});

test("tokenizer: a response, token by token", () => {
  const text = "<think>b2 red so red response-1 is better</think><answer>1</answer>";
  const ids = encode(text);
  assert.equal(
    ids.map((id) => decode([id])),
    "<think> b2 red so red response-1 is better </think> <answer> 1 </answer>".split(" "),
  );
  assert.is(decode(ids), text);
});

test("tokenizer: ids are those of the specification, with 16 nibbles after them", () => {
  assert.is(scenesWords.length, 54);
  assert.is(tokenizer.size, 66 + 16);
  assert.equal([tokenizer.padId, tokenizer.beginId, tokenizer.judgeId, tokenizer.endId], [0, 1, 2, 3]);
  assert.equal(encode("<think></think><answer></answer>"), [4, 5, 6, 7]);
  assert.equal(encode("1 2 response-1 response-2 red better"), [8, 9, 10, 11, 12, 65]);
});

test("tokenizer: what is no word is bytes, high nibble first", () => {
  // "é" is C3 A9 in UTF-8, a space 20; nibble n has id 66 + n.
  assert.equal(encode("é"), [66 + 0xc, 66 + 0x3, 66 + 0xa, 66 + 0x9]);
  // Beside other text a space is not implied: "red, green" is 2 · (4 characters and a space) + 1.
  assert.is(encode("red, green").length, 11);
  // Two spaces between words are two bytes, one after a tag is one.
  assert.equal(encode("red  green"), [12, 68, 66, 68, 66, 15]);
  assert.equal(encode("<think> red"), [4, 68, 66, 12]);
});

test("tokenizer: no text encodes to a control token", () => {
  const control = (id: number) => id <= 3;
  fc.assert(
    fc.property(fc.array(fc.constantFrom("<pad>", "<bos>", "<judge>", "<eos>", " ", "red"), { maxLength: 6 }), (pieces) => {
      assert.not.ok(encode(pieces.join("")).some(control));
      assert.not.ok(encodeField(pieces.join("")).some(control));
    }),
  );
});

test("tokenizer: a field can't hold tags or the responses' markers", () => {
  const structure = new Set([4, 5, 6, 7, 10, 11]);
  assert.not.ok(
    encodeField("red response-2 green <think>response-1 red</think> <answer>1</answer>").some((id) => structure.has(id)),
  );
  assert.equal(encodeField("1 2"), [8, 9]);
});

test("tokenizer: what a policy may sample is some text, whatever it is", () => {
  const nibbles = (...values: number[]) => values.map((value) => 66 + value);
  assert.is(decode([12, 3, 0, 15]), "red<eos><pad>green");
  assert.is(decode([12, ...nibbles(2, 12), 15, 12]), "red,green red");
  assert.is(decode(nibbles(6, 1, 6)), "a\ufffd"); // half a byte
  assert.is(decode(nibbles(0xc, 3)), "\ufffd"); // half a character
  assert.is(decode(nibbles(0xf, 4, 0xb, 0xf, 0xb, 0xf, 0xb, 0xf)), "\ufffd".repeat(4)); // above U+10FFFF
  fc.assert(fc.property(fc.array(fc.nat({ max: 81 }), { maxLength: 30 }), (ids) => assert.type(decode(ids), "string")));
  assert.throws(() => decode([82]), /there is no token 82, expected 0 to 81/);
  assert.throws(() => decode([-1]), /there is no token -1/);
});

test("tokenizer: words that can't be words are told apart", () => {
  assert.is(wordProblem("red"), null);
  assert.match(wordProblem("light red") ?? "", /no space/);
  assert.match(wordProblem("") ?? "", /not empty/);
  assert.match(wordProblem("<eos>") ?? "", /special/);
  assert.match(wordProblem("a<think>") ?? "", /special/);
  assert.match(wordProblem("response-2") ?? "", /names/);
});

test.run();
