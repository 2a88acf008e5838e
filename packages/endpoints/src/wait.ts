import { setTimeout as sleep } from "node:timers/promises";

/** Waits so long, or rejects with the signal's own reason when that is aborted. */
export async function waited(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(milliseconds, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    throw signal?.aborted ? signal.reason : error;
  }
}
