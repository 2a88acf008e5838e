import type { z } from "zod";
import type { Kind, OptionCheck } from "../plugin/component.ts";
import { blamed, nameOf, nameOfService } from "../plugin/blame.ts";
import { watchedCheck, watchedDefinition } from "../plugin/guards/definition.ts";
import type { Registry } from "../plugin/registry.ts";
import { isSlotReference } from "../plugin/slots.ts";
import { asResolved } from "../plugin/resolved.ts";
import type { Resolved } from "../plugin/resolved.ts";
import type { ResolvedService } from "../plugin/service.ts";
import { suggestion } from "../plugin/suggestion.ts";
import type { Problem } from "./problems.ts";
import { childSchema, isList, isOpen, knownKeys, slotKind } from "../plugin/schema-walk.ts";
import { at, nearest, plain, treeOf } from "./tree.ts";
import type { Origin, Path, Tree } from "./tree.ts";

/** Collects problems while an experiment is resolved, so that all are reported at once. */
export interface Resolver {
  /** Resolves what is written in a slot. undefined where something was wrong. */
  slot<K extends Kind>(kind: K, tree: Tree, path: string): Resolved<K> | undefined;
  /** The same of a service, by its token's name. */
  service(token: string, tree: Tree, path: string): ResolvedService | undefined;
  /** Parses a value by a schema and holds it to `checks`; slots in it come out resolved. */
  parse(schema: z.ZodType, tree: Tree, path: string, checks?: readonly OptionCheck[]): unknown;
  readonly problems: Problem[];
}

/**
 * Turns what an experiment writes in its slots into components with checked options. It throws nothing: what is wrong is collected in the resolver's
 * `problems`.
 */
export function createResolver(registry: Registry): Resolver {
  const problems: Problem[] = [];

  function resolveSlot<K extends Kind>(
    kind: K,
    tree: Tree,
    path: string,
    own?: Resolved["own"],
    ownKeys: readonly string[] = [],
  ): Resolved<K> | undefined {
    const found = (name: string) => registry.component(kind, name);
    const component = named(kind, found, registry.names(kind), tree, path);
    if (component === undefined) return undefined;
    const owner = registry.ownerOf(kind, component.name) ?? "";
    const parsed = optionsOf(nameOf(owner, kind, component.name, path), component, tree, path, ownKeys);
    return parsed && asResolved(kind, watchedDefinition(component, owner, path), parsed.options, own);
  }

  function resolveService(token: string, tree: Tree, path: string): ResolvedService | undefined {
    const services = registry.services(token);
    const found = (name: string) => services.find((one) => one.name === name);
    const names = services.map(({ name }) => name);
    const service = named(`service ${token}`, found, names, tree, path);
    if (service === undefined) return undefined;
    const parsed = optionsOf(nameOfService(registry.ownerOfService(service) ?? "", service), service, tree, path);
    return parsed && { service, options: parsed.options };
  }

  /** What a slot names. */
  function named<T>(
    what: string,
    found: (name: string) => T | undefined,
    names: readonly string[],
    tree: Tree,
    path: string,
  ): T | undefined {
    const use = at(tree, ["use"]) ?? tree;
    if (use.type !== "scalar" || typeof use.value !== "string") {
      problems.push({ path, message: `expected the name of a ${what}, or { use: name, …options }`, origin: tree.origin });
      return undefined;
    }
    const one = found(use.value);
    if (one === undefined)
      problems.push({ path, message: `there is no ${what} "${use.value}".${suggestion(use.value, names)}`, origin: use.origin });
    return one;
  }

  /** The options written beside its name; undefined where something was wrong with them. An error of its schema's own is the plugin's (`who`). */
  function optionsOf(
    who: string,
    { options: schema, checks = [] }: { readonly options: z.ZodType; readonly checks?: readonly OptionCheck[] },
    tree: Tree,
    path: string,
    ownKeys: readonly string[] = [],
  ): { readonly options: unknown } | undefined {
    const written = withoutKeys(tree, ["use", ...ownKeys]);
    const before = problems.length;
    problems.push(...protoNames(schema, written, path));
    try {
      const options = parse(
        schema,
        written,
        path,
        checks.map((check) => watchedCheck(who, check)),
      );
      return problems.length > before ? undefined : { options };
    } catch (error) {
      throw blamed(`${who}: options`, error);
    }
  }

  function parse(schema: z.ZodType, written: Tree, path: string, checks: readonly OptionCheck[] = []): unknown {
    const tree = withChains(schema, written);
    const parsed = parsedOrSound(schema, tree, path);
    for (const { reads, find } of checks)
      if (parsed !== undefined && reads.every((dotted) => valueAt(parsed, dotted.split(".")) !== undefined))
        for (const issue of find(parsed))
          problems.push({ ...issue, path: join(path, issue.path), origin: nearest(tree, issue.path).origin });
    return parsed;
  }

  function parsedOrSound(schema: z.ZodType, tree: Tree, path: string): unknown {
    const result = schema.safeParse(plain(tree));
    if (result.success) return fill(result.data, tree, path);
    for (const issue of result.error.issues) problems.push(...problemsOf(issue as Issue, schema, tree, path));
    return parseSound(schema, tree, path);
  }

  /** Puts resolved components where the parsed options hold references. */
  function fill(value: unknown, tree: Tree | undefined, path: string, from: Origin | undefined = tree?.origin): unknown {
    if (isSlotReference(value)) {
      const written = tree ?? treeOf(value.value, from ?? { from: "preset", name: "default" });
      return resolveSlot(value.kind, written, path, value.own, Object.keys(value.own ?? {}));
    }
    if (Array.isArray(value)) return value.map((item, index) => fill(item, at(tree, [index]), `${path}[${index}]`));
    if (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype)
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, fill(item, at(tree, [key]), join(path, [key]))]),
      );
    return value;
  }

  /** Where parsing failed: what is sound by itself, so that errors in it are in the same report. A list is sound as a whole or not at all. */
  function parseSound(schema: z.ZodType, tree: Tree, path: string): unknown {
    if (tree.type === "scalar" || (tree.type === "list") !== isList(schema) || isOpen(schema)) return undefined;
    const sound = (key: string | number, child: Tree): unknown => {
      const inner = childSchema(schema, key);
      if (inner === undefined) return undefined;
      const result = inner.safeParse(plain(child));
      return result.success
        ? fill(result.data, child, join(path, [key]))
        : slotKind(inner) === undefined
          ? parseSound(inner, child, join(path, [key]))
          : undefined;
    };
    if (tree.type === "list") {
      for (const [index, child] of tree.items.entries()) sound(index, child);
      return undefined;
    }
    return Object.fromEntries([...tree.entries].map(([key, child]) => [key, sound(key, child)]));
  }

  return { problems, parse, slot: (kind, tree, path) => resolveSlot(kind, tree, path), service: resolveService };
}

/** A chain of slots may be written as its only step: `advantage: whiten` stands for `advantage: [whiten]`. */
function withChains(schema: z.ZodType, tree: Tree): Tree {
  if (tree.type === "list") return tree;
  const element = isList(schema) ? childSchema(schema, 0) : undefined;
  const isStep = tree.type === "map" ? tree.entries.has("use") : typeof tree.value === "string";
  if (element !== undefined && slotKind(element) !== undefined && isStep)
    return { type: "list", items: [tree], origin: tree.origin };
  if (tree.type === "scalar") return tree;
  const entries = [...tree.entries].map(([key, child]) => {
    const inner = childSchema(schema, key);
    return [key, inner === undefined ? child : withChains(inner, child)] as const;
  });
  return { ...tree, entries: new Map(entries) };
}

/** Where names are free zod leaves out `__proto__` without a word. */
function protoNames(schema: z.ZodType | undefined, tree: Tree, path: string): Problem[] {
  if (schema === undefined || slotKind(schema) !== undefined || tree.type === "scalar") return [];
  const inside = (key: string | number, item: Tree) => protoNames(childSchema(schema, key), item, join(path, [key]));
  if (tree.type === "list") return tree.items.flatMap((item, index) => inside(index, item));
  return [...tree.entries].flatMap(([key, item]) =>
    key === "__proto__" && childSchema(schema, key) !== undefined
      ? [{ path: join(path, [key]), message: `"${key}" can't be a name here`, origin: item.origin, atKey: true }]
      : inside(key, item),
  );
}

function valueAt(value: unknown, steps: readonly string[]): unknown {
  return steps.reduce<unknown>((inside, step) => (inside as Record<string, unknown> | null | undefined)?.[step], value);
}

function withoutKeys(tree: Tree, keys: readonly string[]): Tree {
  if (tree.type !== "map") return { type: "map", entries: new Map(), origin: tree.origin };
  return { ...tree, entries: new Map([...tree.entries].filter(([key]) => !keys.includes(key))) };
}

interface Issue {
  readonly code: string;
  readonly path: Path;
  readonly message: string;
  readonly keys?: readonly string[];
  readonly values?: readonly unknown[];
  readonly issues?: readonly { readonly message: string }[];
}

function problemsOf(issue: Issue, schema: z.ZodType, tree: Tree, path: string): Problem[] {
  if (issue.code === "unrecognized_keys") {
    const inside = issue.path.reduce<z.ZodType | undefined>((inner, key) => inner && childSchema(inner, key), schema);
    return (issue.keys ?? []).map((key) => ({
      path: join(path, [...issue.path, key]),
      message: `unknown key "${key}".${suggestion(key, knownKeys(inside))}`,
      origin: at(tree, [...issue.path, key])?.origin ?? tree.origin,
      atKey: true,
    }));
  }
  if (issue.code === "invalid_key")
    return [
      {
        path: join(path, issue.path),
        message: (issue.issues ?? []).map(({ message }) => message).join(", "),
        origin: at(tree, issue.path)?.origin,
        atKey: true,
      },
    ];
  const node = at(tree, issue.path);
  const given = node === undefined ? undefined : plain(node);
  const where = nearest(tree, issue.path);
  if (node === undefined)
    return [
      {
        path: join(path, issue.path),
        message: `missing: ${lower(issue.message).replace(", received undefined", "")}`,
        origin: where.origin,
        atKey: true,
      },
    ];
  const choices =
    issue.code === "invalid_value" && typeof given === "string" ? suggestion(given, (issue.values ?? []).map(String)) : "";
  const shown = given !== null && typeof given === "object" ? "" : ` (given: ${JSON.stringify(given)})`;
  return [{ path: join(path, issue.path), message: `${lower(issue.message)}${shown}${choices}`, origin: where.origin }];
}

function lower(message: string): string {
  return message.replace(/^Invalid input: /, "").replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
}

/** A path with keys below it, as messages write it: stages.rl.loss, update[0]. */
export function join(path: string, below: Path): string {
  return below.reduce<string>(
    (whole, key) => (typeof key === "number" ? `${whole}[${key}]` : whole ? `${whole}.${key}` : String(key)),
    path,
  );
}
