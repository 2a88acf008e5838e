/** How long is waited between the tries of one request. */
export interface Backoff {
  /** Upper bound of the wait before the first further try, in seconds; twice that before each one after it. */
  readonly firstSeconds: number;
  /** Upper bound of any wait, in seconds. */
  readonly mostSeconds: number;
}

/**
 * Seconds before try `tries` + 1 (from 1): exponential backoff with full jitter, uniform in [0, min(most, first · 2^(tries − 1))), so that clients which failed
 * together don't come back together. Not less than what the server asked for; then as much jitter on top of it.
 */
export function waitSeconds(
  tries: number,
  { firstSeconds, mostSeconds }: Backoff,
  askedSeconds: number | null,
  random: () => number = Math.random,
): number {
  const jitter = random() * Math.min(mostSeconds, firstSeconds * 2 ** (tries - 1));
  return askedSeconds === null ? jitter : askedSeconds + jitter;
}

/**
 * Seconds that a server asks to wait, by `retry-after-ms`, or `Retry-After` as seconds or as a date (RFC 9110, 10.2.3); null where it says nothing that can be read.
 */
export function retryAfter(headers: Readonly<Record<string, string>>, now: number = Date.now()): number | null {
  const milliseconds = headers["retry-after-ms"]?.trim();
  if (milliseconds !== undefined && /^\d+(\.\d+)?$/.test(milliseconds)) return Number(milliseconds) / 1000;
  const text = headers["retry-after"]?.trim();
  if (text === undefined || text === "") return null;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  const date = Date.parse(text);
  return !/^[A-Za-z]{3}/.test(text) || Number.isNaN(date) ? null : Math.max(0, (date - now) / 1000);
}
