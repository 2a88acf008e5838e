/** A question with two responses, or without. */
export interface Comparison {
  readonly question: string;
  readonly responses: readonly [string, string];
}

/**
 * What a text asks, for a policy that has no chat template and reads items alone. Where it has the usual form of a comparison,
 *
 *     …                      instructions, where "Question:" follows
 *     Question:
 *     How many shapes?
 *     Response 1: one
 *     Response 2: two
 *                            what follows an empty line is instructions again
 *
 * (the labels begin lines, what they label may begin the next), it is one; else all of it is a question that compares nothing.
 */
export function comparisonIn(text: string): Comparison {
  const first = /^Response 1:/m.exec(text);
  const second = first === null ? null : /^Response 2:/m.exec(text.slice(first.index));
  if (first === null || second === null) return { question: text.trim(), responses: ["", ""] };
  const before = text.slice(0, first.index);
  const label = [...before.matchAll(/^Question:/gm)].at(-1);
  const question = label === undefined ? before : before.slice(label.index + label[0].length);
  const one = text.slice(first.index + first[0].length, first.index + second.index);
  const two = text.slice(first.index + second.index + second[0].length).trimStart();
  return { question: question.trim(), responses: [one.trim(), (two.split(/\n[ \t]*\n/, 1)[0] ?? "").trim()] };
}
