import type { Ask, Policy, Sampled } from "./question.ts";

/** How much is asked at once. */
export interface BatchLimits {
  /** The most responses side by side; one ask of more is a batch of its own. */
  readonly rows: number;
  /** The most tokens side by side: rows times the longest prompt and the longest response. */
  readonly tokens: number;
  /** How long the first ask of a batch that isn't full waits for others, in milliseconds. */
  readonly waitMs: number;
}

/** Asks that wait for their turn, and those under way. */
export interface Batches {
  /** Rejects with the signal's reason where that is aborted first. */
  ask(ask: Ask): Promise<readonly Sampled[]>;
  /** Asks that wait. */
  readonly waiting: number;
}

interface Waiting {
  readonly ask: Ask;
  readonly since: number;
  resolve(samples: readonly Sampled[]): void;
  reject(error: unknown): void;
}

/** What was asked together. */
export interface BatchReport {
  readonly asks: number;
  readonly rows: number;
  readonly promptTokens: number;
  readonly newTokens: number;
  readonly seconds: number;
}

/**
 * Answers what arrives together with one call of the policy: asks of one kind, temperature and number of samples, the oldest first, as many as the limits allow.
 * One batch is under way at a time; what arrives meanwhile is the next. Where a batch fails, each of its asks is tried alone, so that none fails for another's sake.
 */
export function batches(policy: Policy, limits: BatchLimits, onBatch: (report: BatchReport) => void): Batches {
  const queue: Waiting[] = [];
  let working = false;
  let arrived = () => {};

  async function work(): Promise<void> {
    working = true;
    for (let first = queue[0]; first !== undefined; first = queue[0]) {
      const due = first.since + limits.waitMs;
      while (nextBatch(queue, limits).open && performance.now() < due && queue[0] === first)
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, Math.max(0, due - performance.now()));
          arrived = () => {
            clearTimeout(timer);
            setImmediate(resolve); // what else has arrived by now is heard first
          };
        });
      arrived = () => {};
      const { chosen } = nextBatch(queue, limits);
      for (const one of chosen) queue.splice(queue.indexOf(one), 1);
      if (chosen.length > 0) await answer(chosen);
    }
    working = false;
  }

  async function answer(chosen: readonly Waiting[]): Promise<void> {
    const start = performance.now();
    try {
      const answers = await policy.sample(chosen.map(({ ask }) => ask));
      const all = answers.flat();
      onBatch({
        asks: chosen.length,
        rows: all.length,
        promptTokens: chosen.reduce((sum, { ask }) => sum + ask.promptTokens, 0),
        newTokens: all.reduce((sum, { tokens }) => sum + tokens, 0),
        seconds: (performance.now() - start) / 1000,
      });
      chosen.forEach(({ resolve }, index) => resolve(answers[index]!));
    } catch (error) {
      if (chosen.length === 1) return chosen[0]!.reject(error);
      for (const one of chosen) if (!one.ask.signal.aborted) await answer([one]);
    }
  }

  return {
    ask: (ask) =>
      new Promise<readonly Sampled[]>((resolve, reject) => {
        const { signal } = ask;
        const leave = () => {
          const at = queue.indexOf(waiting);
          if (at >= 0) queue.splice(at, 1);
          arrived();
          reject(signal.reason);
        };
        const settle = <T>(act: (value: T) => void) => {
          return (value: T) => {
            signal.removeEventListener("abort", leave);
            act(value);
          };
        };
        const waiting: Waiting = { ask, since: performance.now(), resolve: settle(resolve), reject: settle(reject) };
        if (signal.aborted) return reject(signal.reason);
        signal.addEventListener("abort", leave, { once: true });
        queue.push(waiting);
        arrived();
        if (!working) void work();
      }),
    get waiting() {
      return queue.length;
    },
  };
}

/** The asks that go with the oldest one; open: more would fit. */
function nextBatch(
  queue: readonly Waiting[],
  { rows: mostRows, tokens: mostTokens }: BatchLimits,
): { readonly chosen: readonly Waiting[]; readonly open: boolean } {
  const [first] = queue;
  if (first === undefined) return { chosen: [], open: true };
  const chosen: Waiting[] = [];
  let longest = 0;
  for (const waiting of queue) {
    if (kindOf(waiting.ask) !== kindOf(first.ask)) continue;
    const { samples, promptTokens, maxNewTokens } = waiting.ask;
    const columns = Math.max(longest, promptTokens + maxNewTokens);
    const rows = (chosen.length + 1) * samples;
    if (chosen.length > 0 && (rows > mostRows || rows * columns > mostTokens)) return { chosen, open: false };
    chosen.push(waiting);
    longest = columns;
  }
  const next = (chosen.length + 1) * first.ask.samples;
  return { chosen, open: next <= mostRows && next * longest <= mostTokens };
}

const kindOf = ({ question, samples, temperature }: Ask) => `${"item" in question} ${samples} ${temperature}`;
