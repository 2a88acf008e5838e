import { engine, InputError, messageOf } from "@rewardlab/core";
import type { Compiler, Component } from "@rewardlab/core";
import { z } from "zod";

interface Definition {
  readonly name: string;
  readonly summary: string;
  /** Makes it the current backend and says which version and device it is. Throws, with the reason, where it can't. */
  readonly start: () => Promise<string>;
  /** What to do where it isn't there. */
  readonly advice: string;
  /** How it compiles functions; absent: they run as they are. */
  readonly compiler?: Compiler;
}

/** An engine from a function that starts it; whether it is available is found by trying. */
export function defineEngine({ name, summary, start, advice, compiler }: Definition): Component<"engine"> {
  return engine({
    name,
    summary,
    options: z.strictObject({}),
    create: () => ({
      name,
      ...(compiler && { compiler }),
      probe: async () => {
        try {
          return { name, available: true, detail: await start() };
        } catch (error) {
          return { name, available: false, detail: explained(error, advice) };
        }
      },
      start: async () => {
        try {
          await start();
        } catch (error) {
          throw new InputError("RL_ENGINE", `engine ${name}: can't start: ${explained(error, advice)}`, { cause: error });
        }
      },
    }),
  });
}

/** RewardLab's own errors say what to do themselves. */
function explained(error: unknown, advice: string): string {
  const why = firstLine(messageOf(error));
  return (error as { code?: unknown }).code?.toString().startsWith("RL_") ? why : `${why}. ${advice}`;
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0]!.replace(/[.\s]+$/, "");
}
