import { readFileSync } from "node:fs";
import { dirname, resolve as resolvePath } from "node:path";
import { parse as parseYaml } from "yaml";
import type { Kind } from "../component.ts";
import { InputError, messageOf } from "../errors.ts";
import { PluginError } from "../registry.ts";
import type { Registry } from "../registry.ts";
import { folderName } from "../run/layout.ts";
import { presetTree } from "./preset.ts";
import { ExperimentError, suggestion } from "./problems.ts";
import type { Problem, SourceText } from "./problems.ts";
import { createResolver } from "./resolve.ts";
import type { Resolved, Resolver } from "./resolve.ts";
import { experimentSchema } from "./schema.ts";
import { parseSource } from "./source.ts";
import { at, merge, nest, plain, treeOf } from "./tree.ts";
import type { Origin, Tree } from "./tree.ts";

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
  if (tree.type !== "map")
    throw new ExperimentError(source, [{ path: "", message: "expected a map of keys", origin: tree.origin }]);

  const registry = await registryOf(source, tree, folder, options);
  const problems: Problem[] = [];
  const layer = stagesByName(tree, problems);
  const stageNames = [...(mapAt(layer, "stages")?.entries.keys() ?? [])];
  const flags = (options.set ?? []).map((flag) => flagLayer(flag, stageNames, problems));
  const flagged = flags.reduce<Tree>(merge, layer);

  const head = createResolver(registry);
  const parsed = head.parse(experimentSchema, withoutEntries(flagged, resolvedApart), "") as Record<string, never> | undefined;
  problems.push(...head.problems.filter(({ path: where }) => !resolvedApart.includes(where)));

  const cells: Cell[] = [];
  const variants = variantsOf(flagged);
  problems.push(...variantProblems(variants, flagged), ...compareProblems(flagged, stageNames));
  for (const { name, baseline, override } of variants) {
    const overrideTree = override && overrideLayer(override, stageNames, problems);
    const resolver = createResolver(registry);
    const cell = resolveCell(name, baseline, [layer, ...(overrideTree ? [overrideTree] : []), ...flags], registry, resolver);
    problems.push(...resolver.problems);
    if (cell) cells.push(cell);
  }
  if (problems.length > 0 || parsed === undefined) throw new ExperimentError(source, problems);

  const { name, seeds, ablate } = parsed as unknown as {
    name: string;
    seeds?: number | number[];
    ablate?: { seeds?: number | number[]; compare?: string };
  };
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

/** The registry for the plugins listed. What is wrong with them is reported before all else: names that they bring would be unknown. */
async function registryOf(source: SourceText, tree: Tree, folder: string, { registryFor }: LoadOptions): Promise<Registry> {
  const names = pluginsOf(source, tree);
  try {
    return await registryFor(names, folder);
  } catch (error) {
    if (!(error instanceof PluginError)) throw error;
    const problems = error.failures.map(({ plugin, message }) => {
      const index = names.indexOf(plugin);
      return {
        path: index === -1 ? "plugins" : `plugins[${index}]`,
        message,
        origin: at(tree, ["plugins", ...(index === -1 ? [] : [index])])?.origin,
      };
    });
    throw new ExperimentError(source, problems, { cause: error.cause });
  }
}

function pluginsOf(source: SourceText, tree: Tree): string[] {
  const node = at(tree, ["plugins"]);
  if (node === undefined) return [];
  const names = plain(node);
  if (Array.isArray(names) && names.every((name) => typeof name === "string")) return names;
  throw new ExperimentError(source, [{ path: "plugins", message: "expected a list of package names", origin: node.origin }]);
}

/** It names a folder, and is one step of a dotted path. */
const STAGE_NAME = /^[\p{L}\p{N}][\p{L}\p{N}_-]*$/u;

/** `stages:` is written as a list of single-key maps, and addressed by name: stages.rl.loss. */
function stagesByName(tree: Tree & { type: "map" }, problems: Problem[]): Tree & { type: "map" } {
  const stages = tree.entries.get("stages");
  if (stages === undefined) return tree;
  const named = new Map<string, Tree>();
  if (stages.type !== "list" || stages.items.length === 0)
    problems.push({
      path: "stages",
      message: "expected a list of stages, `- name: { use: …, …options }`",
      origin: stages.origin,
    });
  for (const item of stages.type === "list" ? stages.items : []) {
    const [first, ...more] = item.type === "map" ? [...item.entries] : [];
    if (first === undefined || more.length > 0)
      problems.push({
        path: "stages",
        message: "expected one name for each stage, `- name: { use: …, …options }`",
        origin: item.origin,
      });
    else if (named.has(first[0]))
      problems.push({ path: `stages.${first[0]}`, message: "two stages have this name", origin: first[1].origin, atKey: true });
    else if (!STAGE_NAME.test(first[0]))
      problems.push({
        path: "stages",
        message: `"${first[0]}" can't be a stage's name: expected letters, digits, _ and -`,
        origin: first[1].origin,
        atKey: true,
      });
    else named.set(...first);
  }
  return { ...tree, entries: new Map(tree.entries).set("stages", { type: "map", entries: named, origin: stages.origin }) };
}

function mapAt(tree: Tree, key: string): (Tree & { type: "map" }) | undefined {
  const node = at(tree, [key]);
  return node?.type === "map" ? node : undefined;
}

/** What each cell resolves for itself, since it may be overridden. */
const resolvedApart = ["engine", "model", "data"];

function withoutEntries(tree: Tree, keys: readonly string[]): Tree {
  if (tree.type !== "map") return tree;
  return { ...tree, entries: new Map([...tree.entries].filter(([key]) => !keys.includes(key))) };
}

interface Variant {
  readonly name: string;
  readonly baseline: boolean;
  readonly override?: Tree & { type: "map" };
  readonly origin?: Origin;
}

/** Every cell has a folder of its own. */
function variantProblems(variants: readonly Variant[], layer: Tree): Problem[] {
  const origin = at(layer, ["ablate"])?.origin;
  if (variants.length === 0)
    return [{ path: "ablate", message: "expected a baseline or at least one variant", origin, atKey: true }];
  return variants.flatMap(({ name, origin: own }, index) => {
    const other = variants
      .slice(0, index)
      .find((before) => folderName(before.name).toLowerCase() === folderName(name).toLowerCase());
    if (other === undefined) return [];
    const taken = other.baseline ? `the baseline is called "${other.name}"` : `another variant is called "${other.name}"`;
    return [
      {
        path: `ablate.variants.${name}`,
        message: `${taken}, and both would have one folder: expected another name`,
        origin: own,
        atKey: true,
      },
    ];
  });
}

/** `compare: <stage>.<metric>` */
function compareProblems(layer: Tree, stageNames: readonly string[]): Problem[] {
  const compare = at(layer, ["ablate", "compare"]);
  if (compare?.type !== "scalar" || typeof compare.value !== "string") return [];
  const [name = "", ...metric] = compare.value.split(".");
  const expected = { path: "ablate.compare", origin: compare.origin };
  if (!stageNames.includes(name))
    return [{ ...expected, message: `there is no stage "${name}".${suggestion(name, stageNames)}` }];
  return metric.length > 0 ? [] : [{ ...expected, message: `expected <stage>.<metric>, e.g. ${name}.accuracy` }];
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
    variants.push({ name, baseline: false, origin: tree.origin, ...optional(asMap(tree)) });
  return variants;
}
const optional = (override: (Tree & { type: "map" }) | undefined) => (override === undefined ? {} : { override });

/** A baseline that is an algorithm is called after it. */
function baselineName(baseline: Tree): string {
  const [, algorithm] =
    (baseline.type === "map" ? [...baseline.entries] : []).find(([path]) => path.endsWith(".algorithm")) ?? [];
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

function checkOverride(
  steps: readonly string[],
  stageNames: readonly string[],
  roots: readonly string[] = ["engine", "model", "data", "stages"],
): string | undefined {
  if (!roots.includes(steps[0]!)) return `an override can't name "${steps[0]}".${suggestion(steps[0]!, roots)}`;
  if (steps[0] === "stages" && !stageNames.includes(steps[1] ?? ""))
    return `there is no stage "${steps[1] ?? ""}".${suggestion(steps[1] ?? "", stageNames)}`;
  return undefined;
}

/** What `--set` may change: all that is in the file but for `plugins`, which say how it is to be read. */
const settable = ["name", "engine", "model", "data", "stages", "seeds", "ablate"];

function flagLayer(flag: string, stageNames: readonly string[], problems: Problem[]): Tree {
  const [path = "", ...rest] = flag.split("=");
  const text = `--set ${flag}`;
  if (!path || rest.length === 0)
    throw new InputError("RL_FLAG", `${text}: expected --set path=value, e.g. --set stages.rl.kl.coefficient=0.01`);
  const origin: Origin = { from: "flag", text };
  const steps = path.split(".");
  const problem = checkOverride(steps, stageNames, settable);
  if (problem) problems.push({ path: "", message: problem, origin });
  return problem ? { type: "map", entries: new Map(), origin } : nest(steps, treeOf(flagValue(text, rest.join("=")), origin));
}

function flagValue(flag: string, value: string): unknown {
  try {
    return parseYaml(value);
  } catch (error) {
    throw new InputError("RL_FLAG", `${flag}: not valid YAML (${messageOf(error).split("\n")[0]})`, { cause: error });
  }
}

/** Lays the layers over one another; within a layer that names an algorithm, its preset comes first and the layer's own values over it. */
function resolveCell(
  name: string,
  baseline: boolean,
  layers: readonly Tree[],
  registry: Registry,
  resolver: Resolver,
): Cell | undefined {
  const [file] = layers;
  const stages: { name: string; stage: Resolved<"stage"> }[] = [];
  const trees = new Map<string, Tree>();
  for (const [stageName, written] of mapAt(file!, "stages")?.entries ?? []) {
    const path = `stages.${stageName}`;
    const tree = stageTree(stageName, written, layers, registry, resolver);
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
  entries.set("stages", { type: "map", entries: trees, origin: (at(merged, ["stages"]) ?? merged).origin });
  return { name, baseline, engine, model, data, stages, tree: { type: "map", entries, origin: merged.origin } };

  function slotAt<K extends Kind>(kind: K, key: string): Resolved<K> | undefined {
    const tree = at(merged, [key]);
    if (tree) return resolver.slot(kind, tree, key);
    resolver.problems.push({
      path: key,
      message: `missing: expected the name of a ${kind}, or { use: name, …options }`,
      origin: file!.origin,
    });
    return undefined;
  }
}

function engineOf(merged: Tree, registry: Registry, resolver: Resolver): string {
  const tree = at(merged, ["engine"]);
  if (tree === undefined) return "auto";
  const name = plain(tree);
  const names = ["auto", ...registry.names("engine")];
  const given = typeof name === "string" ? name : JSON.stringify(name);
  if (!names.includes(given))
    resolver.problems.push({
      path: "engine",
      message: `there is no engine "${given}".${suggestion(given, names)}`,
      origin: tree.origin,
    });
  return given;
}

function stageTree(stageName: string, written: Tree, layers: readonly Tree[], registry: Registry, resolver: Resolver): Tree {
  const path = `stages.${stageName}`;
  const [first, ...later] = layers.map((layer) => stageLayer(at(layer, ["stages", stageName])));
  for (const layer of later)
    if (layer && layer.type !== "map")
      resolver.problems.push({ path, message: "expected options of the stage, or the name of another", origin: layer.origin });
  const owns = [first, ...later].filter((layer) => layer?.type === "map");
  const use = owns.map((own) => own.entries.get("use")).findLast((one) => one !== undefined) ?? written;
  const component = use.type === "scalar" ? registry.component("stage", String(use.value)) : undefined;
  const source = component?.presetFrom;
  const bare = { type: "map" as const, entries: new Map([["use", use]]), origin: written.origin };
  let tree: Tree = bare;
  for (const own of owns) {
    if (own.entries.has("use")) tree = bare; // as in every slot: what names a component starts anew
    const chosen = source && own.entries.get(source.option);
    const preset = chosen && presetTree(chosen, `${path}.${source.option}`, source, registry, resolver.problems);
    if (preset) tree = merge(tree, preset);
    tree = merge(tree, { ...own, entries: new Map([...own.entries].filter(([key]) => key !== "use" && key !== source?.option)) });
  }
  return tree;
}

/** A stage written as a bare name stands for { use: name }. */
function stageLayer(written: Tree | undefined): Tree | undefined {
  const isName = written?.type === "scalar" && typeof written.value === "string";
  return isName ? { type: "map", entries: new Map([["use", written]]), origin: written.origin } : written;
}
