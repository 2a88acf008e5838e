import { makeFolder } from "@rewardlab/storage";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import type { RunListener, WorkerEnd } from "./launch.ts";

/** log.txt in a run's folder: when its processes began and ended, what they did, all that they wrote and noted. */
export interface RunLog extends RunListener {
  readonly path: string;
  begin(attempt: number, threads: number): void;
  end(end: WorkerEnd): void;
  output(text: string): void;
}

/** A log that can't be written is none: the run's own files tell of a full disk. */
export function runLog(folder: string): RunLog {
  const path = join(folder, "log.txt");
  let what = "";
  const write = (text: string) => {
    try {
      makeFolder(folder);
      appendFileSync(path, text);
    } catch {
      // said above
    }
  };
  const say = (text: string) => write(`${new Date().toISOString()} ${text}\n`);
  return {
    path,
    begin: (attempt, threads) => {
      what = "";
      say(
        `${attempt === 1 ? "started" : `started again, attempt ${attempt}`}; may use ${threads} thread${threads === 1 ? "" : "s"}`,
      );
    },
    progress: (name, done, total, values) => {
      const isLast = total > 0 && done === total;
      if (name === what && !isLast) return;
      what = name;
      const shown = Object.entries(values).map(
        ([key, value]) => ` ${key} ${value === null ? "not finite" : value.toPrecision(4)}`,
      );
      say(total === 0 ? name : `${name} ${done}/${total}${shown.join("")}`);
    },
    note: say,
    output: write,
    end: (end) => {
      if (end.type === "finished")
        say(end.status.reason === null ? end.status.status : `${end.status.status}: ${end.status.reason}`);
      else if (end.type === "interrupted") say("stopped");
      else say(`failed: ${end.message}${end.kind === "run" && end.stack ? `\n${end.stack}` : ""}`);
    },
  };
}
