import { messageOf } from "@rewardlab/storage";

/** What is to be ended with a process or a run, the last first. (tsyringe ends what it has constructed itself, all at once: docs/decisions/0011.) */
export interface Lifetime {
  add(what: string, end: () => unknown): void;
  /** What went wrong with something that ended within it. */
  tell(messages: readonly string[]): void;
  /** Ends all of it, once, whatever goes wrong, and gives what did. */
  end(): Promise<readonly string[]>;
}

/** A service that takes longer to end is left behind. */
const SECONDS = 10;

/** `within`: what it ends with at the latest. */
export function endOf(within: Lifetime | null, seconds = SECONDS): Lifetime {
  const ends: { readonly what: string; readonly end: () => unknown }[] = [];
  const told: string[] = [];
  const end = async () => {
    for (let last = ends.pop(); last !== undefined; last = ends.pop()) {
      try {
        await withinSeconds(seconds, last.end());
      } catch (error) {
        told.push(`${last.what}: dispose failed: ${messageOf(error)}`);
      }
    }
    return told.splice(0);
  };
  const inner = async () => void within?.tell(await end());
  return {
    add: (what, one) => {
      if (ends.length === 0) within?.add("", inner);
      ends.push({ what, end: one });
    },
    tell: (messages) => void told.push(...messages),
    end,
  };
}

async function withinSeconds(seconds: number, ending: unknown): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`it took more than ${seconds} s`)), seconds * 1000);
  });
  await Promise.race([ending, late]).finally(() => clearTimeout(timer));
}
