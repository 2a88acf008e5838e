import type { ItemOutline, Preferred } from "../../kinds.ts";

/** An item with the choices of its sampled responses; null: no readable choice. */
export interface Answered {
  readonly item: ItemOutline;
  readonly choices: readonly (Preferred | null)[];
}

/** How many disjoint runs of `size` votes the samples make. */
export const roundsOf = ({ choices }: Answered, size: number): number => Math.floor(choices.length / size);

/**
 * Twice the rounds in which the choice with the most of `size` votes was the right one. Where another has as many, one half: a fair coin decides it.
 * No readable vote at all counts 0.
 */
export function halvesWon({ item, choices }: Answered, size: number): number {
  let halves = 0;
  for (let start = 0; start + size <= choices.length; start += size) {
    const votes = choices.slice(start, start + size);
    const right = votes.filter((vote) => vote === item.preferred).length;
    const wrong = Math.max(...others(item.preferred).map((other) => votes.filter((vote) => vote === other).length));
    halves += right > wrong ? 2 : right < wrong || right === 0 ? 0 : 1;
  }
  return halves;
}

const others = (preferred: Preferred): Preferred[] => ([1, 2, "tie"] as const).filter((choice) => choice !== preferred);

/** Expected accuracy of a majority of `size` samples: the mean over the disjoint runs of `size` among the samples drawn; 0 where there are fewer. */
export function votedAccuracy(one: Answered, size: number): number {
  const rounds = roundsOf(one, size);
  return rounds === 0 ? 0 : halvesWon(one, size) / 2 / rounds;
}
