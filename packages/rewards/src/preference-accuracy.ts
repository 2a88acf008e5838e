import { z } from "zod";
import { readAnswer, reward } from "@rewardlab/core";
import { releasedReading } from "./released-reading.ts";

/**
 * preference-accuracy: 1 where the answer given is the number of the preferred response (or tie, where neither is), 0 elsewhere.
 *
 *     accuracy = 1 if trim(text between <answer> and </answer>) = item.preferred
 *                unread (0) if there is no such text, or it is neither 1 nor 2 nor tie
 *                0 else
 *
 * A response without a readable answer (no tags, two answers, something other than 1 or 2) is not invalid: the rule can tell, the policy failed.
 *
 * `variant: official-code` reads answers as the code does that R1-Reward (arXiv 2505.02835, commit 3693413a) released: the first <answer>, also in a thought, or the
 * whole response, and in it the last number, so that "Response 2 is better" and "I prefer 2" are right. That code also gives 1 where its checker throws
 * (`except Exception: reward = 1.0`). With Math-Verify 0.7.0 none of 56,456 random answers made it throw, so what the fault does depends on its dependencies:
 * `unread: 1` is the most that it can do, 1 for every answer that can't be read.
 */
export const preferenceAccuracy = reward({
  name: "preference-accuracy",
  version: 2,
  summary: "1 where the text in <answer> is the number of the preferred response, 0 elsewhere",
  options: z.strictObject({
    variant: z
      .enum(["strict", "official-code"])
      .optional()
      .describe("how an answer is read: strict, or as R1-Reward's released code does; absent: strict"),
    unread: z
      .number()
      .optional()
      .describe("the score where no answer can be read; absent: 0; 1: the released code's fault, as far as it can go"),
  }),
  range: ({ unread = 0 }) => [Math.min(0, unread), Math.max(1, unread)],
  create: ({ variant = "strict", unread = 0 }) => ({
    score: ({ responses, items }) =>
      responses.map((response, index) => {
        const given = variant === "strict" ? strictReading(response) : releasedReading(response);
        if (given === null) return unread;
        return given === String(items[index]!.preferred) ? 1 : 0;
      }),
  }),
});

function strictReading(response: string): string | null {
  const answer = readAnswer(response);
  return answer === "1" || answer === "2" || answer === "tie" ? answer : null;
}
