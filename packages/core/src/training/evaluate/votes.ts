import { comparable, isQuestion } from "../../items/question.ts";
import { readAnswer } from "../../items/responses.ts";
import type { ItemOutline } from "../../kinds.ts";

/** What a response chose: the number of a response, or tie; of an item that compares nothing the answer, as it is compared. null: nothing that can be read. */
export type Choice = number | string | null;

/** An item with the choices of its sampled responses. */
export interface Answered {
  readonly item: ItemOutline;
  readonly choices: readonly Choice[];
}

/** The choice that a response makes between <answer> and </answer>. */
export function choiceOf(item: ItemOutline, response: string): Choice {
  const answer = readAnswer(response);
  if (answer === null) return null;
  if (isQuestion(item)) return comparable(answer);
  return answer === "1" ? 1 : answer === "2" ? 2 : answer === "tie" ? "tie" : null;
}

/** The right one: the number of the better response, or tie; of an item that compares nothing its answer, as it is compared. */
export function rightChoice(item: ItemOutline): Choice {
  return isQuestion(item) ? comparable(item.answer!) : item.preferred;
}

/** How many disjoint runs of `size` votes the samples make. */
export const roundsOf = ({ choices }: Answered, size: number): number => Math.floor(choices.length / size);

/**
 * Twice the rounds in which the choice with the most of `size` votes was the right one. Where another has as many, one half: a fair coin decides it.
 * No readable vote at all counts 0.
 */
export function halvesWon({ item, choices }: Answered, size: number): number {
  const rightOne = rightChoice(item);
  let halves = 0;
  for (let start = 0; start + size <= choices.length; start += size) {
    const votes = choices.slice(start, start + size);
    const right = votes.filter((vote) => vote === rightOne).length;
    const others = votes.filter((vote) => vote !== null && vote !== rightOne);
    const wrong = Math.max(0, ...others.map((other) => others.filter((vote) => vote === other).length));
    halves += right > wrong ? 2 : right < wrong || right === 0 ? 0 : 1;
  }
  return halves;
}

/** Expected accuracy of a majority of `size` samples: the mean over the disjoint runs of `size` among the samples drawn; 0 where there are fewer. */
export function votedAccuracy(one: Answered, size: number): number {
  const rounds = roundsOf(one, size);
  return rounds === 0 ? 0 : halvesWon(one, size) / 2 / rounds;
}
