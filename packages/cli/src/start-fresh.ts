import { moveTo, unusedPath, writeJson } from "@rewardlab/storage";
import { copyFileSync, existsSync, readdirSync, rmSync } from "node:fs";
import { join, relative } from "node:path";

const LOCK = ".lock";
/** Where the new folder waits, whole, until it takes the old one's place. */
const waiting = (root: string) => `${root}.fresh`;

/**
 * Starts an experiment's folder anew for --fresh; what earlier runs left is kept under <name>.previous, .previous-2 and so on. Returns where; null where there
 * was nothing. That shipped artefacts are not to be taken is written down before anything is moved, so that a run after a kill at any instant knows it:
 * `finishFresh` ends what was begun. The caller holds the folder's lock, and holds the new one's afterwards.
 */
export function startFresh(root: string): string | null {
  const marker = { useShipped: false };
  if (readdirSync(root).every((name) => name.startsWith(LOCK))) {
    writeJson(join(root, "grid.json"), marker);
    return null;
  }
  forgetFresh(root);
  writeJson(join(waiting(root), "grid.json"), marker);
  copyFileSync(join(root, LOCK), join(waiting(root), LOCK));
  const previous = unusedPath(`${root}.previous`);
  moveTo(root, previous);
  finishFresh(root);
  rmSync(join(previous, LOCK), { force: true });
  return relative(process.cwd(), previous);
}

/** The new folder takes the place of the old one, which was moved away; also where a kill came between the two. Needs no lock: the new one holds its maker's. */
export function finishFresh(root: string): void {
  if (existsSync(waiting(root)) && !existsSync(root)) moveTo(waiting(root), root);
}

/** What a kill left that came before anything was moved: nothing has happened then. The caller holds the folder's lock. */
export function forgetFresh(root: string): void {
  rmSync(waiting(root), { recursive: true, force: true });
}
