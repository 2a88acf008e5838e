import { InputError, RunError } from "@rewardlab/storage";
import { retryAfter, waitSeconds } from "./backoff.ts";
import { answerCache } from "./cache.ts";
import { BUDGET, Purse } from "./cost.ts";
import type { Spent } from "./cost.ts";
import { EndpointError } from "./errors.ts";
import { NoAnswer, poster } from "./http.ts";
import type { HttpReply } from "./http.ts";
import { apiKeyFrom } from "./key.ts";
import { described, requestKey, wireBody } from "./messages.ts";
import type { ChatRequest } from "./messages.ts";
import type { EndpointOptions } from "./options.ts";
import { RateWindow } from "./rate.ts";
import type { Taken } from "./rate.ts";
import { excerpt, readAnswerBody, readErrorBody } from "./reply.ts";
import type { ChatAnswer } from "./reply.ts";
import { turns } from "./turns.ts";
import { waited } from "./wait.ts";

/** What a client needs besides its options. */
export interface ClientSettings {
  /** The folder of the cache; null: none, whatever `cache` says. */
  readonly cacheFolder: string | null;
  /** Aborts all that is under way and all that waits; what is asked then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Told what a person should know: a cache that can't be written, a long wait that a server asks for. */
  readonly note?: (message: string) => void;
  /** What was spent before, in an earlier life of the run. */
  readonly spent?: Spent;
  /** Whether answers from the cache count as spent as well: a run that goes on after a kill has then spent what one that was never stopped has. Without it, what is paid now counts. */
  readonly countCached?: boolean;
  /** In [0, 1), for the waits between tries. */
  readonly random?: () => number;
}

/** An answer, and whether it was paid for now. */
export interface ChatReply extends ChatAnswer {
  /** It came from the cache. */
  readonly cached: boolean;
}

/** A client of one chat endpoint. */
export interface ChatClient {
  /**
   * The answer to a request. Throws `EndpointError` where there is none after all tries, or the server refuses this one (4xx); `InputError` where no request would be
   * answered (a wrong key or address); `RunError` RL_ENDPOINT_BUDGET where the bounds are reached; and the signal's reason where that is aborted.
   */
  chat(request: ChatRequest, signal?: AbortSignal): Promise<ChatReply>;
  /** What was spent so far. */
  readonly spent: Spent;
}

/** No wait of our own is drawn above this. */
const MOST_BACKOFF_SECONDS = 60;
/** A server that asks to wait for longer is as good as away. */
const MOST_ASKED_SECONDS = 600;
/** A wait from which on a person is told. */
const TOLD_SECONDS = 30;

/** Makes a client. It asks nobody, and needs no key, before `chat` is called. */
export function chatClient(options: EndpointOptions, settings: ClientSettings): ChatClient {
  const { model, body, maxTokensField } = options;
  const { note = () => {}, random = Math.random, countCached = false } = settings;
  const url = options.url.replace(/\/+$/, "");
  const to = { url, model, body, maxTokensField };
  const where = `${model} at ${url}`;
  const purse = new Purse(where, options, settings.spent);
  const cache = options.cache && settings.cacheFolder !== null ? answerCache(settings.cacheFolder, note) : null;
  const asking = asker(options, { where, to, purse, note, random });
  const inTurn = turns(options.concurrency);
  const underWay = new Map<string, Promise<ChatReply>>();

  const recalled = ({ usage, ...answer }: ChatAnswer): ChatReply => {
    if (countCached && usage !== null) purse.add(usage);
    return { ...answer, usage, cached: true };
  };

  const paidOrRecalled = async (key: string, request: ChatRequest, signal: AbortSignal | undefined): Promise<ChatReply> => {
    if (cache === null) return { ...(await asking(request, signal)), cached: false };
    const unclaim = await cache.claim(key, signal);
    try {
      const there = cache.get(key); // whoever had the claim before may have put it there
      if (there !== null) return recalled(there);
      const answer = await asking(request, signal);
      cache.put(key, described(to, request), answer);
      return { ...answer, cached: false };
    } finally {
      unclaim();
    }
  };

  return {
    get spent() {
      return purse.spent;
    },
    async chat(request, own) {
      const signal = anyOf(settings.signal, own);
      for (;;) {
        signal?.throwIfAborted();
        const key = requestKey(to, request);
        const there = cache?.get(key) ?? null;
        if (there !== null) return recalled(there);
        const other = cache === null ? undefined : underWay.get(key);
        if (other === undefined) {
          const asked = inTurn(() => paidOrRecalled(key, request, signal), signal).finally(() => underWay.delete(key));
          underWay.set(key, asked);
          return asked;
        }
        try {
          return recalled(await other);
        } catch (error) {
          // it failed, as ours would; or whoever asked gave up, which is no reason for us to
          if (error instanceof RunError || error instanceof InputError) throw error;
        }
      }
    },
  };
}

/** What is asked, and of whom. */
interface Asking {
  readonly where: string;
  readonly to: Parameters<typeof wireBody>[0];
  readonly purse: Purse;
  readonly note: (message: string) => void;
  readonly random: () => number;
}

/** Asks until there is an answer or no try is left, at the rates and within the bounds. */
function asker(
  options: EndpointOptions,
  { where, to, purse, note, random }: Asking,
): (request: ChatRequest, signal: AbortSignal | undefined) => Promise<ChatAnswer> {
  const key = apiKeyFrom(options.apiKeyFrom);
  const rate = new RateWindow(options);
  const oneByOne = turns(1);
  const post = poster(options.concurrency);
  const backoff = { firstSeconds: options.backoffSeconds, mostSeconds: MOST_BACKOFF_SECONDS };
  let longest = UNSEEN_OUTPUT;

  const shareOf = async (tokens: number, signal: AbortSignal | undefined): Promise<Taken> => {
    for (;;) {
      const taken = rate.take(tokens, Date.now());
      if (typeof taken !== "number") return taken;
      await waited(taken, signal);
    }
  };

  const sent = async (text: string, signal: AbortSignal | undefined): Promise<Outcome> => {
    try {
      const headers = key.headers();
      return outcomeOf(
        await post(`${to.url}/chat/completions`, text, { headers, timeoutSeconds: options.timeoutSeconds, signal }),
      );
    } catch (error) {
      if (error instanceof NoAnswer) return { again: error.message, asked: null, paid: false };
      throw error;
    }
  };

  return async (request, signal) => {
    const text = JSON.stringify(wireBody(to, request));
    const estimate = { inputTokens: inputEstimate(request), outputTokens: request.maxTokens ?? longest };
    for (let tries = 1; ; tries++) {
      const share = await oneByOne(() => shareOf(estimate.inputTokens + estimate.outputTokens, signal), signal);
      const cameTo = purse.begin(estimate);
      const outcome = await sent(text, signal).catch((error: unknown) => {
        cameTo("failed");
        throw error;
      });
      if ("answer" in outcome) {
        const { usage } = outcome.answer;
        cameTo(usage);
        if (usage === null) return outcome.answer;
        share.tokens = usage.inputTokens + usage.outputTokens;
        longest = Math.max(longest, usage.outputTokens);
        return outcome.answer;
      }
      cameTo("again" in outcome && outcome.paid ? null : "failed");
      const told = (message: string) => key.redacted(`${where}: ${message}`);
      if ("wrong" in outcome) throw new InputError("RL_ENDPOINT", told(outcome.wrong));
      if ("empty" in outcome) throw new RunError(BUDGET, told(`the provider refuses to go on: ${outcome.empty}`));
      if ("refused" in outcome) throw new EndpointError(told(outcome.refused), false);
      const { again, asked } = outcome;
      if (tries > options.retries) throw new EndpointError(told(`${again}${tries === 1 ? "" : ` (${tries} tries)`}`), true);
      if (asked !== null && asked > MOST_ASKED_SECONDS)
        throw new EndpointError(
          told(`${again}; it asks to wait for ${Math.ceil(asked)} s, more than ${MOST_ASKED_SECONDS}`),
          true,
        );
      if (asked !== null) rate.pause(Date.now() + 1000 * asked);
      if (asked !== null && asked >= TOLD_SECONDS) note(told(`asks to wait for ${Math.ceil(asked)} s`));
      await waited(1000 * waitSeconds(tries, backoff, asked, random), signal);
    }
  };
}

/** What became of one try: an answer; worth another try; this request is refused; no request would be answered; the provider's quota is used up. */
type Outcome =
  | { readonly answer: ChatAnswer }
  | { readonly again: string; readonly asked: number | null; readonly paid: boolean }
  | { readonly refused: string }
  | { readonly wrong: string }
  | { readonly empty: string };

function outcomeOf({ status, headers, text }: HttpReply): Outcome {
  if (status === 200) {
    const answer = readAnswerBody(text);
    if (typeof answer !== "string") return { answer };
    const said = readErrorBody(text);
    // some gateways say 200 and tell of the error in the body; what can't be read at all may have been paid
    return { again: said === null ? answer : `it says ${said.message}`, asked: null, paid: said === null };
  }
  const said = readErrorBody(text);
  const told = `${status}: ${said?.message ?? excerpt(text)}`;
  if (said?.code === "insufficient_quota" || status === 402) return { empty: told };
  if (status === 408 || status === 425 || status === 429 || status >= 500)
    return { again: told, asked: retryAfter(headers), paid: false };
  if (status === 401 || status === 403)
    return { wrong: `${told}. The key is missing or refused; apiKeyFrom names the environment variable that holds it` };
  if (status === 404 || status === 405 || (status >= 300 && status < 400))
    return {
      wrong: `${told}. There is no such model or no /chat/completions there, expected the endpoint's base, e.g. http://127.0.0.1:8000/v1, and a model that it has`,
    };
  return { refused: told };
}

/** Tokens an answer may have where nothing says so and none was seen. */
const UNSEEN_OUTPUT = 1000;
/** What the dearest of the usual tilings takes for a large picture. */
const PICTURE_TOKENS = 1500;

/** Rather too many than too few: 3 characters a token. */
function inputEstimate({ messages }: ChatRequest): number {
  const parts = messages.flatMap(({ content }) => (typeof content === "string" ? [{ text: content }] : content));
  return parts.reduce((sum, part) => sum + ("text" in part ? Math.ceil(part.text.length / 3) : PICTURE_TOKENS), 0);
}

function anyOf(...signals: readonly (AbortSignal | undefined)[]): AbortSignal | undefined {
  const given = signals.filter((signal) => signal !== undefined);
  return given.length > 1 ? AbortSignal.any(given) : given[0];
}
