import { existsSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { foldersAbove } from "./manifest.ts";
import type { Package } from "./manifest.ts";

/** Each read once: a grid's dependencies are mostly in one. */
const texts = new Map<string, string | null>();

/**
 * The hash of an installed package's tarball, `sha512-…`, as the package manager that put it there wrote it down: pnpm, npm, or yarn classic. null: it
 * didn't, or it isn't installed from a tarball.
 */
export function tarballHash({ folder, name, version }: Package): string | null {
  if (name === null) return null;
  return inPnpmLock(folder, name, version) ?? inNpmLock(folder) ?? inYarnLock(folder, name, version);
}

/** The command that installs a package into a folder, with the package manager that is used there. */
export function addCommand(folder: string): string {
  for (const above of foldersAbove(folder)) {
    if (existsSync(join(above, "pnpm-lock.yaml"))) return "pnpm add";
    if (existsSync(join(above, "yarn.lock"))) return "yarn add";
    if (existsSync(join(above, "package-lock.json"))) return "npm install";
  }
  return "npm install";
}

/** pnpm keeps packages in node_modules/.pnpm, and beside them the lockfile that they were put there by. Its keys stand at the start of a line. */
function inPnpmLock(folder: string, name: string, version: string): string | null {
  const store = `${sep}node_modules${sep}.pnpm${sep}`;
  const at = folder.indexOf(store);
  const lines = at === -1 ? null : linesOf(join(folder.slice(0, at + store.length), "lock.yaml"));
  if (lines === null) return null;
  const keys = new Set([`${name}@${version}`, `/${name}@${version}`].flatMap((key) => [`  ${key}:`, `  '${key}':`]));
  const from = lines.findIndex((line) => keys.has(line));
  if (from === -1) return null;
  const end = lines.findIndex((line, index) => index > from && /^ {0,2}\S/.test(line));
  return hashIn(lines.slice(from, end === -1 ? undefined : end));
}

/** npm writes down what it put there in node_modules/.package-lock.json, by path. */
function inNpmLock(folder: string): string | null {
  for (const root of foldersAbove(folder)) {
    const text = textOf(join(root, "node_modules", ".package-lock.json"));
    if (text === null) continue;
    try {
      const { packages } = JSON.parse(text) as { packages?: Record<string, { integrity?: unknown } | undefined> };
      const integrity = packages?.[relative(root, folder).replaceAll("\\", "/")]?.integrity;
      return typeof integrity === "string" ? integrity : null;
    } catch {
      return null; // a damaged one says nothing; npm repairs it
    }
  }
  return null;
}

/** yarn classic: `"name@^1.0.0", "name@^1.1.0":` and below it version, resolved and integrity. */
function inYarnLock(folder: string, name: string, version: string): string | null {
  for (const root of foldersAbove(folder)) {
    const lines = existsSync(join(root, "node_modules")) ? linesOf(join(root, "yarn.lock")) : null;
    if (lines === null) continue;
    for (const [from, line] of lines.entries()) {
      if (!/^["\w@]/.test(line) || !line.split(",").some((key) => key.trim().replace(/^"/, "").startsWith(`${name}@`))) continue;
      const end = lines.findIndex((other, index) => index > from && /^\S/.test(other));
      const block = lines.slice(from + 1, end === -1 ? undefined : end);
      if (block.some((own) => own.trim() === `version "${version}"`)) return hashIn(block);
    }
    return null;
  }
  return null;
}

function hashIn(lines: readonly string[]): string | null {
  return /\bsha(?:1|256|384|512)-[A-Za-z0-9+/=]+/.exec(lines.join("\n"))?.[0] ?? null;
}

function linesOf(path: string): string[] | null {
  return textOf(path)?.split(/\r?\n/) ?? null;
}

function textOf(path: string): string | null {
  const known = texts.get(path);
  if (known !== undefined) return known;
  const text = existsSync(path) ? readFileSync(path, "utf8") : null;
  texts.set(path, text);
  return text;
}
