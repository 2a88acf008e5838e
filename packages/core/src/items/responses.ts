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

/**
 * What stands between <answer> and </answer> outside the thought, trimmed; null where there is no such pair, or a second one (then it is not one
 * answer). An answer in a thought, also in one that never closes, is none.
 */
export function readAnswer(response: string): string | null {
  const outside = withoutThoughts(response);
  const answer = between(outside, "<answer>", "</answer>");
  return outside.split("</answer>").length > 2 ? null : answer;
}

/**
 * A response without its thoughts. One that never closes reaches to the end; thoughts may be nested; and what stands before a </think> that no
 * <think> opened was thought as well, since some templates put the <think> into the prompt.
 */
export function withoutThoughts(response: string): string {
  let outside = "";
  let depth = 0;
  let from = 0;
  for (const { 0: tag, index } of response.matchAll(/<\/?think>/g)) {
    if (depth === 0) outside += response.slice(from, index);
    if (tag === "<think>") depth += 1;
    else if (depth > 0) depth -= 1;
    else outside = "";
    from = index + tag.length;
  }
  return depth === 0 ? outside + response.slice(from) : outside;
}

function between(text: string, open: string, close: string): string | null {
  const start = text.indexOf(open);
  if (start < 0) return null;
  const end = text.indexOf(close, start + open.length);
  return end < 0 ? null : text.slice(start + open.length, end).trim();
}
