// Where a component or an algorithm is written, and what its author says of it there.

import { parseSync } from "oxc-parser";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A definition in a source file: `advantageStep({ name: "whiten", … })`. */
export interface DefinitionSource {
  /** From the repository's root. */
  readonly file: string;
  /** Its doc comment, without the stars; "" for none. */
  readonly comment: string;
  /** The file without its imports. */
  readonly code: string;
}

/** A declaration that a file exports. */
export interface Declaration {
  readonly name: string;
  readonly file: string;
  readonly comment: string;
  /** As it is written, comments within it included; of a function its signature. */
  readonly text: string;
}

/** The kind that a definer is of: pairLoss makes a pair-loss. */
function kindOf(definer: string): string {
  return definer === "advantageStep" ? "advantage" : definer.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Every definition of the packages' sources, by "kind name". */
export function definitionSources(root: string): Map<string, DefinitionSource> {
  const found = new Map<string, DefinitionSource>();
  for (const file of sourceFiles(root)) {
    const source = readFileSync(join(root, file), "utf8");
    for (const [, definer, name] of source.matchAll(/\b(\w+)\(\{\s*name: "([^"]+)"/g)) {
      const at = source.search(new RegExp(`\\b${definer}\\(\\{\\s*name: "${name!.replace(/[.+]/g, "\\$&")}"`));
      const key = `${kindOf(definer!)} ${name}`;
      if (!found.has(key)) found.set(key, { file, comment: commentBefore(source, at), code: withoutImports(source) });
    }
  }
  return found;
}

function sourceFiles(root: string): string[] {
  return readdirSync(join(root, "packages")).flatMap((name) => {
    const folder = `packages/${name}/src`;
    try {
      return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".ts") && !/\.(test|bench|d)\.ts$|(^|\/)testing\//.test(file))
        .map((file) => `${folder}/${file}`);
    } catch {
      return []; // a package without sources of its own
    }
  });
}

/** The nearest comment above that has equations, else the nearest. */
function commentBefore(source: string, at: number): string {
  const comments = [...source.slice(0, at).matchAll(/\/\*\*([^]*?)\*\//g)].map(([, text]) => withoutStars(text!));
  return comments.findLast((text) => /^ {4}\S/m.test(text)) ?? comments.at(-1) ?? "";
}

function withoutStars(text: string): string {
  return text.replace(/^[ \t]*\*+ ?/gm, "").trim();
}

function withoutImports(source: string): string {
  return source.replace(/^import [^]*?;\n/gm, "").trimStart();
}

/** What a file exports, in its order. */
export function declarationsOf(root: string, file: string): Declaration[] {
  const source = readFileSync(join(root, file), "utf8");
  const { program, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]!.message}`);
  return program.body.flatMap((node) => {
    if (node.type !== "ExportNamedDeclaration" || node.declaration === null) return [];
    const { declaration } = node;
    const name = nameOf(declaration as never);
    if (name === undefined) return [];
    const before = source.slice(0, node.start);
    const [, comment] = /\/\*\*((?:(?!\*\/)[^])*)\*\/\s*$/.exec(before) ?? [];
    const body = bodyOf(declaration as never);
    const text = (
      body === undefined ? source.slice(node.start, node.end) : `${source.slice(node.start, body).trimEnd()};`
    ).replace(/^export /, "");
    return [{ name, file, comment: comment === undefined ? "" : withoutStars(comment), text }];
  });
}

interface Node {
  readonly type: string;
  readonly id?: { readonly name?: string };
  readonly body?: { readonly start: number } | null;
  readonly declarations?: readonly { readonly id: { readonly name?: string } }[];
}

function nameOf({ id, declarations }: Node): string | undefined {
  return id?.name ?? declarations?.[0]?.id.name;
}

function bodyOf({ type, body }: Node): number | undefined {
  return type === "FunctionDeclaration" ? body?.start : undefined;
}

/** The names that an entry exports, each with the file it comes from; `export type *` brings all of its file's. */
export function exportsOf(root: string, entry: string): { readonly file: string; readonly names: readonly string[] | null }[] {
  const source = readFileSync(join(root, entry), "utf8");
  const folder = entry.slice(0, entry.lastIndexOf("/"));
  return [...source.matchAll(/^export (?:type )?(\*|\{[^}]*\}) from "([^"]+)"/gm)].map(([, what, from]) => ({
    file: from!.startsWith(".") ? join(folder, from!) : from!,
    names:
      what === "*"
        ? null
        : what!
            .slice(1, -1)
            .split(",")
            .map((name) => name.trim())
            .filter((name) => name !== ""),
  }));
}
