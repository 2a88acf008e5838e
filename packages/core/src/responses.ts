/**
 * The form of a policy's response: `<think>…</think><answer>…</answer>`, the answer being 1 or 2, the number of the better response.
 * The readers are lenient where a reward rule has to be: they look for their own tags only. `think-answer-format` is the strict one.
 */

/** The whole response text for a thought and an answer. */
export function responseText(thought: string, answer: string | number): string {
  return `<think>${thought}</think><answer>${answer}</answer>`;
}

/** What stands between the first <think> and the next </think>, trimmed; null where there is no such pair. */
export function readThought(response: string): string | null {
  return between(response, "<think>", "</think>");
}

/** What stands between <answer> and </answer>, trimmed; null where there is no such pair, or a second one (then it is not one answer). */
export function readAnswer(response: string): string | null {
  const answer = between(response, "<answer>", "</answer>");
  return response.split("</answer>").length > 2 ? null : answer;
}

function between(text: string, open: string, close: string): string | null {
  const start = text.indexOf(open);
  if (start < 0) return null;
  const end = text.indexOf(close, start + open.length);
  return end < 0 ? null : text.slice(start + open.length, end).trim();
}
