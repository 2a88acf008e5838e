import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "./errors.ts";
import { writeFileAtomic, writeFolderAtomic } from "./files.ts";

/** What may lie in a folder that is taken for empty: what version control and file managers put there. */
const ignored = new Set([".git", ".DS_Store", "Thumbs.db"]);

/**
 * Writes files, by their paths in it, into a folder that isn't there yet, whole or not at all, or into an empty one; `fill` then adds what is no text. Throws
 * `InputError` where something is there: nothing is ever overwritten.
 */
export async function writeNewFolder(
  path: string,
  files: Readonly<Record<string, string | Uint8Array>>,
  fill: (folder: string) => void | Promise<void> = () => {},
): Promise<void> {
  const writeInto = async (folder: string) => {
    for (const [name, content] of Object.entries(files)) writeFileAtomic(join(folder, name), content);
    await fill(folder);
  };
  if (!existsSync(path)) return writeFolderAtomic(path, writeInto);
  if (!statSync(path).isDirectory())
    throw new InputError("RL_FOLDER_TAKEN", `${path}: is a file, expected a new or an empty folder`);
  const there = readdirSync(path).filter((name) => !ignored.has(name));
  if (there.length > 0) {
    const some = there.slice(0, 3).join(", ") + (there.length > 3 ? ` and ${there.length - 3} more` : "");
    throw new InputError("RL_FOLDER_TAKEN", `${path}: holds ${some}, expected a new or an empty folder. Nothing was written`);
  }
  await writeInto(path);
}
