import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { messageOf, RunError } from "../errors.ts";

export const LOCK_FILE = ".lock";

interface Owner {
  readonly pid: number;
  readonly host: string;
  readonly started: string;
}

/**
 * Takes a folder for this process, or says who has it. A lock whose process is gone (killed) is taken over.
 * The returned function gives it back.
 */
export function lockFolder(folder: string): () => void {
  const path = join(folder, LOCK_FILE);
  mkdirSync(folder, { recursive: true });
  const owner: Owner = { pid: process.pid, host: hostname(), started: new Date().toISOString() };
  for (let attempt = 0; attempt < 3; attempt++) {
    if (create(path, owner)) return () => rmSync(path, { force: true });
    const other = ownerOf(path);
    if (other !== null && (other.host !== owner.host || isAlive(other.pid)))
      throw new RunError(
        "RL_LOCKED",
        `${folder}: another run (process ${other.pid} on ${other.host}, since ${other.started}) is working here. Wait for it, or stop it; if it is certainly gone, remove ${path}.`,
      );
    rmSync(path, { force: true });
  }
  throw new RunError("RL_LOCKED", `${folder}: can't be locked, other runs are starting here at the same time`);
}

/** Waits until the lock can be had; used where another run is making an artefact that this one needs too. */
export async function waitForLock(folder: string, signal: AbortSignal, waiting: (message: string) => void): Promise<() => void> {
  for (let told = false; ; told = true) {
    try {
      return lockFolder(folder);
    } catch (error) {
      if (signal.aborted || !(error instanceof RunError && error.code === "RL_LOCKED")) throw error;
      if (!told) waiting(messageOf(error));
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

function create(path: string, owner: Owner): boolean {
  try {
    const file = openSync(path, "wx");
    writeSync(file, JSON.stringify(owner));
    closeSync(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw new RunError("RL_WRITE", `${path}: can't be written: ${messageOf(error)}`, { cause: error });
  }
}

/** null where the lock is gone or was cut short by a kill. */
function ownerOf(path: string): Owner | null {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Owner;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
