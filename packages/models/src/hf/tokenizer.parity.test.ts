import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { hfTokenizer } from "./tokenizer.ts";

/** Made by tools/oracles/hf-tokenizers.py with the Rust library. */
interface Case {
  readonly name: string;
  readonly tokenizer: object;
  /** Of each text, special tokens read as such. */
  readonly ids: number[][];
  /** By the text's index: those that are others where special tokens are text. */
  readonly plain: Readonly<Record<string, number[]>>;
  /** Of text 11, with what the post-processor adds. */
  readonly whole: number[];
  /** By the text's index: what its ids give, where that isn't the text. */
  readonly decoded: Readonly<Record<string, string>>;
  readonly strange: readonly [number[], string][];
  /** Of the ids of strange[8]. */
  readonly pieces: string[];
}
const fixture = JSON.parse(readFileSync(new URL("./fixtures/tokenizers.json", import.meta.url), "utf8")) as {
  readonly texts: string[];
  readonly cases: Case[];
};
const { texts, cases } = fixture;
const of = (one: Case) => hfTokenizer(one.tokenizer, { where: one.name, endIds: [1], padId: 0 });

for (const one of cases) {
  test(`${one.name}: ids, as the Rust library's`, () => {
    const tokenizer = of(one);
    for (const [index, text] of texts.entries()) {
      const what = JSON.stringify(text);
      assert.equal(tokenizer.encode(text), one.ids[index], what);
      assert.equal(tokenizer.encodeText(text), one.plain[index] ?? one.ids[index], `${what}, special tokens as text`);
    }
    assert.equal(tokenizer.encodeWhole(texts[11]!), one.whole);
  });

  test(`${one.name}: texts of ids, whatever ids they are`, () => {
    const tokenizer = of(one);
    for (const [index, ids] of one.ids.entries()) assert.is(tokenizer.decode(ids), one.decoded[index] ?? texts[index]!);
    for (const [ids, text] of one.strange) assert.is(tokenizer.decode(ids), text, `${ids}`);
    assert.is(tokenizer.decode([]), "");
    assert.equal(tokenizer.pieces(one.strange[8]![0]), one.pieces);
  });
}

test("the fixture has every construction, and texts whose special tokens matter", () => {
  assert.is(cases.length, 11);
  assert.ok(cases.filter(({ plain }) => Object.keys(plain).length > 0).length >= 8);
});

test.run();
