import type { ItemOutline, PreferenceItem } from "../../kinds.ts";
import { isQuestion } from "../../items/question.ts";
import { turned } from "../../items/voting.ts";
import type { VoteWeight } from "../../items/voting.ts";
import { rightChoice } from "./votes.ts";
import type { Choice } from "./votes.ts";

/** One sampled judgement, with what it cost. */
export interface Ballot {
  /** As the item numbers its responses, in whichever order they were shown. */
  readonly choice: Choice;
  /** The probability that it gave its answer, `answerProbability`; 0 where there is none. */
  readonly confidence: number;
  /** Response tokens, the end token among them. */
  readonly tokens: number;
  /** Whether the responses were shown the other way round. */
  readonly swapped: boolean;
}

/** An item's ballots, in the order in which they are counted. */
export interface Polled {
  readonly item: ItemOutline;
  readonly ballots: readonly Ballot[];
}

/** Accuracy of k votes, and what they cost. */
export interface VotePoint {
  readonly accuracy: number;
  /** Over groups of items, or items where none belong together. */
  readonly standardError: number;
  /** Mean response tokens that k votes took. */
  readonly tokens: number;
}

/** Which of two responses is named, by where it was shown. */
export interface PositionBias {
  /** The share of votes for a response that named the one shown first: ½ without bias, where either order is asked as often. null: no vote did. */
  readonly choosesFirst: number | null;
  /** The share of items whose majority is the same in both orders, of those that have one in both. null: none has. */
  readonly consistent: number | null;
}

/** Accuracy against the number of votes and the tokens spent, by how votes are weighed. */
export interface VoteCurves {
  readonly curves: Readonly<Partial<Record<VoteWeight, Readonly<Record<string, VotePoint>>>>>;
  /** Absent where no responses were swapped. */
  readonly position?: PositionBias;
  /** What the points were made of, item by item: columns as in `ItemRecord`. */
  readonly byItem: VoteRecord;
}

export interface VoteRecord {
  /** weight → k → twice the rounds of k votes that were won, a tie being worth one half round. */
  readonly won: Readonly<Partial<Record<VoteWeight, Readonly<Record<string, string>>>>>;
  /** Response tokens of all of an item's votes. */
  readonly tokens: string;
  /** Votes that named the response shown first, and votes for either; absent where none were swapped. */
  readonly first?: string;
  readonly decided?: string;
}

/**
 * How often k votes are right. The n votes of an item make ⌊n/k⌋ disjoint rounds; a round is won by the choice with the largest sum of weights,
 *
 *     majority     Σ 1                      over the votes for a choice
 *     confidence   Σ p(answer | thought)
 *
 * ties are tossed for (½), and no readable vote at all is wrong. Accuracy is the mean over items of the share of rounds won.
 */
export function voteCurves(polled: readonly Polled[], sizes: readonly number[], weights: readonly VoteWeight[]): VoteCurves {
  const most = Math.max(...polled.map(({ ballots }) => ballots.length), 1);
  const fitting = [...new Set(sizes)].filter((size) => size <= most).sort((a, b) => a - b);
  const tokens = polled.map(({ ballots }) => ballots.reduce((sum, one) => sum + one.tokens, 0));
  const perVote = mean(polled.map(({ ballots }, index) => tokens[index]! / Math.max(1, ballots.length)));
  const won = (weight: VoteWeight, size: number) => polled.map((one) => halvesOf(one, size, weight));
  const groups = polled.map(({ item: { group } }, index) => (group === undefined ? `item ${index}` : `group ${group}`));
  const pointOf = (weight: VoteWeight, size: number): VotePoint => {
    const shares = won(weight, size).map((halves, index) => halves / 2 / Math.floor(polled[index]!.ballots.length / size));
    return { accuracy: mean(shares), standardError: standardError(shares, groups), tokens: size * perVote };
  };
  const bySize = <T>(make: (size: number) => T): Record<string, T> =>
    Object.fromEntries(fitting.map((size) => [String(size), make(size)]));
  const byWeight = <T>(make: (weight: VoteWeight) => T) => Object.fromEntries(weights.map((weight) => [weight, make(weight)]));
  const swaps = polled.some(({ ballots }) => ballots.some(({ swapped }) => swapped));
  const positions = polled.map(({ ballots }) => {
    const decided = ballots.filter(({ choice }) => choice === 1 || choice === 2);
    return { decided: decided.length, first: decided.filter(({ choice, swapped }) => (choice === 1) !== swapped).length };
  });
  return {
    curves: byWeight((weight) => bySize((size) => pointOf(weight, size))),
    ...(swaps ? { position: positionBias(polled, positions) } : {}),
    byItem: {
      won: byWeight((weight) => bySize((size) => won(weight, size).join(" "))),
      tokens: tokens.join(" "),
      ...(swaps
        ? { first: positions.map(({ first }) => first).join(" "), decided: positions.map(({ decided }) => decided).join(" ") }
        : {}),
    },
  };
}

function halvesOf({ item, ballots }: Polled, size: number, weight: VoteWeight): number {
  const rightOne = rightChoice(item);
  let halves = 0;
  for (let start = 0; start + size <= ballots.length; start += size) {
    const sums = sumsOf(ballots.slice(start, start + size), weight);
    const right = sums.get(rightOne) ?? 0;
    const wrong = Math.max(0, ...[...sums].filter(([choice]) => choice !== rightOne).map(([, sum]) => sum));
    halves += right > wrong ? 2 : right < wrong || right === 0 ? 0 : 1;
  }
  return halves;
}

function sumsOf(ballots: readonly Ballot[], weight: VoteWeight): Map<Choice, number> {
  const sums = new Map<Choice, number>();
  for (const { choice, confidence } of ballots)
    if (choice !== null) sums.set(choice, (sums.get(choice) ?? 0) + (weight === "majority" ? 1 : confidence));
  return sums;
}

function positionBias(
  polled: readonly Polled[],
  positions: readonly { readonly first: number; readonly decided: number }[],
): PositionBias {
  const decided = positions.reduce((sum, one) => sum + one.decided, 0);
  const first = positions.reduce((sum, one) => sum + one.first, 0);
  const same = polled.flatMap(({ ballots }) => {
    const [shown, swapped] = [false, true].map((order) => leader(ballots.filter((one) => one.swapped === order)));
    return shown === null || swapped === null ? [] : [Number(shown === swapped)];
  });
  return {
    choosesFirst: decided === 0 ? null : first / decided,
    consistent: same.length === 0 ? null : mean(same),
  };
}

/** The choice with the most votes; null where two have as many, or none has any. */
function leader(ballots: readonly Ballot[]): Choice {
  const sums = [...sumsOf(ballots, "majority")].sort(([, a], [, b]) => b - a);
  return sums.length === 0 || sums[0]![1] === sums[1]?.[1] ? null : sums[0]![0];
}

/** Of the mean over items, where items of a group are one draw: √(G/(G−1) · Σ_g (Σ_{i∈g} (xᵢ − x̄))²) / n. */
function standardError(values: readonly number[], groups: readonly string[]): number {
  const center = mean(values);
  const sums = new Map<string, number>();
  values.forEach((value, index) => sums.set(groups[index]!, (sums.get(groups[index]!) ?? 0) + value - center));
  const count = sums.size;
  if (count < 2) return 0;
  const squares = [...sums.values()].reduce((sum, value) => sum + value * value, 0);
  return Math.sqrt((count / (count - 1)) * squares) / values.length;
}

/** An item with its responses the other way round; one that compares nothing is itself. */
export function turnedItem(item: PreferenceItem): PreferenceItem {
  const [first, second] = item.responses;
  return isQuestion(item) ? item : { ...item, responses: [second, first], preferred: turned(item.preferred)! };
}

/** A choice that was made with the responses the other way round, as the item numbers them. */
export function turnedChoice(choice: Choice): Choice {
  return choice === 1 ? 2 : choice === 2 ? 1 : choice;
}

const mean = (values: readonly number[]) => (values.length === 0 ? 0 : values.reduce((a, b) => a + b, 0) / values.length);
