import type { z } from "zod";
import type { Kind } from "../plugin/component.ts";
import type { Registry } from "../plugin/registry.ts";
import { isSlotReference } from "../plugin/slots.ts";
import { editChain, isChainEdit, namesStep } from "./chain-edits.ts";
import type { Problem } from "./problems.ts";
import { join } from "./resolve.ts";
import { childSchema, isList, slotKind } from "../plugin/schema-walk.ts";
import { at, merge, treeOf } from "./tree.ts";
import type { Tree } from "./tree.ts";

export interface Layering {
  readonly registry: Registry;
  readonly problems: Problem[];
}

/**
 * `upper` laid over `lower` as `merge` does it, where a schema says which values are chains of components: a map over a chain changes its steps by
 * name (chain-edits.ts), and leaves the others as they are.
 */
export function layOver(
  lower: Tree | undefined,
  upper: Tree,
  schema: z.ZodType | undefined,
  path: string,
  layering: Layering,
): Tree {
  if (schema === undefined || upper.type !== "map") return merge(lower, upper);
  const element = isList(schema) ? childSchema(schema, 0) : undefined;
  const step = element && slotKind(element);
  if (step !== undefined) return layOverChain(lower, upper, { schema, step }, path, layering);
  const kind = slotKind(schema);
  if (kind !== undefined) return layOverSlot(lower, upper, kind, path, layering);
  return withEntries(lower, upper, (key) => childSchema(schema, key), path, layering);
}

/** `upper` laid over what is in a slot: options of the component that is there, unless it names another. */
export function layOverSlot(lower: Tree | undefined, upper: Tree, kind: Kind, path: string, layering: Layering): Tree {
  return layOverNamed(lower, upper, (name) => layering.registry.component(kind, name), path, layering);
}

/** The same where `found` knows what has the name. */
export function layOverNamed(
  lower: Tree | undefined,
  upper: Tree,
  found: (name: string) => { readonly options: z.ZodType } | undefined,
  path: string,
  layering: Layering,
): Tree {
  if (upper.type !== "map") return upper;
  const use = upper.entries.get("use") ?? at(lower, ["use"]) ?? lower;
  const named = use?.type === "scalar" ? found(String(use.value)) : undefined;
  const schemaOf = (key: string) => named && childSchema(named.options, key);
  return withEntries(upper.entries.has("use") ? undefined : lower, upper, schemaOf, path, layering);
}

function withEntries(
  lower: Tree | undefined,
  upper: Tree & { type: "map" },
  schemaOf: (key: string) => z.ZodType | undefined,
  path: string,
  layering: Layering,
): Tree {
  const laid = (key: string, item: Tree) => layOver(at(lower, [key]), item, schemaOf(key), join(path, [key]), layering);
  const entries = [...upper.entries].map(([key, item]) => [key, laid(key, item)] as const);
  return merge(lower, { ...upper, entries: new Map(entries) });
}

function layOverChain(
  lower: Tree | undefined,
  upper: Tree & { type: "map" },
  { schema, step }: { readonly schema: z.ZodType; readonly step: Kind },
  path: string,
  layering: Layering,
): Tree {
  if (upper.entries.has("use")) return upper;
  const chain = stepsOf(lower ?? defaultOf(schema));
  const changed = (one: Tree, options: Tree) => layOverSlot(one, options, step, path, layering);
  if (chain === undefined) {
    if (isChainEdit(upper))
      layering.problems.push({
        path,
        message: "changes a chain, and there is none below it: expected a list of steps",
        origin: upper.origin,
      });
    return upper;
  }
  const ofOnlyStep = chain.length === 1 && !isChainEdit(upper) && ![...upper.entries.keys()].some((key) => namesStep(key, chain));
  if (ofOnlyStep && upper.entries.size > 0) return changed(chain[0]!, upper);
  return editChain(chain, upper, { path, problems: layering.problems, changed });
}

/** The steps of a chain, which may be written as its only step; undefined where it is no chain. */
function stepsOf(tree: Tree | undefined): readonly Tree[] | undefined {
  if (tree?.type === "list") return tree.items;
  const isStep = tree?.type === "map" ? tree.entries.has("use") : tree?.type === "scalar" && typeof tree.value === "string";
  return isStep ? [tree!] : undefined;
}

/** What a chain is where nobody says. */
function defaultOf(schema: z.ZodType): Tree | undefined {
  const { data } = schema.safeParse(undefined);
  const steps: unknown[] = Array.isArray(data) ? data : [];
  if (steps.length === 0 || !steps.every((one) => isSlotReference(one))) return undefined;
  return treeOf(
    steps.map(({ value }) => value),
    { from: "preset", name: "default" },
  );
}
