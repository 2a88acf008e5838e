import { contentHash } from "@rewardlab/core/host";
import type { PluginCode } from "@rewardlab/core/host";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { importsOf } from "./imports.ts";
import type { Imports, Specifier } from "./imports.ts";
import { tarballHash } from "./lockfiles.ts";
import { isInstalled, moduleTypeOf, packageOf } from "./manifest.ts";
import type { Package } from "./manifest.ts";
import { importedFile, requiredFile } from "./resolve.ts";
import { isTypeScript, withoutTypes } from "./typescript.ts";
import type { SyntaxProblem } from "./typescript.ts";

/** A plugin's own code: what can change what it computes. */
export interface CodeGraph extends PluginCode {
  /** SHA-256 of all this and of what its package.json says that matters. */
  readonly integrity: string;
  readonly package: Package;
  /** Its files, where they lie. */
  readonly paths: readonly string[];
  /** Where an import stands whose name is only known when it runs: all code of that package counts then. */
  readonly unseen: string | null;
  /** Files that are no JavaScript or TypeScript, each with the place. */
  readonly problems: readonly (SyntaxProblem & { readonly file: string })[];
}

/** Numbers of core's own parts are told apart by the parts' versions, as for built-in plugins: a new core alone makes no stage anew. */
const HOST = "@rewardlab/core";

/**
 * The module graph of a plugin, from the file that is loaded: the files that its imports reach, also in linked folders, and the installed packages that they
 * import. What lies beside them counts for nothing. `listedAs`: a package is looked up by what its package.json says; a file given by its path is not.
 */
export function codeGraph(entry: string, listedAs: "package" | "file"): CodeGraph {
  const own = packageOf(entry);
  const files = new Map<string, string>();
  const dependencies = new Map<string, string | null>();
  const problems: (SyntaxProblem & { file: string })[] = [];
  let unseen: string | null = null;
  const queue = [entry];
  const seen = new Set(queue);
  const reach = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    queue.push(file);
  };
  const missing = (specifier: string) => void dependencies.set(`${specifier} (not there)`, null); // installing it would change what an optional import does

  for (const file of queue) {
    const content = readFileSync(file);
    files.set(label(file, own), hashOf(file, content));
    const read = isCode(file) ? readImports(content.toString("utf8"), file) : { imports: { specifiers: [], unseen: null } };
    if ("problem" in read) problems.push({ ...read.problem, file });
    const { imports } = "imports" in read ? read : { imports: { specifiers: [], unseen: 1 } };
    if (imports.unseen !== null) {
      unseen ??= `${file}:${imports.unseen}`;
      for (const other of codeIn(packageOf(file).folder)) reach(other);
    }
    for (const specifier of imports.specifiers) {
      const target = targetOf(specifier, file);
      if (target === "missing") missing(specifier.name);
      else if (target !== null) follow(file, target);
    }
  }

  function follow(from: string, target: string): void {
    const owner = packageOf(target);
    if (owner.name === HOST) return;
    if (owner.folder !== packageOf(from).folder && isInstalled(target))
      dependencies.set(`${owner.name ?? relative(own.folder, owner.folder)}@${owner.version}`, tarballHash(owner));
    else reach(target);
  }

  const code = { files: sorted(files), dependencies: sorted(dependencies) };
  const { name, version, type, main, exports, imports } = own.manifest;
  const said = listedAs === "package" ? { name, version, type, main, exports, imports } : { imports };
  return { ...code, integrity: contentHash({ ...code, said }), package: own, paths: [...seen], unseen, problems };
}

function readImports(source: string, file: string): { imports: Imports } | { problem: SyntaxProblem } {
  const stripped = isTypeScript(file) ? withoutTypes(source, file) : { code: source };
  return "problem" in stripped ? stripped : importsOf(stripped.code);
}

/** The file that a specifier means; null: a part of Node, or nothing on this disk. */
function targetOf({ name, how }: Specifier, from: string): string | null | "missing" {
  if (isBuiltin(name)) return null;
  try {
    if (how === "file") return fileOrNull(resolve(dirname(from), decodeURIComponent(name)));
    const file = how === "require" ? requiredFile(name, from) : importedFile(name, from);
    return file === null ? null : existsSync(file) ? realpathSync(file) : "missing";
  } catch {
    return "missing"; // Node tells that when it loads the plugin, if it is needed
  }
}

function fileOrNull(path: string): string | null {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ? realpathSync(path) : null;
}

/** The same on every machine: from the plugin's own folder, or from that of a linked package. */
function label(file: string, own: Package): string {
  const owner = packageOf(file);
  const linked = owner.folder !== own.folder && owner.name !== null;
  return (linked ? `${owner.name}/${relative(owner.folder, file)}` : relative(own.folder, file)).replaceAll("\\", "/");
}

/** A file's bytes, and whether Node takes it for a module, which the bytes don't say. */
function hashOf(file: string, content: Buffer): string {
  const hash = createHash("sha256").update(content);
  const type = /\.[jt]s$/.test(file) ? moduleTypeOf(file) : null;
  return (type === null ? hash : hash.update(`\n${type}`)).digest("hex");
}

const isCode = (file: string) => /\.[cm]?js$/.test(file) || isTypeScript(file);

/** All that Node could load of a package. Not data beside it: a package may hold its experiments, and their runs would change it while they run. */
function codeIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.name === "node_modules" || entry.name.startsWith(".")) return [];
    if (entry.isDirectory()) return codeIn(path);
    return isCode(entry.name) || /\.(wasm|node)$/.test(entry.name) ? [realpathSync(path)] : [];
  });
}

function sorted<T>(map: ReadonlyMap<string, T>): Record<string, T> {
  return Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
}
