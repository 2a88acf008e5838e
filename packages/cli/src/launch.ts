import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { RunStatus } from "@rewardlab/core";
import type { WorkerMessage, WorkerTask } from "./messages.ts";

export type WorkerEnd =
  | { readonly type: "finished"; readonly status: RunStatus }
  | { readonly type: "interrupted" }
  | {
      readonly type: "failed";
      readonly kind: "input" | "run";
      readonly message: string;
      /** For --debug. */
      readonly stack: string;
      /** One of RewardLab's own errors, whose message says all. */
      readonly known: boolean;
    };

/** What a run tells while it is at work. */
export interface RunListener {
  progress(what: string, done: number, total: number, values: Readonly<Record<string, number>>): void;
  note(message: string): void;
}

/** Runs one task in a process of its own and waits for it. It gets no terminal signal of its own: `signal` is passed on to it. */
export function runInWorker(task: WorkerTask, listener: RunListener, signal: AbortSignal): Promise<WorkerEnd> {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js"; // the sources under tsx, or what was built from them
  const child = fork(fileURLToPath(new URL(`./worker.${extension}`, import.meta.url)), [JSON.stringify(task)], {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    detached: process.platform !== "win32",
  });
  const stop = () => child.kill("SIGTERM");
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  let end: WorkerEnd | null = null;
  let complaints = "";
  child.stderr!.on("data", (chunk: Buffer) => (complaints = (complaints + chunk.toString()).slice(-4000)));
  child.on("message", (message: WorkerMessage) => {
    if (message.type === "progress") listener.progress(message.what, message.done, message.total, message.values);
    else if (message.type === "note") listener.note(message.message);
    else if (message.type === "finished") end = { type: "finished", status: message.status };
    else if (message.kind === "interrupted") end = { type: "interrupted" };
    else
      end = {
        type: "failed",
        kind: message.kind,
        message: message.message,
        stack: message.stack,
        known: message.code !== "RL_UNKNOWN",
      };
  });
  return new Promise((resolve) => {
    child.on("close", (code, killedBy) => {
      signal.removeEventListener("abort", stop);
      const died: WorkerEnd = {
        type: "failed",
        kind: "run",
        message: `its process ended with ${killedBy ?? `code ${code}`}`,
        stack: complaints.trim(),
        known: false,
      };
      resolve(end ?? (signal.aborted ? { type: "interrupted" } : died));
    });
  });
}
