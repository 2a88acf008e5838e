import { readThought, reward } from "@rewardlab/core";
import { z } from "zod";

/**
 * Whether a response names the true answer.
 *
 *     score = 1 where the item's answer is one of the words written, else 0          which words → where
 *
 * An item without an answer can't be judged: that is said (`invalid`), and never becomes a 0.
 */
export const templateName = reward({
  name: "template-name",
  summary: "1 where the true answer is named",
  options: z.strictObject({
    where: z.enum(["thought", "response"]).default("thought").describe("which words count: those of the thought, or all"),
  }),
  range: () => [0, 1],
  create: ({ where }) => ({
    score: ({ responses, items }) =>
      responses.map((response, row) => {
        const answer = items[row]?.answer;
        if (answer === undefined) return { invalid: "the item has no answer" };
        const text = where === "thought" ? (readThought(response) ?? "") : response;
        return text
          .toLowerCase()
          .split(/[^\p{L}\p{N}]+/u)
          .includes(answer.toLowerCase())
          ? 1
          : 0;
      }),
  }),
});
