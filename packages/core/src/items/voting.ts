import type { Preferred } from "../kinds.ts";

/** One sampled judgement. */
export interface Vote {
  /** null: it can't be read, and has no vote. */
  readonly choice: Preferred | null;
  /** How sure it was, from 0 to 1: `answerProbability`. */
  readonly confidence: number;
}

/** What a vote weighs. majority: 1; confidence: how sure it was. */
export type VoteWeight = "majority" | "confidence";

/** The weight of all votes for each choice. */
export interface VoteSums {
  readonly 1: number;
  readonly 2: number;
  readonly tie: number;
}

const CHOICES: readonly Preferred[] = [1, 2, "tie"];

/** What each choice has of the votes. */
export function voteSums(votes: readonly Vote[], weight: VoteWeight): VoteSums {
  const of = (wanted: Preferred) =>
    votes.reduce((sum, { choice, confidence }) => sum + (choice !== wanted ? 0 : weight === "majority" ? 1 : confidence), 0);
  return { 1: of(1), 2: of(2), tie: of("tie") };
}

/** The choice with the most; null where two have as much, or nobody has voted. */
export function winnerOf(sums: VoteSums): Preferred | null {
  const most = Math.max(sums[1], sums[2], sums.tie);
  const first = CHOICES.filter((choice) => sums[choice] === most);
  return most > 0 && first.length === 1 ? first[0]! : null;
}

/** The choice of a judgement that was shown the two responses the other way round. */
export function turned(choice: Preferred | null): Preferred | null {
  return choice === 1 ? 2 : choice === 2 ? 1 : choice;
}
