import { z } from "zod";
import { reward } from "@rewardlab/core";
import { wordsOf } from "./words.ts";

/**
 * repetition-penalty: takes off for saying the same again, by n-grams of words.
 *
 *     score = −maxPenalty · (1 − distinct / all)        distinct, all: n-grams of the response's words;  n → ngram
 *
 * 0 for a response of fewer than n words. "Demystifying Long Chain-of-Thought Reasoning" (arXiv 2502.03373v1, appendix C.2) puts such a penalty on each
 * repeated token; one number for the whole response is open-r1's form (`get_repetition_penalty_reward`), with the same words, and TRL's over token ids.
 */
export const repetitionPenalty = reward({
  name: "repetition-penalty",
  summary: "minus the share of n-grams of words that were said before",
  options: z.strictObject({
    ngram: z.int().positive().default(3).describe("n, words in an n-gram (TRL: 3)"),
    maxPenalty: z.number().min(0).default(1).describe("what a response that only repeats itself comes near to, below 0 (TRL: 1)"),
  }),
  range: ({ maxPenalty }) => [-maxPenalty, 0],
  create: ({ ngram, maxPenalty }) => ({
    score: ({ responses }) => responses.map((response) => 0 - maxPenalty * repeatedShare(wordsOf(response), ngram)),
  }),
});

/** 1 − distinct n-grams / all n-grams; 0 where there is none. */
function repeatedShare(words: readonly string[], n: number): number {
  const all = words.length - n + 1;
  if (all < 1) return 0;
  const distinct = new Set(Array.from({ length: all }, (_, start) => words.slice(start, start + n).join(" ")));
  return 1 - distinct.size / all;
}
