import { z } from "zod";
import { reward } from "@rewardlab/core";

/**
 * think-answer-format: 1 where a response has the form `<think>…</think><answer>…</answer>` and nothing else, 0 elsewhere.
 *
 * The rule of R1-Reward (arXiv 2505.02835, released code): Python's `re.match(r"^<think>.*?</think><answer>.*?</answer>$", text, re.DOTALL)`,
 * and each of the four tags exactly once. As in Python, `$` lets one line break at the end pass. What the thought says is not looked at.
 */
export const thinkAnswerFormat = reward({
  name: "think-answer-format",
  summary: "1 where the response is <think>…</think><answer>…</answer> and nothing else, 0 elsewhere",
  options: z.strictObject({}),
  range: () => [0, 1],
  create: () => ({ score: ({ responses }) => responses.map((response) => (hasThinkAnswerFormat(response) ? 1 : 0)) }),
});

const form = /^<think>.*?<\/think><answer>.*?<\/answer>\n?$/s;
const tags = ["<think>", "</think>", "<answer>", "</answer>"];

function hasThinkAnswerFormat(response: string): boolean {
  return form.test(response) && tags.every((tag) => response.split(tag).length === 2);
}
