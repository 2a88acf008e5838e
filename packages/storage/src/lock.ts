import { spawnSync } from "node:child_process";
import { existsSync, linkSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { Interrupted, messageOf, RunError } from "./errors.ts";
import { makeFolder, whyUnreadable, whyUnwritable } from "./files.ts";

/** The file in a locked folder that says whose it is. */
export const LOCK_FILE = ".lock";

interface Owner {
  readonly pid: number;
  readonly host: string;
  /** When the lock was taken. */
  readonly started: string;
  /** Tells the process from a later one with its number; null where the system doesn't say. */
  readonly process?: string | null;
}

/**
 * Takes a folder for this process, or says who has it. A lock whose process is gone (killed) is taken over, also where its number now belongs to another
 * process: after a reboot, or in a container that was started anew. The returned function gives it back.
 */
export function lockFolder(folder: string): () => void {
  const path = join(folder, LOCK_FILE);
  makeFolder(folder);
  const owner: Owner = {
    pid: process.pid,
    host: hostname(),
    started: new Date().toISOString(),
    process: processIdentity(process.pid),
  };
  for (let attempt = 0; attempt < 3; attempt++) {
    if (create(path, owner)) {
      clearLeftAside(folder);
      return () => rmSync(path, { force: true });
    }
    const other = ownerOf(path);
    if (other !== null && (other.host !== owner.host || isAlive(other)))
      throw new RunError(
        "RL_LOCKED",
        `${folder}: another run (process ${other.pid} on ${other.host}, since ${other.started}) is working here. Wait for it, or stop it (kill ${other.pid}); if it is certainly gone, remove ${path}.`,
      );
    removeStale(path, other);
  }
  throw new RunError("RL_LOCKED", `${folder}: can't be locked, other runs are starting here at the same time`);
}

const POLL_MS = 200;
const BEAT_MS = 2000;
const REMIND_MS = 60_000;

export interface Waiting {
  /** Says at once, and then every minute, what is waited for, how long it has been, and how to end it. */
  readonly waiting: (message: string) => void;
  /** Every two seconds: whoever watches over this run sees that it is no hang. */
  readonly beat?: () => void;
  /** After so long it is refused, as `lockFolder` does at once; absent: as long as it takes. */
  readonly limitSeconds?: number;
}

/** Waits until the lock can be had; used where another run is making an artefact that this one needs too. */
export async function waitForLock(
  folder: string,
  signal: AbortSignal,
  { waiting, beat = () => {}, limitSeconds = Infinity }: Waiting,
): Promise<() => void> {
  const began = Date.now();
  for (let polls = 0; ; polls++) {
    try {
      return lockFolder(folder);
    } catch (error) {
      if (!(error instanceof RunError && error.code === "RL_LOCKED")) throw error;
      if (signal.aborted) throw new Interrupted(`stopped waiting for ${folder}`);
      const seconds = Math.round((Date.now() - began) / 1000);
      if (seconds >= limitSeconds) throw error;
      const limit = limitSeconds === Infinity ? "" : `, at most ${limitSeconds} s`;
      if (polls % (REMIND_MS / POLL_MS) === 0)
        waiting(`Waiting${polls === 0 ? "" : ` for ${seconds} s`}${limit}. ${messageOf(error)}`);
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
    throw new RunError("RL_WRITE", `${path}: can't be written: ${whyUnwritable(error)}.`, { cause: error });
  } finally {
    if (existsSync(aside)) rmSync(aside, { force: true });
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

/** What a kill left in the middle of `create` or `removeStale`; whoever holds the lock may remove it, since nobody else's is put back over a lock. */
function clearLeftAside(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = LEFT_ASIDE.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) rmSync(join(folder, name), { force: true, recursive: true });
  }
}
const LEFT_ASIDE = /^\.lock\.(\d+)\.(?:stale|part)$/;

/** Whether there is such a process on this machine. One that ended and was not yet waited for is none. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return processIdentity(pid) !== ENDED;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** null where the lock is gone or was cut short by a kill. One that can't be read is somebody's: it is never taken over. */
function ownerOf(path: string): Owner | null {
  try {
    const owner = JSON.parse(readFileSync(path, "utf8")) as Partial<Owner> | null;
    return typeof owner?.pid === "number" && typeof owner.host === "string" ? (owner as Owner) : null;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new RunError(
      "RL_LOCKED",
      `${path}: can't be read: ${whyUnreadable(error)}. It is what keeps two runs apart: if no other run works here, remove it.`,
      { cause: error },
    );
  }
}

const isAlive = ({ pid, started, process: identity }: Owner) => isRunning(pid) && isTheSame(pid, started, identity);

/** Whether the process that has the number now is the one that took the lock: no later one, and none that ended and was not yet waited for. */
function isTheSame(pid: number, started: string, identity: string | null | undefined): boolean {
  const now = processIdentity(pid);
  if (now === null) return pid !== process.pid || Date.parse(started) >= Date.now() - process.uptime() * 1000 - 1000;
  if (now === ENDED) return false;
  return typeof identity === "string" ? now === identity : processStart(pid) <= Date.parse(started) + 2000;
}

const ENDED = "ended";

/** Boot and start time of a process, by /proc; elsewhere by ps. null where neither says. */
function processIdentity(pid: number): string | null {
  const ticks = startTicks(pid);
  if (ticks !== null) return ticks === ENDED ? ENDED : `${bootId()}/${ticks}`;
  if (process.platform === "linux" || process.platform === "win32") return null;
  const { status, stdout } = spawnSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" });
  return status === 0 && stdout.trim() !== "" ? stdout.trim() : null;
}

/** proc(5): field 22 of /proc/<pid>/stat, clock ticks since the boot; `ENDED` for a zombie. The name before may hold anything. */
function startTicks(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? ENDED : (fields[19] ?? null);
  } catch {
    return null;
  }
}

function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}

/** When a process began, in ms since 1970; −∞ where the system doesn't say. Linux counts 100 ticks a second everywhere. */
function processStart(pid: number): number {
  const ticks = startTicks(pid);
  const boot = /^btime (\d+)$/m.exec(ticks === null ? "" : readFileSync("/proc/stat", "utf8"))?.[1];
  return boot === undefined ? -Infinity : (Number(boot) + Number(ticks) / 100) * 1000;
}
