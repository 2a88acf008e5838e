import { join } from "node:path";

/** Where things lie under runs/<experiment>. */
export function runFolder(root: string, cell: string, seed: number): string {
  return join(root, folderName(cell), `seed-${seed}`);
}
export function artefactsFolder(root: string): string {
  return join(root, "artefacts");
}

/** A cell's name as a folder's: what file systems dislike becomes _. */
export function folderName(name: string): string {
  const safe = name.replace(/[^\p{L}\p{N} ._+-]/gu, "_").replace(/^[. ]+|[. ]+$/g, "_");
  return ["artefacts", "data", ""].includes(safe) ? `_${safe}` : safe;
}
