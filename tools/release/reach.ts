import { posix } from "node:path";
import type { Manifest } from "./pack.ts";

/** JavaScript and declarations in a package that neither its exports nor its commands lead to, by import or by a URL beside the module. */
export function unreached(manifest: Manifest, files: ReadonlyMap<string, Buffer>): string[] {
  const code = [...files.keys()].filter((path) => /\.(js|mjs|cjs|d\.ts)$/.test(path));
  const reached = new Set<string>();
  const queue = entriesOf(manifest).filter((path) => files.has(path));
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    const text = files.get(path)!.toString("utf8");
    for (const named of namedIn(text)) {
      const target = posix.join(posix.dirname(path), named).replace(/\.d\.ts$|\.ts$/, ".js"); // declarations name the source's extension
      const open = named.endsWith("."); // a template's beginning
      queue.push(
        ...code.filter((other) => other === target || other === declarationsOf(target) || (open && other.startsWith(target))),
      );
    }
    // Declarations go with the module that they declare.
    const twin = path.endsWith(".d.ts") ? path.replace(/\.d\.ts$/, ".js") : declarationsOf(path);
    if (files.has(twin)) queue.push(twin);
  }
  return code.filter((path) => !reached.has(path) && !isOfTypesAlone(files.get(path)!));
}

/** What is left of a module that held nothing but types, for others' declarations. */
function isOfTypesAlone(bytes: Buffer): boolean {
  return (
    bytes
      .toString("utf8")
      .replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, "")
      .trim() === "export {};"
  );
}

const declarationsOf = (path: string): string => path.replace(/\.js$/, ".d.ts");

function entriesOf({ main, types, bin, exports }: Manifest): string[] {
  const paths: string[] = [];
  const collect = (value: unknown) => {
    if (typeof value === "string") paths.push(posix.normalize(value));
    else if (typeof value === "object" && value !== null) Object.values(value).forEach(collect);
  };
  [main, types, bin, exports].forEach(collect);
  return paths;
}

/** Relative paths that a module names: imports, and `new URL("./x", import.meta.url)`, of which a template's end is left open. */
function namedIn(text: string): string[] {
  const imports = text.matchAll(/(?:\bfrom|\bimport|\bimport\(|\brequire\()\s*["'](\.[^"']+)["']/g);
  const urls = text.matchAll(/new URL\(\s*["'](\.[^"']+)["']/g);
  const templates = text.matchAll(/new URL\(\s*`(\.\/[^`$]+)\$\{/g);
  return [...imports, ...urls, ...templates].map(([, path]) => path!);
}
