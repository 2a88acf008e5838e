import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { steadyMemoryFlags, steadyMemoryVariables } from "@rewardlab/core/host";
import type { RunStatus } from "@rewardlab/core/host";
import { explainDeath } from "./death.ts";
import type { Death } from "./death.ts";
import type { WorkerMessage, WorkerTask } from "./messages.ts";

export type WorkerEnd =
  | { readonly type: "finished"; readonly status: RunStatus }
  | { readonly type: "interrupted" }
  | {
      readonly type: "failed";
      /** input: what the user wrote is wrong. run: it said why it failed. died: its process ended or had to be ended. */
      readonly kind: "input" | "run" | "died";
      readonly message: string;
      /** For --debug. */
      readonly stack: string;
      /** One of RewardLab's own errors, whose message says all. */
      readonly known: boolean;
      /** It may be chance, and another try may go well. */
      readonly chance: boolean;
    };

/** What a run tells while it is at work. */
export interface RunListener {
  progress(what: string, done: number, total: number, values: Readonly<Record<string, number | null>>): void;
  note(message: string): void;
  /** Which engine it has; the runs of a grid mostly have the same. */
  engine?(message: string): void;
  /** What its process wrote to stdout or stderr. */
  output?(text: string): void;
}

export interface WorkerOptions {
  /** The run saves where it is, and ends. */
  readonly stop: AbortSignal;
  /** Its process is ended at once; what was saved before is still there. */
  readonly kill?: AbortSignal;
  /** A run that shows no sign of life for so long is taken to hang. 0: never. */
  readonly hangAfterSeconds?: number;
  /** How many cores it may use. */
  readonly threads?: number;
}

/** Until its first sign of life a process may take so long, in seconds: it loads code and libraries, which a busy machine is slow at. */
const STARTING = 120;

/** Runs one task in a process of its own and waits for it. It gets no terminal signal of its own: `stop` is passed on to it. */
export function runInWorker(task: WorkerTask, listener: RunListener, options: WorkerOptions): Promise<WorkerEnd> {
  const { stop, kill, hangAfterSeconds = 0, threads } = options;
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js"; // the sources under tsx, or what was built from them
  const child = fork(fileURLToPath(new URL(`./worker.${extension}`, import.meta.url)), [JSON.stringify(task)], {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    detached: process.platform !== "win32",
    execArgv: [...process.execArgv, ...steadyMemoryFlags],
    env: { ...steadyMemoryVariables, ...(threads === undefined ? {} : threadVariables(threads)), ...process.env },
  });
  let end: WorkerEnd | null = null;
  let complaints = "";
  let hung = false;
  const endAtOnce = () => void child.kill("SIGKILL"); // one that hangs, or is stopped by a signal, heeds no other
  const askToStop = () => void child.kill("SIGTERM");
  const hang = () => {
    hung = true;
    endAtOnce();
  };
  let timer: NodeJS.Timeout | undefined;
  let limit = hangAfterSeconds;
  const alive = (seconds = hangAfterSeconds) => {
    clearTimeout(timer);
    limit = seconds;
    if (hangAfterSeconds > 0 && end === null) timer = setTimeout(hang, seconds * 1000);
  };
  alive(Math.max(hangAfterSeconds, STARTING));
  stop.addEventListener("abort", askToStop, { once: true });
  kill?.addEventListener("abort", endAtOnce, { once: true });
  if (stop.aborted) askToStop();
  if (kill?.aborted) endAtOnce();

  child.stdout!.on("data", (chunk: Buffer) => listener.output?.(chunk.toString()));
  child.stderr!.on("data", (chunk: Buffer) => {
    complaints = (complaints + chunk.toString()).slice(-4000);
    listener.output?.(chunk.toString());
  });
  child.on("message", (message: WorkerMessage) => {
    if (message.type === "progress") listener.progress(message.what, message.done, message.total, message.values);
    else if (message.type === "note") listener.note(message.message);
    else if (message.type === "engine") listener.engine?.(message.message);
    else end = endOf(message);
    alive();
  });
  return new Promise((resolve) => {
    const conclude = (death: Death) => {
      clearTimeout(timer);
      stop.removeEventListener("abort", askToStop);
      kill?.removeEventListener("abort", endAtOnce);
      const { message, known, chance } = hung
        ? {
            message: `showed no sign of life for ${limit} s (${limit > hangAfterSeconds ? "since it was started" : "--hang-after"}) and was ended`,
            known: true,
            chance: true,
          }
        : death;
      const died: WorkerEnd = { type: "failed", kind: "died", message, stack: complaints.trim(), known, chance };
      resolve(end ?? (stop.aborted || kill?.aborted ? { type: "interrupted" } : died));
    };
    child.on("error", (error) =>
      conclude({ message: `its process could not be started: ${error.message}`, known: false, chance: true }),
    );
    child.on("close", (code, killedBy) => conclude(explainDeath(code, killedBy, complaints)));
  });
}

function endOf(message: Extract<WorkerMessage, { type: "finished" | "failed" }>): WorkerEnd {
  if (message.type === "finished") return { type: "finished", status: message.status };
  if (message.kind === "interrupted") return { type: "interrupted" };
  const { kind, message: text, stack, code, chance } = message;
  return { type: "failed", kind, message: text, stack, known: code !== "RL_UNKNOWN", chance };
}

/** What the engines' libraries read; what the user has set himself stays. */
function threadVariables(threads: number): Record<string, string> {
  const names = ["OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"];
  return Object.fromEntries(names.map((name) => [name, String(threads)]));
}
