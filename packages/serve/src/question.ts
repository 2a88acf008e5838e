import type { Conversation, PreferenceItem } from "@rewardlab/core";

/** What a policy is asked: an item, put in the policy's own words, or a conversation. */
export type Question = { readonly item: PreferenceItem } | { readonly conversation: Conversation };

/** Responses that are wanted to one question. */
export interface Ask {
  readonly question: Question;
  /** Tokens of the question's prompt. */
  readonly promptTokens: number;
  /** How many responses. */
  readonly samples: number;
  readonly temperature: number;
  readonly maxNewTokens: number;
  /** A response ends before the first of these texts. */
  readonly stop: readonly string[];
  /** Sample k draws from the stream `${stream}/${k}` of this seed, whoever else is asked at the same time. */
  readonly seed: number;
  readonly stream: string;
  /** Aborted: nobody waits for it any more. */
  readonly signal: AbortSignal;
  /** Called with a sample's text so far, while it is made. */
  readonly onText?: (sample: number, text: string) => void;
}

/** One response. */
export interface Sampled {
  readonly text: string;
  /** Without the end token. */
  readonly ids: readonly number[];
  readonly logProbs: readonly number[];
  /** Tokens that were drawn, the end token among them. */
  readonly tokens: number;
  /** stop: it ended by itself or at a stop text; length: it was as long as it may be. */
  readonly finish: "stop" | "length";
  /** How sure the policy was of its answer, `answerProbability`; null where it gave none. */
  readonly confidence: number | null;
}

/** A policy that can be asked. */
export interface Policy {
  /** The name that requests may give as `model`. */
  readonly name: string;
  /** Whether it reads conversations; else it reads items alone. */
  readonly converses: boolean;
  /** The most tokens that a prompt and its response may have together. */
  readonly contextLength: number;
  /** Tokens of a question's prompt. Throws `InputError` for a question that it can't be asked. */
  promptTokens(question: Question): number;
  /** A token as text. */
  spelt(id: number): string;
  /** Responses to questions of one kind, with one temperature and number of samples, in their order. */
  sample(asks: readonly Ask[]): Promise<readonly (readonly Sampled[])[]>;
}
