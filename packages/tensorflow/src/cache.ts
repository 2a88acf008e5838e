import { messageOf, RunError, shortPath } from "@rewardlab/storage";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/**
 * Where RewardLab keeps libtensorflow and what it builds of it: `rewardlab/tensorflow` in the user's cache folder (XDG_CACHE_HOME, else ~/.cache).
 * Everything in it can be fetched or built again.
 */
export function cacheFolder(): string {
  const given = process.env["XDG_CACHE_HOME"];
  const caches = given !== undefined && isAbsolute(given) ? given : join(homedir(), ".cache"); // the standard says: a relative one doesn't count
  return join(caches, "rewardlab", "tensorflow");
}

/** Where the cache folder is full, or not ours to write into, says so; other errors stay as they are. */
export function explainWrite(error: unknown): unknown {
  const codes = [error, (error as Error).cause].map((one) => (one as NodeJS.ErrnoException | undefined)?.code ?? "");
  const has = (...given: string[]) => codes.some((code) => given.includes(code));
  const full = has("ENOSPC", "EDQUOT", "EFBIG");
  if (!full && !has("EROFS", "EACCES", "EPERM", "ENOTDIR")) return error;
  const place = shortPath(cacheFolder(), process.cwd());
  return full
    ? new RunError(
        "RL_DISK_FULL",
        `${place}: the disk is full (${messageOf((error as Error).cause ?? error)}). Nothing was installed, and what was begun is removed. Make room, or name another place in XDG_CACHE_HOME`,
        { cause: error },
      )
    : new RunError(
        "RL_WRITE",
        `${place}: can't be written (${messageOf((error as Error).cause ?? error)}). Nothing was installed. Name a folder of yours in XDG_CACHE_HOME`,
        { cause: error },
      );
}
