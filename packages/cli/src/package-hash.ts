import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** The package that a file belongs to: the nearest folder whose package.json says a name or a version; else the file's own folder. */
export function packageOf(file: string): { folder: string; version: string } {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    const manifest = join(folder, "package.json");
    if (!existsSync(manifest)) continue;
    const { name, version } = JSON.parse(readFileSync(manifest, "utf8")) as { name?: string; version?: string };
    if (name !== undefined || version !== undefined) return { folder, version: version ?? "unknown" };
  }
  return { folder: dirname(file), version: "unknown" };
}

/**
 * SHA-256 of the code of the package that `entry` belongs to: package.json and each file that Node can load, with its path.
 * Not of data beside it: a package may hold its experiments, and their runs would change it while they run.
 */
export function packageHash(entry: string): string {
  const { folder } = packageOf(entry);
  const files = codeIn(folder).map((path) => [relative(folder, path).replaceAll("\\", "/"), path] as const);
  const hash = createHash("sha256");
  for (const [name, path] of files.sort(([a], [b]) => (a < b ? -1 : 1))) {
    const content = readFileSync(path);
    hash.update(`${name}\n${content.length}\n`).update(content);
  }
  return hash.digest("hex");
}

const code = /(^package\.json|\.([cm]?[jt]s|wasm|node))$/;

function codeIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.name === "node_modules" || entry.name.startsWith(".")) return [];
    if (entry.isDirectory()) return codeIn(path);
    return code.test(entry.name) ? [path] : [];
  });
}
