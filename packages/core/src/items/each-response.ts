import { setTimeout as sleep } from "node:timers/promises";
import { InputError, Interrupted, isInputError, messageOf } from "@rewardlab/storage";
import type { PreferenceItem, RewardBatch, RewardOutcome } from "../kinds.ts";

/** How many questions run at once, how long one may take, and how often it is tried again. */
export interface EachOptions {
  /** How many responses are under way at a time. */
  readonly concurrency: number;
  /** How long one try may take. */
  readonly timeoutSeconds: number;
  /** How often a response is tried again after a failure or a time-out. */
  readonly retries: number;
  /** What is waited before the first further try, in seconds; twice as long before each one after it. */
  readonly waitSeconds?: number;
  /** Errors besides `InputError` that no other response would fare better with, e.g. a budget that is used up: they stop the run at once. */
  readonly stopsAt?: (error: unknown) => boolean;
}

/** What is asked about one response. */
export interface Asked {
  /** What the policy wrote. */
  readonly response: string;
  readonly item: PreferenceItem;
  /** Its place in the batch. */
  readonly index: number;
  /** Aborted when this try's time is over, or the run is to stop: to be handed on to `fetch` and the like. */
  readonly signal: AbortSignal;
}

/**
 * A rule that asks somebody about each response (a judge, a server), for `Reward.score`: outcomes in the responses' order. A response that every try failed
 * on is `invalid` with the last reason. What must not go on as if it were an answer that is away, a wrong key or address, is thrown as an `InputError`,
 * or `stopsAt` says so: it stops the run at once.
 */
export async function eachResponse(
  { responses, items, signal }: RewardBatch,
  options: EachOptions,
  ask: (asked: Asked) => Promise<RewardOutcome>,
): Promise<RewardOutcome[]> {
  const { concurrency, waitSeconds = 1, retries, stopsAt = () => false } = checked(options);
  const stop = new AbortController(); // one that must stop the run stops the others
  const over = AbortSignal.any([stop.signal, ...(signal === undefined ? [] : [signal])]);
  const outcomes: RewardOutcome[] = [];
  const outcomeOf = async (index: number): Promise<RewardOutcome> => {
    for (let tries = 1; ; tries++) {
      try {
        return await withinTime(options.timeoutSeconds, over, (own) =>
          ask({ response: responses[index]!, item: items[index]!, index, signal: own }),
        );
      } catch (error) {
        if (over.aborted || isInputError(error) || stopsAt(error)) throw error;
        if (tries > retries) return { invalid: `${messageOf(error)}${tries === 1 ? "" : ` (${tries} tries)`}` };
      }
      await sleep(1000 * waitSeconds * 2 ** (tries - 1), undefined, { signal: over });
    }
  };
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < responses.length && !over.aborted; index = next++) outcomes[index] = await outcomeOf(index);
  };
  try {
    await Promise.all(
      Array.from({ length: Math.min(concurrency, responses.length) }, () =>
        worker().catch((error: unknown) => {
          stop.abort();
          throw error;
        }),
      ),
    );
  } catch (error) {
    throw signal?.aborted ? new Interrupted("stopped while responses were being scored") : error;
  }
  if (signal?.aborted) throw new Interrupted("stopped while responses were being scored");
  return outcomes;
}

/** The result of `work`, or a rejection when its time is over or `over` is aborted, whether `work` heeds its signal or not. */
async function withinTime<T>(seconds: number, over: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const time = new AbortController();
  const timer = setTimeout(() => time.abort(new Error(`no answer within ${seconds} s`)), 1000 * seconds);
  const either = AbortSignal.any([time.signal, over]);
  try {
    return await Promise.race([
      new Promise<never>((_, reject) => {
        const fail = () => reject(either.reason as Error);
        if (either.aborted) fail();
        else either.addEventListener("abort", fail, { once: true });
      }),
      work(either),
    ]);
  } catch (error) {
    throw time.signal.aborted ? time.signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}

function checked(options: EachOptions): EachOptions {
  const { concurrency, timeoutSeconds, retries, waitSeconds = 0 } = options;
  const rules: [string, number, boolean, string][] = [
    ["concurrency", concurrency, Number.isInteger(concurrency) && concurrency >= 1, "a whole number from 1 on"],
    ["timeoutSeconds", timeoutSeconds, timeoutSeconds > 0 && timeoutSeconds <= LONGEST, `more than 0, at most ${LONGEST}`],
    ["retries", retries, Number.isInteger(retries) && retries >= 0, "a whole number from 0 on"],
    ["waitSeconds", waitSeconds, waitSeconds >= 0 && waitSeconds <= LONGEST, `0 to ${LONGEST}`],
  ];
  const wrong = rules.find(([, , sound]) => !sound);
  if (wrong) throw new InputError("RL_EACH_RESPONSE", `eachResponse: ${wrong[0]} is ${wrong[1]}, expected ${wrong[3]}`);
  return options;
}

/** A day: timers count no more than 2³¹ milliseconds. */
const LONGEST = 86_400;
