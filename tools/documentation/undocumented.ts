// Which exported functions say nothing about themselves.

import { parseSync } from "oxc-parser";
import type { Statement } from "oxc-parser";

/** A function that a file exports, and what stands before it. */
export interface ExportedFunction {
  readonly name: string;
  readonly line: number;
  /** The text of its doc comment, without the stars; null: it has none. */
  readonly doc: string | null;
}

/**
 * The functions that a source exports: declared as such, or as constants that are arrows; of a function with several signatures, the first.
 *
 * @throws Error where the source can't be parsed
 */
export function exportedFunctions(file: string, source: string): ExportedFunction[] {
  const { program, comments, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]!.message}`);
  const local = new Set(
    program.body.flatMap((node) =>
      node.type === "ExportNamedDeclaration" && node.source === null && node.exportKind !== "type"
        ? node.specifiers.map(({ local: name }) => ("name" in name ? name.name : name.value))
        : [],
    ),
  );
  const found = new Map<string, ExportedFunction>();
  let before = 0;
  for (const node of program.body) {
    const exported = node.type === "ExportNamedDeclaration" || node.type === "ExportDefaultDeclaration";
    const declared = exported ? node.declaration : node;
    for (const name of declared === null ? [] : functionsOf(declared as Statement)) {
      if (found.has(name) || !(exported || local.has(name))) continue;
      // The comment that ends where the statement begins, but for blanks: another statement's can't.
      const comment = comments.findLast(({ start, end }) => start >= before && end <= node.start);
      const own = comment !== undefined && source.slice(comment.end, node.start).trim() === "" && comment.value.startsWith("*");
      const doc = own ? comment.value.replace(/^\s*\*+ ?/gm, "").trim() : null;
      found.set(name, { name, line: source.slice(0, node.start).split("\n").length, doc: doc === "" ? null : doc });
    }
    before = node.end;
  }
  return [...found.values()];
}

function functionsOf(node: Statement): string[] {
  if (node.type === "FunctionDeclaration" || node.type === "TSDeclareFunction") return [node.id?.name ?? "default"];
  if (node.type !== "VariableDeclaration") return [];
  return node.declarations.flatMap(({ id, init }) =>
    id.type === "Identifier" && (init?.type === "ArrowFunctionExpression" || init?.type === "FunctionExpression")
      ? [id.name]
      : [],
  );
}
