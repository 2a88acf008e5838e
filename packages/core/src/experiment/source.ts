import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, visit } from "yaml";
import type { Alias, Document, Node, Pair } from "yaml";
import { lossOf } from "@rewardlab/storage";
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
    merge: false, // read below, so that each value keeps its place
    uniqueKeys: false, // 1.10 and 1.1 are two names here, and one number to YAML
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

/**
 * << merges as YAML 1.1's libraries do: what the map says itself wins, wherever << stands, and of several maps the first that has a key. The keys of a merged
 * map stand where << does, in their order; one whose value the map says itself keeps its place. So rules, chains' steps and variants come in the order in
 * which they would stand if they were written out.
 */
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
      const merged = new Set<string>(); // keys that have only a merged value yet
      let merges = 0;
      for (const item of node.items as Pair<Node, Node>[]) {
        const key = keyOf(item.key) ?? refuse(item.key ?? node, "a key must be plain text");
        if (isMergeKey(item.key)) {
          if (++merges > 1) refuse(item.key, "<< is there twice; << : [*a, *b] merges several maps");
          const maps = mapsOf(read(item.value ?? null, item, depth + 1), () => refuse(item.key, NO_MERGE));
          for (const [name, value] of maps.flatMap((map) => (map.type === "map" ? [...map.entries] : [])))
            if (!entries.has(name)) {
              entries.set(name, value);
              merged.add(name);
            }
          continue;
        }
        if (entries.has(key) && !merged.delete(key)) refuse(item.key, `the key "${key}" is there twice`);
        entries.set(key, read(item.value ?? null, item, depth + 1));
      }
      return { type: "map", entries, origin };
    }
    if (isSeq(node)) return { type: "list", items: node.items.map((item) => read(item as Node, undefined, depth + 1)), origin };
    const value = isScalar(node) ? node.value : null;
    const lost = isScalar(node) && node.type === "PLAIN" ? lossOf(node.source ?? "", value) : null;
    if (lost !== null) refuse(node, lost);
    return { type: "scalar", value, origin };
  };
  return read(document.contents as Node);
}

const NO_MERGE = "<< merges a map, or a list of maps; expected e.g. << : *name";

/** A key as it is written, also where YAML would make a number, a truth value or nothing of it: 1.10, 010, yes, ~. null: no plain text. */
function keyOf(key: unknown): string | null {
  if (!isScalar(key)) return null;
  return typeof key.value === "string" ? key.value : key.source ? key.source : null;
}

/** YAML 1.1's merge key. In quotes it is a key like any other. */
const isMergeKey = (key: unknown) => isScalar(key) && key.type === "PLAIN" && key.value === "<<";

function mapsOf(tree: Tree, refuse: () => never): readonly Tree[] {
  const maps = tree.type === "list" ? tree.items : [tree];
  return maps.every(({ type }) => type === "map") ? maps : refuse();
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
