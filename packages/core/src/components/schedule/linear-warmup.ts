import { z } from "zod";
import { schedule } from "../../plugin/component.ts";

/**
 * Rises in equal steps, then stays.
 *
 *     factor(s) = min(1, (s + 1) / W)              s from 0;  W → steps
 *
 * The first step already has 1/W: a step with learning rate 0 would be a rollout for nothing.
 */
export const linearWarmup = schedule({
  name: "linear-warmup",
  summary: "rises over the first steps, then constant",
  options: z.strictObject({ steps: z.int().min(0).describe("W: how many steps it rises") }),
  create: ({ steps: warmup }) => ({ factor: (step) => warmupFactor(step, warmup) }),
});

/** min(1, (step + 1) / warmup). */
export function warmupFactor(step: number, warmup: number): number {
  return warmup === 0 ? 1 : Math.min(1, (step + 1) / warmup);
}
