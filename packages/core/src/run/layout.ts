import { join } from "node:path";
import { folderName } from "../experiment/folder-name.ts";

/** Where things lie under runs/<experiment>. */
export function runFolder(root: string, cell: string, seed: number): string {
  return join(root, folderName(cell), `seed-${seed}`);
}

/** Where a grid's runs share what they made. */
export function artefactsFolder(root: string): string {
  return join(root, "artefacts");
}
