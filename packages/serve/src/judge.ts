import { createHash } from "node:crypto";
import { readAnswer, readThought, turned, voteSums, winnerOf } from "@rewardlab/core";
import type { Preferred, Vote, VoteSums, VoteWeight } from "@rewardlab/core";
import type { NamedPicture } from "./pictures.ts";
import type { Ask, Sampled } from "./question.ts";
import { askFor, usageOf } from "./serving.ts";
import type { Serving } from "./serving.ts";

/** Two responses that are to be compared. */
export interface Pair {
  readonly question: string;
  readonly pictures: readonly NamedPicture[];
  readonly responses: readonly [string, string];
  readonly votes: number;
  /** Every second vote is asked with the responses the other way round. */
  readonly swap: boolean;
  readonly weight: VoteWeight;
  readonly temperature: number;
  readonly maxNewTokens: number | null;
  readonly seed: number;
  readonly signal: AbortSignal;
  /** The field that holds it, for messages. */
  readonly param: string;
}

/** A vote with its words. */
export interface Judgement extends Vote {
  /** By the number that the request gives the responses. */
  readonly choice: Preferred | null;
  readonly thought: string | null;
  readonly swapped: boolean;
}

/** What the votes came to. */
export interface Verdict {
  readonly judgements: readonly Judgement[];
  /** null: two choices have as much, or no vote can be read. */
  readonly preference: Preferred | null;
  /** The preference's share of the votes' weight; where there is none, the largest share; null: no vote can be read. */
  readonly confidence: number | null;
  readonly sums: VoteSums;
  readonly usage: ReturnType<typeof usageOf>;
}

/** Asks for judgements and counts them. */
export async function verdictOn(serving: Serving, pair: Pair): Promise<Verdict> {
  const swappedVotes = pair.swap ? Math.floor(pair.votes / 2) : 0;
  const asks = [askOf(serving, pair, pair.votes - swappedVotes, false)];
  if (swappedVotes > 0) asks.push(askOf(serving, pair, swappedVotes, true));
  const answers = await Promise.all(asks.map((ask) => serving.batches.ask(ask)));
  const judgements = answers.flatMap((samples, index) => samples.map((one) => judgementOf(one, index === 1)));
  serving.unreadable(judgements.filter(({ choice }) => choice === null).length);
  const sums = voteSums(judgements, pair.weight);
  const preference = winnerOf(sums);
  const all = sums[1] + sums[2] + sums.tie;
  const confidence = all === 0 ? null : Math.max(sums[1], sums[2], sums.tie) / all;
  return { judgements, preference, confidence, sums, usage: usageOf(asks, answers) };
}

function askOf(serving: Serving, pair: Pair, samples: number, swapped: boolean): Ask {
  const { question, pictures, responses, temperature, maxNewTokens, seed, signal, param } = pair;
  const [first, second] = responses;
  const item = {
    id: "asked",
    question,
    responses: swapped ? ([second, first] as const) : responses,
    preferred: 1 as const,
    images: pictures,
  };
  // Another question draws other numbers from the same seed: rewards of a batch don't err together.
  const asked = JSON.stringify([question, responses, pictures.map(({ path }) => path)]);
  const stream = `reward/${swapped ? "swapped/" : ""}${createHash("sha256").update(asked).digest("hex")}`;
  return askFor(serving, { question: { item }, samples, temperature, maxNewTokens, stop: [], seed, stream, signal, param });
}

function judgementOf({ text, confidence }: Sampled, swapped: boolean): Judgement {
  const answer = readAnswer(text);
  const given: Preferred | null = answer === "1" ? 1 : answer === "2" ? 2 : answer === "tie" ? "tie" : null;
  return {
    choice: swapped ? turned(given) : given,
    confidence: confidence ?? 0,
    thought: readThought(text),
    swapped,
  };
}
