import { z } from "zod";
import { Metrics, reward } from "@rewardlab/core";
import { givenAnswer } from "./given-answer.ts";
import { compareAnswers } from "./math/compare-answers.ts";

/**
 * math-equal: whether the answer given and the item's `answer` are the same mathematically, as LaTeX or plain text.
 *
 *     score = 1        equal: 0.5, 1/2, \frac12 and 50\%;  (x+1)^2 and x^2+2x+1;  \{1, 2\} and \{2, 1\}
 *             0        different, no answer given, or one that can't be read where the item's can (counted, with the reason)
 *             invalid  the item's answer can't be read, or the rule can't tell
 *
 * Which text of a response is the answer stands in given-answer.ts, what counts as equal in math/scalars.ts (numbers, expressions) and
 * math/compare-answers.ts (tuples, sets, intervals, units, …). The graders of Math-Verify, PRM800K and Qwen2.5-Math set the forms that are read.
 * Nothing in an answer is ever evaluated as code (math/expression.ts), and the work for any answer is bounded.
 */
export const mathEqual = reward({
  name: "math-equal",
  version: 3,
  summary:
    "1 where the answer is, mathematically, the item's; 0 where it isn't or can't be read; invalid where that can't be told",
  options: z.strictObject({
    tolerance: z
      .number()
      .min(0)
      .max(0.5)
      .default(1e-9)
      .describe("largest relative difference of two numbers of which one has a decimal point; with the default 0.333 is not 1/3"),
  }),
  range: () => [0, 1],
  metrics: {
    unreadAnswers: {
      title: "Answers not read",
      unit: "count",
      of: "responses",
      meaning: "Answers that were given and could not be read as mathematics; they score 0.",
    },
    unreadWords: {
      title: "Not read: words",
      unit: "count",
      of: "responses",
      meaning: "Answers with a word that is no number, unit or function.",
    },
    unreadNotations: {
      title: "Not read: notation",
      unit: "count",
      of: "responses",
      meaning: "Answers in a notation that isn’t read.",
    },
    unreadSizes: {
      title: "Not read: size",
      unit: "count",
      of: "responses",
      meaning: "Answers that are too long or too deep to be read.",
    },
    unreadValues: {
      title: "Not read: value",
      unit: "count",
      of: "responses",
      meaning: "Answers that have no value, such as a division by 0.",
    },
  },
  inject: { metrics: Metrics },
  create: ({ tolerance }, { metrics }) => ({
    score: ({ responses, items }) =>
      responses.map((response, index) => {
        const { answer: expected } = items[index]!;
        if (expected === undefined || expected === null) return { invalid: "the item has no answer to compare with" };
        const given = givenAnswer(response);
        if (given === null) return 0;
        const verdict = compareAnswers(given, String(expected), tolerance);
        if (typeof verdict === "string") return verdict === "equal" ? 1 : 0;
        if ("unknown" in verdict) return { invalid: verdict.unknown };
        metrics.sum("unreadAnswers", 1);
        metrics.sum(counters[verdict.reason], 1);
        return 0;
      }),
  }),
});

/** Metrics of why answers could not be read, which add up to `unreadAnswers`. */
const counters = { word: "unreadWords", notation: "unreadNotations", size: "unreadSizes", value: "unreadValues" } as const;
