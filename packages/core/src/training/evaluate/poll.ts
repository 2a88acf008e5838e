import { answerProbability } from "../../items/answer-probability.ts";
import type { Model, Parameters, PreferenceItem, RemoteModel, Tokenizer } from "../../kinds.ts";
import { randomStream } from "@rewardlab/statistics/random";
import { generateRollout } from "../rollout.ts";
import type { Prompts, Rollout, RolloutOptions } from "../rollout.ts";
import { turnedChoice, turnedItem } from "./vote-curve.ts";
import type { Ballot } from "./vote-curve.ts";
import { choiceOf } from "./votes.ts";

/** Responses to some items, all of the first before those of the second. */
export interface Poll {
  readonly texts: readonly string[];
  /** What each response was shown. */
  readonly items: readonly PreferenceItem[];
  readonly ballots: readonly Ballot[];
}

/** Who is asked, and how. */
export interface PollOptions extends RolloutOptions {
  readonly model: Model | RemoteModel;
  readonly policy: Parameters;
  readonly seed: number | string;
  /** The sampling's stream. */
  readonly stream: string;
  /** Every second response is to the item with its responses the other way round. */
  readonly swap: boolean;
  /** Whether ballots are weighed by their confidence; else it is 0. */
  readonly weighed: boolean;
}

/** Asks a policy about items. Where orders are swapped, ⌈G/2⌉ of an item's G responses see it as it is, and they take turns. */
export async function poll(
  prompts: Prompts,
  { model, policy, seed, stream, swap, weighed, ...options }: PollOptions,
): Promise<Poll> {
  const { samplesPerPrompt: samples } = options;
  const swapped = swap ? Math.floor(samples / 2) : 0;
  const ask = (some: Prompts, samplesPerPrompt: number, name: string) =>
    generateRollout(model, policy, some, { ...options, samplesPerPrompt }, randomStream(seed, name));
  const straight = await ask(prompts, samples - swapped, stream);
  const other =
    swapped === 0 ? null : await ask({ ...prompts, items: prompts.items.map(turnedItem) }, swapped, `${stream}/swapped`);
  const rows = prompts.items.flatMap((item, index) =>
    Array.from({ length: samples }, (_, sample) => {
      const turns = other !== null && sample % 2 === 1 ? other : null;
      const rollout = turns ?? straight;
      const own = turns === null ? samples - swapped : swapped;
      const row = index * own + (other === null ? sample : Math.floor(sample / 2));
      return {
        text: rollout.texts[row]!,
        item: rollout.items[row]!,
        ballot: ballotOf(item, rollout, row, { tokenizer: weighed ? model.tokenizer : null, swapped: turns !== null }),
      };
    }),
  );
  return { texts: rows.map(({ text }) => text), items: rows.map(({ item }) => item), ballots: rows.map(({ ballot }) => ballot) };
}

function ballotOf(
  item: PreferenceItem,
  { texts, responseIds, logProbs, lengths, tokens, truncated }: Rollout,
  row: number,
  { tokenizer, swapped }: { readonly tokenizer: Tokenizer | null; readonly swapped: boolean },
): Ballot {
  const from = row * tokens;
  const length = lengths[row]! - (truncated[row]! ? 0 : 1);
  const choice = choiceOf(item, texts[row]!);
  const sure = () =>
    answerProbability(tokenizer!, {
      ids: [...responseIds.subarray(from, from + length)],
      logProbs: logProbs.subarray(from, from + length),
    });
  return {
    choice: swapped ? turnedChoice(choice) : choice,
    confidence: tokenizer === null || choice === null ? 0 : (sure() ?? 0),
    tokens: lengths[row]!,
    swapped,
  };
}
