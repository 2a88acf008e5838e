import { readFileSync } from "node:fs";
import { dirname, resolve as resolvePath } from "node:path";
import { parse as parseYaml } from "yaml";
import type { Kind } from "../component.ts";
import { InputError, messageOf } from "../errors.ts";
import type { Registry } from "../registry.ts";
import { presetTree } from "./preset.ts";
import { ExperimentError, suggestion } from "./problems.ts";
import type { Problem, SourceText } from "./problems.ts";
import { createResolver } from "./resolve.ts";
import type { Resolved, Resolver } from "./resolve.ts";
import { experimentSchema } from "./schema.ts";
import { parseSource } from "./source.ts";
import { at, merge, nest, plain, treeOf } from "./tree.ts";
import type { Tree } from "./tree.ts";

/** An experiment, checked: every cell of its grid with every value resolved. */
export interface Experiment {
  readonly name: string;
  readonly file: string;
  readonly folder: string;
  readonly source: SourceText;
  readonly registry: Registry;
  readonly cells: readonly Cell[];
  readonly seeds: readonly number[];
  /** The metric that cells are compared by, e.g. evaluate.accuracy. */
  readonly compare: string | null;
}

/** One variant of the method. */
export interface Cell {
  readonly name: string;
  readonly baseline: boolean;
  readonly engine: string;
  readonly model: Resolved<"model">;
  readonly data: Resolved<"dataset">;
  readonly stages: readonly { readonly name: string; readonly stage: Resolved<"stage"> }[];
  /** All values with their origins. */
  readonly tree: Tree;
}

export interface LoadOptions {
  /** `--set path=value` flags. */
  readonly set?: readonly string[];
  /** Gives the registry for the plugins that the file lists. */
  readonly registryFor: (plugins: readonly string[], folder: string) => Promise<Registry>;
}

/** Reads and checks an experiment file. Throws one `ExperimentError` with all that is wrong with it. */
export async function loadExperiment(path: string, options: LoadOptions): Promise<Experiment> {
  const file = resolvePath(path);
  const source: SourceText = { file: path, text: read(path) };
  const tree = parseSource(source);
  const folder = dirname(file);
  if (tree.type !== "map") throw new ExperimentError(source, [{ path: "", message: "expected a map of keys", origin: tree.origin }]);

  const registry = await options.registryFor(pluginsOf(source, tree), folder);
  const problems: Problem[] = [];
  const layer = stagesByName(tree, problems);
  const flags = (options.set ?? []).map((flag) => flagLayer(flag));
  const stageNames = [...(mapAt(layer, "stages")?.entries.keys() ?? [])];

  const head = createResolver(registry);
  const parsed = head.parse(experimentSchema, withoutEntries(layer, ["model", "data"], { model: "-", data: "-" }), "") as Record<string, never> | undefined;
  problems.push(...head.problems.filter(({ path: where }) => where !== "model" && where !== "data"));

  const cells: Cell[] = [];
  for (const { name, baseline, override } of variantsOf(layer)) {
    const overrideTree = override && overrideLayer(override, stageNames, problems);
    const resolver = createResolver(registry);
    const cell = resolveCell(name, baseline, [layer, ...(overrideTree ? [overrideTree] : []), ...flags], registry, resolver);
    problems.push(...resolver.problems);
    if (cell) cells.push(cell);
  }
  if (problems.length > 0 || parsed === undefined) throw new ExperimentError(source, problems);

  const { name, seeds, ablate } = parsed as unknown as { name: string; seeds?: number | number[]; ablate?: { seeds?: number | number[]; compare?: string } };
  const chosen = ablate?.seeds ?? seeds ?? 1;
  return {
    name,
    file,
    folder,
    source,
    registry,
    cells,
    seeds: typeof chosen === "number" ? Array.from({ length: chosen }, (_, index) => index + 1) : chosen,
    compare: ablate?.compare ?? null,
  };
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new InputError("RL_EXPERIMENT_FILE", `${path}: can't be read (${messageOf(error)}), expected an experiment file`);
  }
}

function pluginsOf(source: SourceText, tree: Tree): string[] {
  const node = at(tree, ["plugins"]);
  if (node === undefined) return [];
  const names = plain(node);
  if (Array.isArray(names) && names.every((name) => typeof name === "string")) return names;
  throw new ExperimentError(source, [{ path: "plugins", message: "expected a list of package names", origin: node.origin }]);
}

/** `stages:` is written as a list of single-key maps, and addressed by name: stages.rl.loss. */
function stagesByName(tree: Tree & { type: "map" }, problems: Problem[]): Tree & { type: "map" } {
  const stages = tree.entries.get("stages");
  if (stages === undefined) return tree;
  const named = new Map<string, Tree>();
  if (stages.type !== "list") problems.push({ path: "stages", message: "expected a list of stages, `- name: { use: …, …options }`", origin: stages.origin });
  for (const item of stages.type === "list" ? stages.items : []) {
    const [first, ...more] = item.type === "map" ? [...item.entries] : [];
    if (first === undefined || more.length > 0) problems.push({ path: "stages", message: "expected one name for each stage, `- name: { use: …, …options }`", origin: item.origin });
    else if (named.has(first[0])) problems.push({ path: `stages.${first[0]}`, message: "two stages have this name", origin: first[1].origin, atKey: true });
    else named.set(...first);
  }
  return { ...tree, entries: new Map(tree.entries).set("stages", { type: "map", entries: named, origin: stages.origin }) };
}

function mapAt(tree: Tree, key: string): (Tree & { type: "map" }) | undefined {
  const node = at(tree, [key]);
  return node?.type === "map" ? node : undefined;
}

function withoutEntries(tree: Tree & { type: "map" }, keys: readonly string[], placeholders: Record<string, string>): Tree {
  const entries = new Map([...tree.entries].map(([key, value]) => [key, keys.includes(key) ? { ...value, type: "scalar" as const, value: placeholders[key] } : value]));
  return { ...tree, entries: entries as Map<string, Tree> };
}

interface Variant {
  readonly name: string;
  readonly baseline: boolean;
  readonly override?: Tree & { type: "map" };
}

/** The baseline and the named variants; without `ablate`, the experiment itself is the only cell. */
function variantsOf(layer: Tree): Variant[] {
  const ablate = mapAt(layer, "ablate");
  if (ablate === undefined) return [{ name: "main", baseline: true }];
  const variants: Variant[] = [];
  const asMap = (tree: Tree | undefined) => (tree?.type === "map" ? tree : undefined);
  const baseline = ablate.entries.get("baseline");
  if (baseline !== undefined) variants.push({ name: baselineName(baseline), baseline: true, ...optional(asMap(baseline)) });
  for (const [name, tree] of asMap(ablate.entries.get("variants"))?.entries ?? [])
    variants.push({ name, baseline: false, ...optional(asMap(tree)) });
  return variants;
}
const optional = (override: (Tree & { type: "map" }) | undefined) => (override === undefined ? {} : { override });

/** A baseline that is an algorithm is called after it. */
function baselineName(baseline: Tree): string {
  const [, algorithm] = (baseline.type === "map" ? [...baseline.entries] : []).find(([path]) => path.endsWith(".algorithm")) ?? [];
  const name = algorithm && plain(at(algorithm, ["use"]) ?? algorithm);
  return typeof name === "string" ? name : "baseline";
}

function overrideLayer(override: Tree & { type: "map" }, stageNames: readonly string[], problems: Problem[]): Tree | undefined {
  let layer: Tree | undefined;
  for (const [path, value] of override.entries) {
    const steps = path.split(".");
    const problem = checkOverride(steps, stageNames);
    if (problem) problems.push({ path, message: problem, origin: value.origin, atKey: true });
    else layer = merge(layer, nest(steps, value));
  }
  return layer;
}

function checkOverride(steps: readonly string[], stageNames: readonly string[]): string | undefined {
  const roots = ["engine", "model", "data", "stages"];
  if (!roots.includes(steps[0]!)) return `an override can't name "${steps[0]}".${suggestion(steps[0]!, roots)}`;
  if (steps[0] === "stages" && !stageNames.includes(steps[1] ?? "")) return `there is no stage "${steps[1] ?? ""}".${suggestion(steps[1] ?? "", stageNames)}`;
  return undefined;
}

function flagLayer(flag: string): Tree {
  const [path, ...rest] = flag.split("=");
  const text = `--set ${flag}`;
  if (!path || rest.length === 0) throw new InputError("RL_FLAG", `${text}: expected --set path=value, e.g. --set stages.rl.kl.coefficient=0.01`);
  return nest(path.split("."), treeOf(parseYaml(rest.join("=")), { from: "flag", text }));
}

/** Lays the layers over one another; within a layer that names an algorithm, its preset comes first and the layer's own values over it. */
function resolveCell(name: string, baseline: boolean, layers: readonly Tree[], registry: Registry, resolver: Resolver): Cell | undefined {
  const [file] = layers;
  const stages: { name: string; stage: Resolved<"stage"> }[] = [];
  const trees = new Map<string, Tree>();
  for (const [stageName, written] of mapAt(file!, "stages")?.entries ?? []) {
    const path = `stages.${stageName}`;
    const tree = stageTree(stageName, written, layers, registry, resolver);
    if (tree === undefined) continue;
    trees.set(stageName, tree);
    const stage = resolver.slot("stage", tree, path);
    if (stage) stages.push({ name: stageName, stage });
  }
  const merged = layers.reduce<Tree | undefined>((lower, upper) => merge(lower, upper), undefined)!;
  const model = slotAt("model", "model");
  const data = slotAt("dataset", "data");
  const engine = engineOf(merged, registry, resolver);
  if (!model || !data || resolver.problems.length > 0) return undefined;
  const entries = new Map<string, Tree>();
  for (const key of ["engine", "model", "data"]) if (at(merged, [key])) entries.set(key, at(merged, [key])!);
  entries.set("stages", { type: "map", entries: trees, origin: at(merged, ["stages"])!.origin });
  return { name, baseline, engine, model, data, stages, tree: { type: "map", entries, origin: merged.origin } };

  function slotAt<K extends Kind>(kind: K, key: string): Resolved<K> | undefined {
    const tree = at(merged, [key]);
    if (tree) return resolver.slot(kind, tree, key);
    resolver.problems.push({ path: key, message: `missing: expected the name of a ${kind}, or { use: name, …options }`, origin: file!.origin });
    return undefined;
  }
}

function engineOf(merged: Tree, registry: Registry, resolver: Resolver): string {
  const tree = at(merged, ["engine"]);
  if (tree?.type !== "scalar" || typeof tree.value !== "string") return "auto";
  const names = ["auto", ...registry.names("engine")];
  if (!names.includes(tree.value)) resolver.problems.push({ path: "engine", message: `there is no engine "${tree.value}".${suggestion(tree.value, names)}`, origin: tree.origin });
  return tree.value;
}

function stageTree(stageName: string, written: Tree, layers: readonly Tree[], registry: Registry, resolver: Resolver): Tree | undefined {
  const uses = layers.map((layer) => at(layer, ["stages", stageName, "use"])).filter((use) => use !== undefined);
  const use = uses.at(-1) ?? written;
  const component = use.type === "scalar" ? registry.component("stage", String(use.value)) : undefined;
  const presetKey = component?.presetFrom;
  let tree: Tree = { type: "map", entries: new Map([["use", use]]), origin: written.origin };
  for (const layer of layers) {
    const own = at(layer, ["stages", stageName]);
    if (own?.type !== "map") continue;
    const chosen = presetKey === undefined ? undefined : own.entries.get(presetKey);
    const preset = chosen && presetTree(chosen, `stages.${stageName}.${presetKey}`, registry, resolver.problems);
    if (preset) tree = merge(tree, preset);
    tree = merge(tree, { ...own, entries: new Map([...own.entries].filter(([key]) => key !== "use" && key !== presetKey)) });
  }
  return tree;
}
