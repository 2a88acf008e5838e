// Runs in Node's thread for module hooks, where Node itself doesn't run TypeScript (before 22.18).

import { fileURLToPath } from "node:url";
import { isModule } from "./imports.ts";
import { isInstalled, moduleTypeOf } from "./manifest.ts";
import { isTypeScript, javaScriptOf } from "./typescript.ts";

interface Loaded {
  readonly format: string;
  readonly source?: unknown;
  readonly shortCircuit?: boolean;
}

/** Loads a `.ts` file as JavaScript, with the rules of Node ≥ 22.18: none under node_modules, and only types that can be left out. */
export async function load(
  url: string,
  context: object,
  next: (url: string, context: object) => Promise<Loaded>,
): Promise<Loaded> {
  const file = url.startsWith("file:") ? fileURLToPath(url) : "";
  if (!isTypeScript(file) || isInstalled(file)) return next(url, context);
  const stripped = javaScriptOf(file);
  if ("problem" in stripped) {
    const { message, line, column } = stripped.problem;
    throw new SyntaxError(`${message} (${file}:${line}:${column})`);
  }
  return { format: formatOf(file, stripped.code), source: stripped.code, shortCircuit: true };
}

function formatOf(file: string, code: string): "module" | "commonjs" {
  if (file.endsWith(".mts")) return "module";
  if (file.endsWith(".cts")) return "commonjs";
  return moduleTypeOf(file) ?? (isModule(code) ? "module" : "commonjs");
}
