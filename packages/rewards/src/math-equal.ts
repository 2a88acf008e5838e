import { z } from "zod";
import { readAnswer, reward } from "@rewardlab/core";
import { compareAnswers } from "./math/compare-answers.ts";

/**
 * math-equal: whether the answer given and the item's `answer` are the same mathematically, as LaTeX or plain text.
 *
 *     score = 1        equal: 0.5, 1/2, \frac12 and 50\%;  (x+1)^2 and x^2+2x+1;  \{1, 2\} and \{2, 1\}
 *             0        different, or no answer given
 *             invalid  unknown: one of them can't be read, or they can't be told apart or proven equal. Unknown is not wrong
 *
 * The answer given is the last \boxed{…} in <answer>, or all of <answer>; in a response without <answer>, the last \boxed{…} after the thought.
 * What counts as equal stands in math/scalars.ts (numbers, expressions) and math/compare-answers.ts (tuples, sets, intervals, units, …). The graders of
 * Math-Verify, PRM800K and Qwen2.5-Math set the forms that are read; they call wrong what they can't read.
 * Nothing in an answer is ever evaluated as code (math/expression.ts), and the work for any answer is bounded.
 */
export const mathEqual = reward({
  name: "math-equal",
  summary: "1 where the answer is mathematically the item's answer, 0 where it is not, invalid where that can't be told",
  options: z.strictObject({
    tolerance: z
      .number()
      .min(0)
      .max(0.5)
      .default(1e-9)
      .describe("largest relative difference of two numbers of which one has a decimal point; with the default 0.333 is not 1/3"),
  }),
  range: () => [0, 1],
  create: ({ tolerance }) => ({
    score: ({ responses, items }) =>
      responses.map((response, index) => {
        const { answer: expected } = items[index]!;
        if (expected === undefined || expected === null) return { invalid: "the item has no answer to compare with" };
        const given = givenAnswer(response);
        if (given === null) return 0;
        const verdict = compareAnswers(given, String(expected), tolerance);
        if (typeof verdict === "object") return { invalid: verdict.unknown };
        return verdict === "equal" ? 1 : 0;
      }),
  }),
});

function givenAnswer(response: string): string | null {
  if (response.includes("<answer>")) {
    const answer = readAnswer(response);
    const text = answer === null ? null : (lastBoxed(answer) ?? answer);
    return text === null || text.trim() === "" ? null : text;
  }
  return lastBoxed(response.slice(response.lastIndexOf("</think>") + 1));
}

/** What stands in the last \boxed{…} whose braces close; null where there is none, or nothing in it. One pass, however many there are. */
function lastBoxed(text: string): string | null {
  const boxes = new Set([...text.matchAll(/\\f?box(?:ed)?\s*(?=\{)/g)].map(({ index, 0: command }) => index + command.length));
  const open: number[] = [];
  let last = { start: -1, end: -1 };
  for (let at = 0; at < text.length; at++) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === "{") open.push(at);
    else if (text[at] === "}") {
      const start = open.pop() ?? -1;
      if (boxes.has(start) && start > last.start) last = { start, end: at };
    }
  }
  const content = text.slice(last.start + 1, Math.max(0, last.end)).trim();
  return content === "" ? null : content;
}
