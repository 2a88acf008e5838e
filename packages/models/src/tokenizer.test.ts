import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { responseText } from "@rewardlab/core";
import { scenesWords, wordProblem, wordTokenizer } from "./tokenizer.ts";

const tokenizer = wordTokenizer(scenesWords);
const { encode, decode, encodeField } = tokenizer;

const colour = fc.constantFrom("red", "green", "blue", "yellow");
const shape = fc.constantFrom("circle", "cross", "triangle");
const place = fc.constantFrom("a1", "b1", "c1", "a2", "b2", "c2", "a3", "b3", "c3");
const number = fc.constantFrom("one", "two", "three", "four", "five");
const joined = (...parts: (string | fc.Arbitrary<string>)[]) =>
  fc
    .tuple(...parts.map((part) => (typeof part === "string" ? fc.constant(part) : part)))
    .map((words) => words.filter(Boolean).join(" "));
const several = (word: fc.Arbitrary<string>) => fc.array(word, { minLength: 1, maxLength: 5 }).map((words) => words.join(" "));
const object = joined(colour, shape);

const question = fc.oneof(
  joined("how many", colour, "shapes are there ?"),
  joined("what colour is the shape at", place, "?"),
  joined("what shape is at", place, "?"),
  joined("is there a", object, "?"),
  joined("is the", object, fc.constantFrom("left or right of", "above or below"), "the", object, "?"),
  joined("are there more", colour, "shapes or more", colour, "shapes ?"),
  fc.constant("describe the picture"),
);
const claim = fc.oneof(number, colour, shape, fc.constantFrom("yes", "no", "left", "right", "above", "below"));
const thought = fc.oneof(
  joined(colour, several(place)),
  joined(place, fc.oneof(colour, shape)),
  joined(object, fc.oneof(place, fc.constant("none"))),
  joined(object, place, object, place),
  joined(colour, several(place), number, colour, several(place), number),
);
const caption = several(joined(place, fc.oneof(object, fc.constant("none")))).map((text) => `<think>${text}`);
const label = fc.constantFrom("1", "2");
const response = fc
  .tuple(thought, claim, label, label)
  .map(([seen, said, better, answer]) => responseText(`${seen} so ${said} response ${better} is better`, answer));

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
  const piece = fc.constantFrom(
    ...[
      "red",
      "blue",
      "1",
      "2)",
      " ",
      "  ",
      "\n",
      "?",
      "so?",
      "<think>",
      "</think>",
      "<answer>",
      "</answer>",
      "<eos>",
      "<pad>",
      "<0x0>",
    ],
    ...["\ud83d", "\ude00", "😀", "é", "\u0000", "\uffff", "\ufffd", "redblue", "<think"],
  );
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
  const text = "<think>red a1 b2 so two response 1 is better</think><answer>1</answer>";
  const ids = encode(text);
  assert.equal(
    ids.map((id) => decode([id])),
    "<think> red a1 b2 so two response 1 is better </think> <answer> 1 </answer>".split(" "),
  );
  assert.match(decode(ids), /^<think>.*?<\/think><answer>.*?<\/answer>$/);
});

test("tokenizer: ids are those of the specification, 77 of them", () => {
  assert.is(tokenizer.size, 8 + 4 + scenesWords.length + 16);
  assert.is(tokenizer.size, 77);
  assert.equal([tokenizer.padId, tokenizer.beginId, tokenizer.judgeId, tokenizer.endId], [0, 1, 2, 3]);
  assert.equal(encode("<think></think><answer></answer>"), [4, 5, 6, 7]);
  assert.equal(encode("1 2 1) 2) red better"), [8, 9, 10, 11, 12, 60]);
});

test("tokenizer: what is no word is bytes, high nibble first", () => {
  // "é" is C3 A9 in UTF-8; nibble n has id 61 + n.
  assert.equal(encode("é"), [61 + 0xc, 61 + 0x3, 61 + 0xa, 61 + 0x9]);
  // Beside other text a space is not implied: "red, blue" is 2 · (4 letters and a space) + 1.
  assert.is(encode("red, blue").length, 11);
  // Two spaces between words are two bytes, one after a tag is one.
  assert.equal(encode("red  blue"), [12, 63, 61, 63, 61, 14]);
  assert.equal(encode("<think> red"), [4, 63, 61, 12]);
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
  assert.not.ok(encodeField("red 2) blue <think>1) red</think> <answer>1</answer>").some((id) => structure.has(id)));
  assert.equal(encodeField("1 2"), [8, 9]);
});

test("tokenizer: what a policy may sample is some text, whatever it is", () => {
  assert.is(decode([12, 3, 0, 14]), "red<eos><pad>blue");
  assert.is(decode([61 + 0x6, 61 + 0x1, 61 + 0x6]), "a\ufffd"); // half a byte
  assert.is(decode([61 + 0xc, 61 + 0x3]), "\ufffd"); // half a character
  assert.is(decode([61 + 0xf, 61 + 0x4, ...[0xf, 0xf, 0xf].flatMap(() => [61 + 0xb, 61 + 0xf])]), "\ufffd".repeat(4)); // above U+10FFFF
  fc.assert(
    fc.property(fc.array(fc.nat({ max: tokenizer.size - 1 }), { maxLength: 30 }), (ids) => assert.type(decode(ids), "string")),
  );
  assert.throws(() => decode([77]), /there is no token 77, expected 0 to 76/);
  assert.throws(() => decode([-1]), /there is no token -1/);
});

test("tokenizer: words that can't be words are told apart", () => {
  assert.is(wordProblem("red"), null);
  assert.match(wordProblem("light red") ?? "", /no space/);
  assert.match(wordProblem("") ?? "", /not empty/);
  assert.match(wordProblem("<eos>") ?? "", /special/);
  assert.match(wordProblem("a<think>") ?? "", /special/);
  assert.match(wordProblem("2)") ?? "", /numbers/);
});

test.run();
