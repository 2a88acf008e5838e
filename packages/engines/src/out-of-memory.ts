import { RunError } from "@rewardlab/core";

/** Memory that doesn't do, on whatever engine: what was asked for, and what would need less. */
export function outOfMemory(what: string, cause?: unknown): RunError {
  return new RunError(
    "RL_OUT_OF_MEMORY",
    `out of memory: ${what}. A smaller update.microbatch needs less, with the same results; so do fewer prompts in rollout or evaluate`,
    { cause },
  );
}
