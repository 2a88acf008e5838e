import { closeSync, openSync, readFileSync, rmSync, statSync, utimesSync, writeSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { isRunning, makeFolder, messageOf, writeFileAtomic } from "@rewardlab/storage";
import type { ChatAnswer } from "./reply.ts";
import { waited } from "./wait.ts";

/** Answers on disk, a file each, by what was asked. Any number of processes may share one. */
export interface AnswerCache {
  /** The answer to this request, if there is one. */
  get(key: string): ChatAnswer | null;
  /** Keeps an answer. Where the disk refuses, that is told once and nothing more is kept: an answer that was paid for is used all the same. */
  put(key: string, request: object, answer: ChatAnswer): void;
  /**
   * Waits until nobody else is asking the same; `get` then has their answer, or the caller asks. The returned function ends the claim. A claim whose process
   * is gone, or that showed no life for a minute, is taken over.
   */
  claim(key: string, signal: AbortSignal | undefined): Promise<() => void>;
}

const POLL_MS = 50;
const BEAT_MS = 10_000;
const DEAD_MS = 60_000;

/** The cache in a folder, which is made when the first answer is kept. `note` is told what goes wrong, once each. */
export function answerCache(folder: string, note: (message: string) => void): AnswerCache {
  let refused = false;
  const refuse = (what: string, error: unknown) => {
    if (!refused)
      note(`${folder}: ${what} (${messageOf(error)}). Answers are no longer kept: what is asked again is paid again.`);
    refused = true;
  };
  const pathOf = (key: string, ending: string) => join(folder, key.slice(0, 2), `${key}.${ending}`);
  return {
    get: (key) => read(pathOf(key, "json")),
    put(key, request, answer) {
      if (refused) return;
      try {
        writeFileAtomic(pathOf(key, "json"), `${JSON.stringify({ answer, request, at: new Date().toISOString() })}\n`);
      } catch (error) {
        refuse("an answer can't be kept", error);
      }
    },
    async claim(key, signal) {
      const path = pathOf(key, "claim");
      for (;;) {
        signal?.throwIfAborted();
        if (refused) return () => {};
        try {
          if (take(path)) return held(path);
        } catch (error) {
          refuse("a request can't be claimed", error);
        }
        if (isDead(path)) rmSync(path, { force: true });
        else if (!refused) await waited(POLL_MS, signal);
      }
    },
  };
}

/** null: there is none, or it can't be read: it is then asked again, and written anew. */
function read(path: string): ChatAnswer | null {
  try {
    const { answer } = JSON.parse(readFileSync(path, "utf8")) as { readonly answer?: ChatAnswer };
    return typeof answer?.text === "string" ? answer : null;
  } catch {
    return null;
  }
}

/** Makes the claim's file; false: there is one. */
function take(path: string): boolean {
  makeFolder(dirname(path));
  let file: number;
  try {
    file = openSync(path, "wx");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
  try {
    writeSync(file, JSON.stringify({ pid: process.pid, host: hostname() }));
  } finally {
    closeSync(file);
  }
  return true;
}

/** Shows life until it is ended. */
function held(path: string): () => void {
  const beat = setInterval(() => {
    try {
      utimesSync(path, new Date(), new Date());
    } catch {
      // somebody took it over: both ask, and the answers are as good as one another
    }
  }, BEAT_MS);
  beat.unref();
  return () => {
    clearInterval(beat);
    rmSync(path, { force: true });
  };
}

function isDead(path: string): boolean {
  try {
    if (statSync(path).mtimeMs < Date.now() - DEAD_MS) return true;
    const { pid, host } = JSON.parse(readFileSync(path, "utf8")) as { pid: number; host: string };
    return host === hostname() && !isRunning(pid);
  } catch {
    return false; // it is gone, or not yet written: the next look says
  }
}
