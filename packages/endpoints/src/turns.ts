/** Runs at most `most` pieces of work at a time, in the order in which they came. One that is aborted while it waits never begins. */
export function turns(most: number): <T>(work: () => Promise<T>, signal?: AbortSignal) => Promise<T> {
  let busy = 0;
  const waiting: (() => void)[] = [];
  const next = () => {
    busy -= 1;
    waiting.shift()?.();
  };
  const turn = (signal: AbortSignal | undefined) =>
    new Promise<void>((resolve, reject) => {
      const begin = () => {
        signal?.removeEventListener("abort", leave);
        busy += 1;
        resolve();
      };
      const leave = () => {
        waiting.splice(waiting.indexOf(begin), 1);
        reject(signal!.reason as Error);
      };
      if (signal?.aborted) return reject(signal.reason as Error);
      if (busy < most) return begin();
      waiting.push(begin);
      signal?.addEventListener("abort", leave, { once: true });
    });
  return async (work, signal) => {
    await turn(signal);
    try {
      return await work();
    } finally {
      next();
    }
  };
}
