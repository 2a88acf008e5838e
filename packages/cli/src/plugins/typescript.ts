import { readFileSync } from "node:fs";
import { createRequire, register } from "node:module";

/** Where a source can't be read as code: lines and columns from 1. */
export interface SyntaxProblem {
  readonly message: string;
  readonly line: number;
  readonly column: number;
}
export type Stripped = { readonly code: string } | { readonly problem: SyntaxProblem };

interface Swc {
  transformSync(source: string, options: { mode: "strip-only"; filename: string; module?: boolean }): { code: string };
}
const require = createRequire(import.meta.url);
let swc: Swc | undefined;

/** By its name; declarations alone are no code. */
export function isTypeScript(file: string): boolean {
  return /\.[cm]?ts$/.test(file) && !/\.d\.[cm]?ts$/.test(file);
}

/**
 * TypeScript with blanks where its types stood, so that lines and columns stay: what Node ≥ 22.18 does to a `.ts` file, by the library that it does it with.
 * Syntax that is more than types (enums, namespaces with values, parameter properties) is a problem, as it is there.
 */
export function withoutTypes(source: string, file: string): Stripped {
  swc ??= require("@swc/wasm-typescript") as Swc; // 4 MB, so only where there is TypeScript
  try {
    return { code: swc.transformSync(source, { mode: "strip-only", filename: file }).code };
  } catch (error) {
    const { message, startLine, startColumn } = error as { message?: string; startLine?: number; startColumn?: number };
    return {
      problem: { message: message ?? String(error), line: startLine ?? 1, column: (startColumn ?? 0) + 1 },
    };
  }
}

let registered = false;

/** From now on a `.ts` file that isn't under node_modules can be imported: Node ≥ 22.18 does that by itself, an older one is taught it. */
export function allowTypeScript(): void {
  if (registered || ("typescript" in process.features && process.features.typescript !== false)) return;
  registered = true;
  register(new URL(`./type-hooks.${import.meta.url.endsWith(".ts") ? "ts" : "js"}`, import.meta.url));
}

/** The source of a file as JavaScript, types blanked out. */
export function javaScriptOf(file: string): Stripped {
  const source = readFileSync(file, "utf8");
  return isTypeScript(file) ? withoutTypes(source, file) : { code: source };
}
