import { InputError, messageOf } from "@rewardlab/core";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";

/** What is read of a package.json. Anybody wrote it, so nothing in it need be what its name promises. */
export interface Manifest {
  readonly name?: unknown;
  readonly version?: unknown;
  readonly type?: unknown;
  readonly main?: unknown;
  readonly exports?: unknown;
  readonly imports?: unknown;
  readonly keywords?: unknown;
  readonly description?: unknown;
}

/** The package that a file belongs to. */
export interface Package {
  readonly folder: string;
  /** null: the file lies in no package with a name. */
  readonly name: string | null;
  readonly version: string;
  readonly manifest: Manifest;
}

/** The package that a file belongs to: the nearest folder whose package.json says a name or a version; else the file's own folder. */
export function packageOf(file: string): Package {
  for (const folder of foldersAbove(dirname(file))) {
    const manifest = readManifest(folder);
    if (manifest?.name === undefined && manifest?.version === undefined) continue;
    return { folder, name: textOf(manifest.name), version: textOf(manifest.version) ?? "unknown", manifest };
  }
  return { folder: dirname(file), name: null, version: "unknown", manifest: {} };
}

/** Whether Node takes a file's `.js` or `.ts` for a module, by the nearest package.json: "module", "commonjs", or null where that doesn't say. */
export function moduleTypeOf(file: string): "module" | "commonjs" | null {
  for (const folder of foldersAbove(dirname(file))) {
    const manifest = readManifest(folder);
    if (manifest === null) continue;
    return manifest.type === "module" || manifest.type === "commonjs" ? manifest.type : null;
  }
  return null;
}

/** A folder's package.json; null where there is none. Throws where it is no JSON. */
export function readManifest(folder: string): Manifest | null {
  const path = join(folder, "package.json");
  if (!existsSync(path)) return null;
  try {
    const manifest: unknown = JSON.parse(readFileSync(path, "utf8"));
    return typeof manifest === "object" && manifest !== null ? manifest : {};
  } catch (error) {
    throw new InputError("RL_PACKAGE_JSON", `${path}: expected JSON: ${messageOf(error)}`, { cause: error });
  }
}

/** A folder and those above it, the nearest first. */
export function foldersAbove(folder: string): string[] {
  const above = dirname(folder);
  return above === folder ? [folder] : [folder, ...foldersAbove(above)];
}

/** Whether a package manager put it there: links are followed before, so a linked folder's files are not. */
export function isInstalled(file: string): boolean {
  return file.includes(`${sep}node_modules${sep}`);
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
