import { z } from "zod";
import { readAnswer, reward } from "@rewardlab/core";

/**
 * preference-accuracy: 1 where the answer given is the number of the preferred response (or tie, where neither is), 0 elsewhere.
 *
 *     accuracy = 1 if trim(text between <answer> and </answer>) = item.preferred, else 0
 *
 * A response without a readable answer (no tags, two answers, something other than 1 or 2) scores 0, not invalid: the rule can tell, the policy failed.
 * R1-Reward's released code (arXiv 2505.02835) gives 1 where its checker throws; nothing here can throw.
 */
export const preferenceAccuracy = reward({
  name: "preference-accuracy",
  version: 2,
  summary: "1 where the text in <answer> is the number of the preferred response, 0 elsewhere",
  options: z.strictObject({}),
  range: () => [0, 1],
  create: () => ({
    score: ({ responses, items }) =>
      responses.map((response, index) => (readAnswer(response) === String(items[index]!.preferred) ? 1 : 0)),
  }),
});
