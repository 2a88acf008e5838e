import { test } from "uvu";
import * as assert from "uvu/assert";
import { wordsOf } from "./words.ts";

test("words: separated by white space of any kind, in lower case; marks belong to them", () => {
  assert.equal(wordsOf("  The cat\n\tsat.\u00a0THE\u3000cat  "), ["the", "cat", "sat.", "the", "cat"]);
  assert.equal(wordsOf(""), []);
  assert.equal(wordsOf(" \n"), []);
});

test("words: scripts without spaces by the character", () => {
  assert.equal(wordsOf("我爱cats 猫"), ["我", "爱", "cats", "猫"]);
  assert.equal(wordsOf("ねこ"), ["ね", "こ"]);
  assert.equal(wordsOf("กำ"), ["ก", "ำ"]);
  assert.equal(wordsOf("𠀀𠀁"), ["𠀀", "𠀁"], "outside the basic plane, two halves each");
});

test("words: an accent makes no difference, however it is encoded, and stays on its letter", () => {
  assert.equal(wordsOf("cafe\u0301 CAFÉ"), ["café", "café"]);
  assert.equal(wordsOf("👩‍🚀 🚀"), ["👩‍🚀", "🚀"]);
});

test.run();
