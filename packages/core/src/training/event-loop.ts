/**
 * One turn of Node's event loop. Training awaits nothing but promises that are there already, and while only they settle nothing else runs: no
 * signal is heard, no message leaves, and what finalizers would let go of piles up. So a stage's loop calls this once an iteration; it costs
 * microseconds.
 */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
