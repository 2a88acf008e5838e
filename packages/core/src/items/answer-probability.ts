import type { Tokenizer } from "../kinds.ts";
import { answerIn } from "./responses.ts";

/** A sampled response in tokens. */
export interface ResponseTokens {
  /** Without the end token. */
  readonly ids: readonly number[];
  /** log p of each, under the distribution it was drawn from. */
  readonly logProbs: ArrayLike<number>;
}

/**
 * How sure a policy was of the answer it gave, after its own thought: the product of the probabilities of the tokens that spell what stands between <answer> and
 * </answer>, exp Σ log p, from 0 to 1. A token that spells more than the answer counts whole. null where `readAnswer` reads none, or an empty one.
 */
export function answerProbability(tokenizer: Pick<Tokenizer, "decode">, { ids, logProbs }: ResponseTokens): number | null {
  const lengthOf = (count: number) => tokenizer.decode(ids.slice(0, count)).length;
  const placed = answerIn(tokenizer.decode(ids));
  if (placed === null || placed.end <= placed.start) return null;
  const first = fewest(ids.length, (count) => lengthOf(count) > placed.start) - 1;
  const last = fewest(ids.length, (count) => lengthOf(count) >= placed.end) - 1;
  let sum = 0;
  for (let index = first; index <= last; index++) sum += logProbs[index]!;
  return Math.exp(sum);
}

/** The smallest count, from 1 on, that is enough, by halving: `most` is. */
function fewest(most: number, enough: (count: number) => boolean): number {
  let [low, high] = [1, most];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (enough(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
