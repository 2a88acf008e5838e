import { moduleResolve } from "import-meta-resolve";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

/** What Node's own `import` looks for in a package's exports; with what the process was told to look for besides. */
const conditions = new Set(["node", "import", "module-sync", "node-addons", ...given()]);

/**
 * The file that `import specifier` in `from` would load, with links followed; null: a part of Node, or nothing on this disk. Throws as Node would.
 * (`import.meta.resolve` takes no other file than its own to look from.)
 */
export function importedFile(specifier: string, from: string): string | null {
  const { href, protocol } = moduleResolve(specifier, pathToFileURL(from), conditions);
  return protocol === "file:" ? fileURLToPath(href) : null;
}

/** The file that `require(specifier)` in `from` would load; null: a part of Node. */
export function requiredFile(specifier: string, from: string): string | null {
  const { resolve } = createRequire(from);
  return resolve.paths(specifier) === null ? null : resolve(specifier);
}

/** `--conditions x`, `--conditions=x`, `-C x`, in the command line or in NODE_OPTIONS. */
function given(): string[] {
  const words = [...process.execArgv, ...(process.env.NODE_OPTIONS ?? "").split(/\s+/)].flatMap((word) =>
    word.startsWith("--conditions=") ? ["-C", word.slice("--conditions=".length)] : [word],
  );
  return words.filter((_, index) => ["-C", "--conditions"].includes(words[index - 1] ?? ""));
}
