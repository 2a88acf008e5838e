import type { Check } from "../check.ts";
import { ConformanceError } from "../check.ts";

/** Runs the checks: the messages of those that fail, by law. */
export async function breaches(checks: readonly Check[]): Promise<Map<string, string>> {
  const failed = new Map<string, string>();
  for (const { law, run } of checks) {
    const error = await run().catch((reason: unknown) => reason);
    if (error === undefined) continue;
    if (!(error instanceof ConformanceError)) throw error;
    failed.set(law, error.message);
  }
  return failed;
}

/** Fails unless these laws are broken (others may be too), each with such a message. */
export function expectBroken(failed: ReadonlyMap<string, string>, expected: Readonly<Record<string, RegExp>>): void {
  for (const [law, message] of Object.entries(expected)) {
    const came = failed.get(law);
    if (came === undefined)
      throw new Error(`"${law}" was not found broken; broken are: ${[...failed.keys()].join("; ") || "none"}`);
    if (!message.test(came)) throw new Error(`"${law}": expected a message like ${String(message)}, got\n${came}`);
  }
}
