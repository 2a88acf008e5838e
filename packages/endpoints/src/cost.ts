import { RunError } from "@rewardlab/storage";

/** Tokens of a request, as the server counted them. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** Prices of a million tokens, in any one currency. */
export interface Prices {
  readonly input: number;
  readonly output: number;
}

/** What may be spent; null: any amount. */
export interface Bounds {
  readonly prices: Prices | null;
  readonly maxCost: number | null;
  /** Requests sent, every try counted. */
  readonly maxRequests: number | null;
}

/** What an endpoint was asked, and what that came to. */
export interface Spent {
  /** Requests sent, every try counted. */
  readonly requests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** By the prices given; 0 without prices. */
  readonly cost: number;
  /** Answers whose tokens the server didn't count; their cost is what was estimated for them. */
  readonly uncounted: number;
}

/** Before the first request. */
export const nothingSpent: Spent = { requests: 0, inputTokens: 0, outputTokens: 0, cost: 0, uncounted: 0 };

/** The cost of so many tokens; 0 without prices. */
export function costOf({ inputTokens, outputTokens }: Usage, prices: Prices | null): number {
  return prices === null ? 0 : (inputTokens * prices.input + outputTokens * prices.output) / 1e6;
}

/** What so many requests and tokens come to. The cost is that of the sums, so that it doesn't depend on the order of the answers. */
export function spentOf(counts: Omit<Spent, "cost">, prices: Prices | null): Spent {
  return { ...counts, cost: costOf(counts, prices) };
}

/**
 * Counts what is spent, and refuses what might lead beyond the bounds: what was spent, what is under way at its estimate, and the new request at its own. An answer
 * may be dearer than its estimate; by so much, and no more than what was under way, the bound can be passed.
 */
export class Purse {
  readonly #bounds: Bounds;
  readonly #where: string;
  #counts: Omit<Spent, "cost">;
  #reserved = 0;

  constructor(where: string, bounds: Bounds, before: Omit<Spent, "cost"> = nothingSpent) {
    this.#where = where;
    this.#bounds = bounds;
    this.#counts = before;
  }

  get spent(): Spent {
    return spentOf(this.#counts, this.#bounds.prices);
  }

  /** A request begins, at an estimate of its tokens. Throws `RunError` (RL_ENDPOINT_BUDGET). The returned function tells what it came to: usage, null where it wasn't counted, or "failed". */
  begin(estimate: Usage): (usage: Usage | null | "failed") => void {
    const { maxCost, maxRequests, prices } = this.#bounds;
    const cost = costOf(estimate, prices);
    const { requests } = this.#counts;
    if (maxRequests !== null && requests + 1 > maxRequests)
      throw this.#over(`maxRequests is ${maxRequests}, and so many were sent`);
    const spent = this.spent.cost;
    if (maxCost !== null && spent + this.#reserved + cost > maxCost)
      throw this.#over(
        `maxCost is ${maxCost}; ${amount(spent)} is spent, ${amount(this.#reserved)} under way, and another request may cost ${amount(cost)}`,
      );
    this.#counts = { ...this.#counts, requests: requests + 1 };
    this.#reserved += cost;
    let open = true;
    return (usage) => {
      if (!open) return;
      open = false;
      this.#reserved -= cost;
      if (usage !== "failed") this.add(usage ?? estimate, usage === null ? 1 : 0);
    };
  }

  /** Counts an answer for which no request is sent now. */
  add(usage: Usage, uncounted = 0): void {
    this.#counts = {
      requests: this.#counts.requests,
      inputTokens: this.#counts.inputTokens + usage.inputTokens,
      outputTokens: this.#counts.outputTokens + usage.outputTokens,
      uncounted: this.#counts.uncounted + uncounted,
    };
  }

  #over(why: string): RunError {
    return new RunError(
      BUDGET,
      `${this.#where}: the budget is used up: ${why}. Nothing that was paid is lost: raise it, and run again.`,
    );
  }
}

/** The code of the error that ends what may be spent. */
export const BUDGET = "RL_ENDPOINT_BUDGET";

const amount = (cost: number) => String(Number(cost.toPrecision(4)));
