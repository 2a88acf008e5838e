import { createHash, randomUUID } from "node:crypto";
import { readdirSync, rmSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { isRunning } from "@rewardlab/storage";

const HERE = createHash("sha256").update(hostname()).digest("hex").slice(0, 8);
const DAY = 24 * 3600 * 1000;

/** Where a folder is made before it is renamed to `out`: beside it, and it says whose it is, so that by the name alone another process can tell that it was left by a kill. */
export const asideOf = (out: string, what: string): string =>
  join(dirname(out), `.${what}-${HERE}-${process.pid}-${randomUUID()}`);

/**
 * Removes what processes that were killed had half made of `what` in a folder: a dataset's pictures take as much room as the dataset. A process on another
 * machine that shares the folder can't be asked whether it runs, so what isn't ours goes when nothing was added to it for a day.
 */
export function clearKilled(folder: string, what: string): void {
  for (const name of namesIn(folder)) {
    if (!name.startsWith(`.${what}-`)) continue;
    const [host, pid] = name.slice(what.length + 2).split("-");
    const path = join(folder, name);
    const isGone = host === HERE ? !isRunning(Number(pid)) : isOld(path);
    if (isGone) rmSync(path, { recursive: true, force: true });
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // there is none yet
  }
}

function isOld(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && Date.now() - found.mtimeMs > DAY;
}
