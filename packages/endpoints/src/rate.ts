/** How much may be asked of an endpoint in any minute; null: as much as comes. */
export interface RateLimits {
  readonly requestsPerMinute: number | null;
  readonly tokensPerMinute: number | null;
}

/** A request that has begun, and what it takes of the rate. */
export interface Taken {
  readonly at: number;
  /** Estimated first; what the server counted once it is known. */
  tokens: number;
}

/**
 * A sliding window: in no minute do more requests begin, or are more tokens asked for, than the limits say. A request larger than a whole minute's tokens goes
 * alone. Times in ms, of any clock that doesn't go back.
 */
export class RateWindow {
  readonly #limits: RateLimits;
  readonly #windowMs: number;
  #taken: Taken[] = [];
  #pausedUntil = 0;

  constructor(limits: RateLimits, windowMs = 60_000) {
    this.#limits = limits;
    this.#windowMs = windowMs;
  }

  /** Nothing begins before `until`: a server that says 429 means all of us. */
  pause(until: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, until);
  }

  /** Takes its share now, or says how long to wait before asking again, in ms. */
  take(tokens: number, now: number): Taken | number {
    if (now < this.#pausedUntil) return this.#pausedUntil - now;
    this.#taken = this.#taken.filter(({ at }) => at > now - this.#windowMs);
    const { requestsPerMinute, tokensPerMinute } = this.#limits;
    const waits = [
      this.#untilBelow(requestsPerMinute, 1, () => 1, now),
      this.#untilBelow(tokensPerMinute, tokens, (one) => one.tokens, now),
    ];
    const wait = Math.max(...waits);
    if (wait > 0) return wait;
    const taken = { at: now, tokens };
    if (requestsPerMinute !== null || tokensPerMinute !== null) this.#taken.push(taken);
    return taken;
  }

  /** ms until so much of the window has passed that `more` fits below `limit`; 0: now. */
  #untilBelow(limit: number | null, more: number, of: (one: Taken) => number, now: number): number {
    if (limit === null) return 0;
    let over = this.#taken.reduce((sum, one) => sum + of(one), 0) + more - limit;
    let wait = 0;
    for (const one of this.#taken) {
      if (over <= 0) break;
      over -= of(one);
      wait = one.at + this.#windowMs - now;
    }
    return wait;
  }
}
