import { readSync } from "node:fs";
import { runHand } from "./hand-loop.ts";
import { runHf } from "./real/hf-loop.ts";
import type { Assignment, Message } from "./messages.ts";
import { runTrainer } from "./trainer.ts";

/** A contender of ours in a process of its own. */
const tell = (message: Message) => process.stdout.write(`@@${JSON.stringify(message)}\n`);

/** Waits, with the process stopped, until the runner says go; false when it is over. */
function waitForGo(): boolean {
  const byte = Buffer.alloc(1);
  let line = "";
  for (;;) {
    let read = 0;
    try {
      read = readSync(0, byte, 0, 1, null);
    } catch (error) {
      if ((error as { code?: string }).code !== "EAGAIN") return false;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
      continue;
    }
    if (read === 0) return false;
    if (byte[0] !== 10) line += byte.toString();
    else return line === "go";
  }
}

const assignment = JSON.parse(process.argv[2]!) as Assignment;
const run = { trainer: runTrainer, hf: runHf }[assignment.contender.split(" ")[0]!] ?? runHand;
await run(assignment, { tell, waitForGo });
process.exit(0);
