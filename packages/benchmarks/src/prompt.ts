import { InputError } from "@rewardlab/core";

/** What a judge is asked, unless told otherwise: R1-Reward's form of answer, in words of our own. */
export const DEFAULT_PROMPT = `You are shown a question and two responses to it. Decide which response is better: more correct, more helpful, and true to what the pictures show. There is no tie.

First compare the two step by step between <think> and </think>. Then write 1 or 2, the number of the better response, between <answer> and </answer>.

Question:
{question}

Response 1:
{response1}

Response 2:
{response2}`;

const PARTS = ["question", "response1", "response2"] as const;

/** Throws `InputError` where a prompt of one's own lacks one of its three places. */
export function checkPrompt(prompt: string, where: string): void {
  const missing = PARTS.filter((part) => !prompt.includes(`{${part}}`));
  if (missing.length > 0)
    throw new InputError(
      "RL_BENCHMARK",
      `${where}: the prompt has no {${missing.join("}, {")}}, expected {question}, {response1} and {response2}`,
    );
}

/** The prompt with its places filled; what is filled in is not looked at again. */
export function filled(prompt: string, values: Readonly<Record<(typeof PARTS)[number], string>>): string {
  return prompt.replaceAll(/\{(question|response1|response2)\}/g, (_, name: (typeof PARTS)[number]) => values[name]);
}
