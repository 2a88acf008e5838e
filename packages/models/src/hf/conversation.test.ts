// What a prompt's tokens are, worked out the short way, against the full one: every text encoded twice, and fenced where the two differ.

import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Message } from "@rewardlab/core";
import { promptIdsOf } from "./conversation.ts";
import { readHfFolder } from "./folder.ts";
import type { HfTokenizer } from "./tokenizer.ts";

const models = fileURLToPath(new URL("fixtures/models", import.meta.url));
const names = readdirSync(models).sort();

const plain = [
  "Which of the two, 2024 or 31?",
  "  spaces\n\n\tand ünïcödé 東京 🦊 it's we'll",
  "<|im_star|> < |eot_id|>",
  "a",
  "",
];

/** The texts, and the same with each special token's name in them, alone, in words, cut off and twice. */
function textsFor(tokenizer: HfTokenizer): string[] {
  const specials = Array.from({ length: tokenizer.size }, (_, id) => id).filter((id) => tokenizer.isSpecial(id));
  assert.ok(specials.length > 0);
  const spelt = specials.slice(0, 6).flatMap((id) => tokenizer.pieces([id]));
  return [...plain, ...spelt.flatMap((name) => [name, `say ${name}!`, name.slice(0, -1), `x${name}${name} 12`])];
}

const same = (one: readonly number[], other: readonly number[]) =>
  one.length === other.length && one.every((id, at) => id === other[at]);

for (const name of names)
  test(`${name}: what mentions no special token is encoded in one way, and prompts are the full way's`, () => {
    const folder = readHfFolder(`${models}/${name}`);
    const [tokenizer, fresh] = [folder.tokenizer(), readHfFolder(`${models}/${name}`).tokenizer()];
    const template = folder.chatTemplate();
    const writerOf = (one: HfTokenizer) => ({ tokenizer: one, template, variables: folder.templateVariables, eyes: null });
    const full: HfTokenizer = { ...fresh, mayMentionSpecial: () => true };
    let plainTexts = 0;
    for (const text of [...textsFor(tokenizer), ...textsFor(tokenizer)]) {
      const [read, asText] = [tokenizer.encode(text), tokenizer.encodeText(text)];
      if (!same(read, asText)) assert.ok(tokenizer.mayMentionSpecial(text), text);
      if (!tokenizer.mayMentionSpecial(text)) plainTexts++;
      const messages: Message[] = [{ role: "user", content: text }];
      const idsBy = (one: HfTokenizer) => promptIdsOf(messages, [], writerOf(one), { where: "test", trusted: false });
      assert.equal(idsBy(tokenizer), idsBy(full), text);
    }
    assert.ok(plainTexts >= 2 * plain.length, `${plainTexts}`);
  });

test("a prompt without such names is encoded once", () => {
  const folder = readHfFolder(`${models}/smollm2`);
  const tokenizer = folder.tokenizer();
  let encoded = 0;
  const counting: HfTokenizer = {
    ...tokenizer,
    encode: (text) => (encoded++, tokenizer.encode(text)),
    encodeText: (text) => (encoded++, tokenizer.encodeText(text)),
  };
  const writer = { tokenizer: counting, template: folder.chatTemplate(), variables: folder.templateVariables, eyes: null };
  promptIdsOf([{ role: "user", content: plain[0]! }], [], writer, { where: "test", trusted: false });
  assert.is(encoded, 1);
});

test.run();
