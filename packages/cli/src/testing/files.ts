import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A folder of a test's own, with links followed, as Node follows them. */
export function temporaryFolder(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), "rewardlab-test-")));
}

/** Also one that is gone already. */
export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** Writes files by their paths in a folder. An object is written as JSON. */
export function write(folder: string, files: Readonly<Record<string, string | object>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
  }
}

/** A link to a folder, as package managers make them. Both are paths in the folder. */
export function link(folder: string, from: string, to: string): void {
  mkdirSync(dirname(join(folder, from)), { recursive: true });
  symlinkSync(join(folder, to), join(folder, from), "junction");
}
