import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, visit } from "yaml";
import type { Alias, Document, Node, Pair } from "yaml";
import { ExperimentError } from "./problems.ts";
import type { Problem, SourceText } from "./problems.ts";
import type { Origin, Tree } from "./tree.ts";

const MOST_NODES = 100_000;
const MOST_CHARACTERS = 2_000_000;

/** A YAML text as a tree whose nodes know their place in it. Throws `ExperimentError` for what is not YAML, empty, or an alias bomb. */
export function parseSource(source: SourceText): Tree {
  if (source.text.length > MOST_CHARACTERS)
    throw new ExperimentError(source, [
      { path: "", message: `the file has ${source.text.length} characters, at most ${MOST_CHARACTERS} are read` },
    ]);
  const document = parseDocument(source.text, {
    lineCounter: new LineCounter(),
    version: "1.2",
    merge: false,
    prettyErrors: false,
  });
  const problems: Problem[] = [...document.errors, ...document.warnings].map((error) => ({
    path: "",
    message: `not valid YAML: ${error.message.startsWith("Maximum call stack") ? "nested too deeply" : error.message}`,
    origin: { from: "file", start: error.pos[0], end: error.pos[1] },
  }));
  if (problems.length > 0) throw new ExperimentError(source, problems);
  if (document.contents === null)
    throw new ExperimentError(source, [{ path: "", message: "the file is empty, expected an experiment" }]);
  return readTree(source, document);
}

function readTree(source: SourceText, document: Document): Tree {
  const targets = aliasTargets(document);
  let nodes = 0;
  const refuse = (node: Node | null, message: string): never => {
    throw new ExperimentError(source, [{ path: "", message, origin: originOf(node) }]);
  };
  const read = (node: Node | null, pair?: Pair, depth = 0): Tree => {
    if (++nodes > MOST_NODES || depth > 100) refuse(node, "aliases expand to more than this file may hold (an alias bomb?)");
    const origin = originOf(node, pair);
    if (isAlias(node)) {
      const target = targets.get(node);
      return target ? read(target, pair, depth + 1) : refuse(node, `alias *${node.source} has no anchor`);
    }
    if (isMap(node)) {
      const entries = new Map<string, Tree>();
      for (const item of node.items as Pair<Node, Node>[]) {
        if (!isScalar(item.key)) refuse(node, "a key must be plain text");
        const key = String((item.key as { value: unknown }).value);
        if (entries.has(key)) refuse(item.key, `the key "${key}" is there twice`); // 1 and "1" are two keys to YAML
        entries.set(key, read(item.value ?? null, item, depth + 1));
      }
      return { type: "map", entries, origin };
    }
    if (isSeq(node)) return { type: "list", items: node.items.map((item) => read(item as Node, undefined, depth + 1)), origin };
    return { type: "scalar", value: isScalar(node) ? node.value : null, origin };
  };
  return read(document.contents as Node);
}

/** What each alias stands for: the last anchor of its name before it. One walk for all, since yaml's own `resolve` takes one for each. */
function aliasTargets(document: Document): ReadonlyMap<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(document, {
    Alias: (_, alias) => {
      const target = anchors.get(alias.source);
      if (target) targets.set(alias, target);
    },
    Value: (_, node) => {
      if (node.anchor) anchors.set(node.anchor, node);
    },
  });
  return targets;
}

function originOf(node: Node | null, pair?: Pair): Origin {
  const key = (pair?.key as Node | undefined)?.range;
  const range = node?.range ?? key ?? [0, 0, 0];
  return { from: "file", start: range[0], end: range[1], ...(key ? { keyStart: key[0], keyEnd: key[1] } : {}) };
}
