import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { messageOf, RunError } from "../errors.ts";
import { Interrupted } from "../stage.ts";
import { makeFolder } from "./files.ts";

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
  makeFolder(folder);
  const owner: Owner = { pid: process.pid, host: hostname(), started: new Date().toISOString() };
  for (let attempt = 0; attempt < 3; attempt++) {
    if (create(path, owner)) return () => rmSync(path, { force: true });
    const other = ownerOf(path);
    if (other !== null && (other.host !== owner.host || isAlive(other)))
      throw new RunError(
        "RL_LOCKED",
        `${folder}: another run (process ${other.pid} on ${other.host}, since ${other.started}) is working here. Wait for it, or stop it; if it is certainly gone, remove ${path}.`,
      );
    removeStale(path, other);
  }
  throw new RunError("RL_LOCKED", `${folder}: can't be locked, other runs are starting here at the same time`);
}

const POLL_MS = 200;
const BEAT_MS = 2000;

/**
 * Waits until the lock can be had; used where another run is making an artefact that this one needs too.
 * `waiting` is called once, `beat` every two seconds: whoever watches over this run sees that it is no hang.
 */
export async function waitForLock(
  folder: string,
  signal: AbortSignal,
  waiting: (message: string) => void,
  beat: () => void = () => {},
): Promise<() => void> {
  for (let polls = 0; ; polls++) {
    try {
      return lockFolder(folder);
    } catch (error) {
      if (!(error instanceof RunError && error.code === "RL_LOCKED")) throw error;
      if (signal.aborted) throw new Interrupted(`stopped waiting for ${folder}`);
      if (polls === 0) waiting(messageOf(error));
      if (polls % (BEAT_MS / POLL_MS) === 0) beat();
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
}

/** Makes the lock file with its content in one step, so that nobody can meet it empty and take it for one cut short. */
function create(path: string, owner: Owner): boolean {
  const aside = `${path}.${process.pid}.part`;
  try {
    writeFileSync(aside, JSON.stringify(owner));
    linkSync(aside, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw new RunError("RL_WRITE", `${path}: can't be written: ${messageOf(error)}`, { cause: error });
  } finally {
    rmSync(aside, { force: true });
  }
}

/** Removes the lock of a process that is gone. Moved away first: had another run taken it over meanwhile, its lock is put back. */
function removeStale(path: string, stale: Owner | null): void {
  const aside = `${path}.${process.pid}.stale`;
  try {
    renameSync(path, aside);
    if (JSON.stringify(ownerOf(aside)) !== JSON.stringify(stale)) linkSync(aside, path);
  } catch {
    // another run was quicker: the next attempt sees what it made
  }
  rmSync(aside, { force: true });
}

/** null where the lock is gone or was cut short by a kill. */
function ownerOf(path: string): Owner | null {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Owner;
  } catch {
    return null;
  }
}

function isAlive({ pid, started }: Owner): boolean {
  // In a container that was started anew, this process can have the number of the one that was killed.
  if (pid === process.pid) return Date.parse(started) >= Date.now() - process.uptime() * 1000 - 1000;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
