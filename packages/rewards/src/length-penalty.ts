import { z } from "zod";
import { reward } from "@rewardlab/core";
import { wordsOf } from "./words.ts";

/**
 * length-penalty: takes off for length, softly: the soft overlong punishment of DAPO (arXiv 2503.14476v2, eq. 13; TRL's `get_soft_overlong_punishment`).
 *
 *     score = 0                                              |y| ≤ limit − buffer
 *             −factor · (|y| − (limit − buffer)) / buffer    limit − buffer < |y| ≤ limit
 *             −factor                                        limit < |y|
 *
 * L_max → limit, L_cache → buffer. DAPO's factor is 1, and |y| is counted in tokens; a reward rule sees texts, so |y| is the response's words or
 * characters (→ unit), tags included. A penalty by tokens, which knows what maxNewTokens cuts off, is the sampler's. verl's has no floor: it goes on
 * falling beyond the limit. Kimi k1.5's length reward (arXiv 2501.12599v4) compares the responses of a group and is another thing.
 */
export const lengthPenalty = reward({
  name: "length-penalty",
  summary: "0 up to a length, then falling to −factor at the limit",
  options: z
    .strictObject({
      limit: z.number().positive().describe("L_max: beyond this length the penalty is whole"),
      buffer: z
        .number()
        .min(0)
        .default(0)
        .describe("L_cache: how far below the limit the penalty begins; 0: at the limit, all at once"),
      factor: z.number().min(0).default(1).describe("the whole penalty (DAPO: 1)"),
      unit: z.enum(["words", "characters"]).default("words").describe("what length is counted in; characters are code points"),
    })
    .refine(({ limit, buffer }) => buffer <= limit, "buffer is above limit"),
  range: ({ factor }) => [-factor, 0],
  create: ({ limit, buffer, factor, unit }) => ({
    score: ({ responses }) =>
      responses.map((response) => {
        const length = unit === "words" ? wordsOf(response).length : [...response].length;
        if (length <= limit - buffer) return 0;
        return 0 - factor * (length > limit ? 1 : (length - (limit - buffer)) / buffer);
      }),
  }),
});
