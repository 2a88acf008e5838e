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
  return between(response, "<think>", "</think>")?.text ?? null;
}

/**
 * What stands between <answer> and </answer> outside the thought, trimmed; null where there is no such pair, or a second one (then it is not one
 * answer). An answer in a thought, also in one that never closes, is none.
 */
export function readAnswer(response: string): string | null {
  return answerIn(response)?.answer ?? null;
}

/** An answer, and where it stands in its response: from the first of its characters up to, not with, `end`. */
export interface PlacedAnswer {
  readonly answer: string;
  readonly start: number;
  readonly end: number;
}

/** What `readAnswer` reads, with its place. */
export function answerIn(response: string): PlacedAnswer | null {
  const pieces = outsideThoughts(response);
  const outside = pieces.map(([from, to]) => response.slice(from, to)).join("");
  const found = between(outside, "<answer>", "</answer>");
  if (found === null || outside.split("</answer>").length > 2) return null;
  const { text, start } = found;
  return { answer: text, start: placeIn(pieces, start), end: placeIn(pieces, start + text.length - 1) + 1 };
}

/**
 * A response without its thoughts. One that never closes reaches to the end; thoughts may be nested; and what stands before a </think> that no
 * <think> opened was thought as well, since some templates put the <think> into the prompt.
 */
export function withoutThoughts(response: string): string {
  return outsideThoughts(response)
    .map(([from, to]) => response.slice(from, to))
    .join("");
}

type Piece = readonly [from: number, to: number];

function outsideThoughts(response: string): readonly Piece[] {
  let outside: Piece[] = [];
  let depth = 0;
  let from = 0;
  for (const { 0: tag, index } of response.matchAll(/<\/?think>/g)) {
    if (depth === 0) outside.push([from, index]);
    if (tag === "<think>") depth += 1;
    else if (depth > 0) depth -= 1;
    else outside = [];
    from = index + tag.length;
  }
  return depth === 0 ? [...outside, [from, response.length]] : outside;
}

/** Where a character of the joined pieces stands in the whole. */
function placeIn(pieces: readonly Piece[], place: number): number {
  let before = 0;
  for (const [from, to] of pieces) {
    if (place < before + to - from) return from + place - before;
    before += to - from;
  }
  return pieces.at(-1)?.[1] ?? 0;
}

function between(text: string, open: string, close: string): { readonly text: string; readonly start: number } | null {
  const opened = text.indexOf(open);
  if (opened < 0) return null;
  const start = opened + open.length;
  const end = text.indexOf(close, start);
  if (end < 0) return null;
  const inside = text.slice(start, end);
  return { text: inside.trim(), start: start + inside.length - inside.trimStart().length };
}
