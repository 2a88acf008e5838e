import { isInputError, isInterrupted, messageOf } from "@rewardlab/storage";
import { createPlugin } from "./create.ts";
import { askerOn } from "./questions.ts";

/** The command. Exit codes: 0 made, 2 wrong input, 130 interrupted, 1 anything else. */
try {
  await createPlugin(process.argv.slice(2), () => askerOn(process.stdin, process.stdout), console.log, process.env);
} catch (error) {
  console.error(`error ${messageOf(error)}`);
  process.exitCode = isInputError(error) ? 2 : isInterrupted(error) ? 130 : 1;
}
