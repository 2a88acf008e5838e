import { RunError } from "@rewardlab/core";

/** Memory that doesn't do, on whatever engine: what was asked for, what would need less, and which engine has more. */
export function outOfMemory(what: string, otherEngine: string, cause?: unknown): RunError {
  return new RunError(
    "RL_OUT_OF_MEMORY",
    `out of memory: ${what}. A smaller update.microbatch needs less, with the same results; so do fewer prompts in rollout or evaluate. ${otherEngine}`,
    { cause },
  );
}
