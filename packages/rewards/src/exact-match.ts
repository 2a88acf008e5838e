import { z } from "zod";
import { readAnswer, reward } from "@rewardlab/core";

/**
 * exact-match: 1 where the answer given is, letter by letter, the item's `answer`, 0 elsewhere.
 *
 *     score = 1 if normal(text between <answer> and </answer>) = normal(item.answer), else 0
 *
 * normal: white space at the ends is left out and any other counts as one space; with ignoreCase in lower case, with ignoreSpace without any space.
 * A response without a readable answer scores 0: the policy failed. An item without an answer leaves nothing to compare with: invalid.
 */
export const exactMatch = reward({
  name: "exact-match",
  version: 2,
  summary: "1 where the text in <answer> is the item's answer, 0 elsewhere",
  options: z.strictObject({
    ignoreCase: z.boolean().default(true).describe("whether Red is red"),
    ignoreSpace: z.boolean().default(false).describe("whether 1 000 is 1000"),
  }),
  range: () => [0, 1],
  create: (options) => ({
    score: ({ responses, items }) =>
      responses.map((response, index) => {
        const { answer: expected } = items[index]!;
        if (expected === undefined || expected === null) return { invalid: "the item has no answer to compare with" };
        const given = readAnswer(response);
        return given !== null && normal(given, options) === normal(String(expected), options) ? 1 : 0;
      }),
  }),
});

function normal(text: string, { ignoreCase, ignoreSpace }: { ignoreCase: boolean; ignoreSpace: boolean }): string {
  const spaced = text
    .normalize("NFC")
    .trim()
    .replaceAll(/\s+/gu, ignoreSpace ? "" : " ");
  return ignoreCase ? spaced.toLowerCase() : spaced;
}
