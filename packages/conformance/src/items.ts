import type { PreferenceItem } from "@rewardlab/core";

/** A question about a picture of two colours; short, so that a model with room for few tokens can read it. */
function item(id: string, preferred: 1 | 2, shade: number): PreferenceItem {
  const size = 8;
  const data = Uint8Array.from({ length: size * size * 3 }, (_, index) => (index * shade + 31 * preferred) % 256);
  return {
    id,
    images: [{ path: `${id}.png`, pixels: { width: size, height: size, data } }],
    question: "?",
    responses: preferred === 1 ? ["7", "8"] : ["a", "b"],
    preferred,
    thought: "so",
    kind: preferred === 1 ? "count" : "letter",
    answer: preferred === 1 ? "7" : "b",
  };
}

/** Items for those components whose author gives none. */
export const plainItems: readonly PreferenceItem[] = [item("one", 1, 7), item("two", 2, 13), item("three", 1, 29)];

/** What policies write: sound answers, and all sorts of other things. */
export const plainResponses: readonly string[] = [
  "<think>Response 1 is better.</think><answer>1</answer>",
  "<think>The second one.</think><answer>2</answer>",
  "<think>Response 2 is better.</think><answer>1</answer>",
  "",
  " \n\t ",
  "<answer>1</answer><answer>2</answer>",
  "<think>",
  "</answer>2<answer>",
  "<think>".repeat(200),
  "so so so so so so so so so so so so ".repeat(20),
  "The answer is \\boxed{\\frac{1}{2}}.",
  "\\boxed{".repeat(50),
  "7",
  "NaN",
  "1e999",
  "答え: 1 😀 \ud800 \u0000",
  "(".repeat(300),
  "x^2 + 2x + 1 = 0, ".repeat(40),
];
