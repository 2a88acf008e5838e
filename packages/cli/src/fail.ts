import { messageOf } from "@rewardlab/core";
import { isInputError, isInterrupted } from "@rewardlab/storage";
import { openFilesLimit, processLimit } from "@rewardlab/storage";
import pc from "picocolors";

export const unknownError = "This is not an error RewardLab knows; --debug shows where it comes from.";

/** Prints an error as a person wants it and sets the exit code: 2 wrong input, 130 interrupted, 1 anything else. */
export function fail(error: unknown, debug: boolean): void {
  process.exitCode = isInputError(error) ? 2 : isInterrupted(error) ? 130 : 1;
  const known = error instanceof Error && "code" in error && String(error.code).startsWith("RL_");
  console.error(`${pc.red("error")} ${messageOf(error)}`);
  if (debug && error instanceof Error) console.error(error.stack, error.cause ?? "");
  else if (!known && !isInterrupted(error)) console.error(fewFiles() ?? unknownError);
}

/** Node then finds no packages, or says other things that lead astray. */
function fewFiles(): string | null {
  const limit = processLimit("n");
  return limit !== null && limit < ENOUGH_FILES ? `${openFilesLimit()} That may be why.` : null;
}

const ENOUGH_FILES = 512;
