import { readFileSync } from "node:fs";
import { dirname, resolve as resolvePath } from "node:path";
import type { Kind } from "../plugin/component.ts";
import { batchProblems } from "./batch-sizes.ts";
import { decodedText, InputError, whyUnreadable } from "@rewardlab/storage";
import { fitsWay, metricPath } from "./metric-path.ts";
import { PluginError } from "../plugin/registry.ts";
import type { Registry } from "../plugin/registry.ts";
import type { Cell } from "./cell.ts";
import { plainCell } from "./describe.ts";
import { remoteProblems } from "./remote.ts";
import { layOverSlot } from "./layers.ts";
import { planGrid } from "./grid/cells.ts";
import type { CellPlan, GridFactor } from "./grid/cells.ts";
import { unquotedPath } from "./dotted-path.ts";
import { checkOverride, overrideLayer, overrideSteps } from "./grid/overrides.ts";
import { presetTree } from "./preset.ts";
import { ExperimentError } from "./problems.ts";
import { suggestion } from "../plugin/suggestion.ts";
import type { Problem, SourceText } from "./problems.ts";
import { createResolver } from "./resolve.ts";
import type { Resolved } from "../plugin/resolved.ts";
import type { Resolver } from "./resolve.ts";
import { experimentSchema } from "./schema.ts";
import { resolveServices } from "./services.ts";
import { readSeeds, seedProblems } from "./seeds.ts";
import type { SeedLevel } from "./seeds.ts";
import { parseSource } from "./source.ts";
import { at, merge, nest, plain, treeOf, withOrigin } from "./tree.ts";
import type { Origin, Tree } from "./tree.ts";

/** An experiment, checked: every cell of its grid with every value resolved. */
export interface Experiment {
  readonly name: string;
  readonly file: string;
  readonly folder: string;
  readonly source: SourceText;
  readonly registry: Registry;
  readonly cells: readonly Cell[];
  /** A number for each run of a cell: its seed, or of several `seedLevels` one that stands for all of them (seeds.ts). */
  readonly seeds: readonly number[];
  /** The stages that have seeds of their own, in their order; none where all of a run have its seed. */
  readonly seedLevels: readonly SeedLevel[];
  /** What varies over the cells. */
  readonly factors: readonly GridFactor[];
  /** The metric that cells are compared by, e.g. evaluate.accuracy. */
  readonly compare: string | null;
  readonly alsoCompare: readonly string[];
}

/** What an experiment is loaded with besides its file. */
export interface LoadOptions {
  /** `--set path=value` flags. */
  readonly set?: readonly string[];
  /** Gives the registry for the plugins that the file lists. */
  readonly registryFor: (plugins: readonly string[], folder: string) => Promise<Registry>;
  /** Only the cell of this name is resolved; none where there is none. */
  readonly only?: string;
  /** A grid of more runs is refused before its cells are made. */
  readonly mostRuns?: number;
}

/** More cells than anybody compares, and than a report could show. */
const MOST_CELLS = 100_000;

/** Reads and checks an experiment file. Throws one `ExperimentError` with all that is wrong with it. */
export async function loadExperiment(path: string, options: LoadOptions): Promise<Experiment> {
  const file = resolvePath(path);
  const source: SourceText = { file: path, text: readExperiment(path) };
  const tree = parseSource(source);
  const folder = dirname(file);
  if (tree.type !== "map")
    throw new ExperimentError(source, [{ path: "", message: "expected a map of keys", origin: tree.origin }]);

  const registry = await registryOf(source, tree, folder, options);
  const problems: Problem[] = [];
  const layer = stagesByName(tree, problems);
  const stageNames = [...(mapAt(layer, "stages")?.entries.keys() ?? [])];
  const flags = (options.set ?? []).map((flag) => flagLayer(flag, layer, stageNames, problems));
  const flagged = flags.reduce<Tree>(merge, layer);

  const head = createResolver(registry);
  const parsed = head.parse(experimentSchema, withoutEntries(flagged, resolvedApart), "") as Parsed | undefined;
  const seedsPath = at(flagged, ["ablate", "seeds"]) && !isFlag(flagged, "seeds") ? "ablate.seeds" : "seeds";
  const writtenSeeds = at(flagged, seedsPath.split("."));
  const { seeds, seedLevels } = readSeeds(writtenSeeds, seedsPath, stageNames, head);
  problems.push(...head.problems.filter(({ path: where }) => !resolvedApart.includes(where)));

  const { name, ablate, ...top } = parsed ?? { name: "" };
  const chosen = <K extends keyof Comparing>(key: K): Comparing[K] =>
    isFlag(flagged, key) ? top[key] : (ablate?.[key] ?? top[key]);
  const grid = planGrid(flagged, source, problems);
  checkSize(path, grid.count, seeds.length, options.mostRuns ?? Infinity);
  const plans = grid.cells();
  problems.push(...compareProblems(flagged, stageNames));

  const resolvePlan = (plan: CellPlan, into: Problem[]): Cell | undefined => {
    const overrides = plan.overrides.flatMap((one) => overrideLayer(one, layer, stageNames, into) ?? []);
    const resolver = createResolver(registry);
    const cell = resolveCell(plan, [layer, ...overrides, ...flags], registry, resolver);
    into.push(...resolver.problems);
    return cell;
  };
  const wanted = options.only === undefined ? plans : plans.filter((plan) => plan.name === options.only);
  const cells = wanted.flatMap((plan) => resolvePlan(plan, problems) ?? []);
  problems.push(...cells.flatMap((cell) => seedProblems(seedLevels, cell, writtenSeeds, seedsPath)));
  if (problems.length === 0) problems.push(...measureProblems(flagged, cells));
  if (problems.length > 0 || parsed === undefined) throw new ExperimentError(source, problems);
  const asWritten = resolvePlan({ name: "", baseline: false, against: null, overrides: [], levels: {} }, []);

  return {
    name,
    file,
    folder,
    source,
    registry,
    cells: options.only === undefined ? withBaseline(cells, asWritten) : cells,
    seeds,
    seedLevels,
    factors: grid.factors,
    compare: chosen("compare") ?? null,
    alsoCompare: chosen("alsoCompare") ?? [],
  };
}

/** What may stand at the top or in `ablate:`. */
interface Comparing {
  readonly compare?: string | undefined;
  readonly alsoCompare?: string[] | undefined;
}
interface Parsed extends Comparing {
  readonly name: string;
  readonly ablate?: Comparing;
}

/** `--set seeds=2` wins over what the file says in either place. */
function isFlag(layer: Tree, key: string): boolean {
  return at(layer, [key])?.origin.from === "flag";
}

function checkSize(path: string, cells: number, seeds: number, mostRuns: number): void {
  const size = `${cells.toLocaleString("en")} cells × ${seeds.toLocaleString("en")} seeds`;
  if (cells > MOST_CELLS)
    throw new InputError("RL_GRID_SIZE", `${path}: ${size}, expected at most ${MOST_CELLS.toLocaleString("en")} cells`);
  if (cells * seeds > mostRuns)
    throw new InputError(
      "RL_GRID_SIZE",
      `${path}: ${size} are ${(cells * seeds).toLocaleString("en")} runs, more than ${mostRuns.toLocaleString("en")}; --yes if that is meant`,
    );
}

/** Where no baseline is written, it is the cell that is the experiment as it stands, else the first; the others are compared with it. */
function withBaseline(cells: readonly Cell[], asWritten: Cell | undefined): Cell[] {
  const content = (cell: Cell) => JSON.stringify(plainCell("", cell));
  const own = asWritten && content(asWritten);
  const baseline = cells.find((cell) => cell.baseline) ?? cells.find((cell) => content(cell) === own) ?? cells[0];
  return cells.map((cell) =>
    cell === baseline ? { ...cell, baseline: true } : { ...cell, against: cell.against ?? baseline?.name ?? null },
  );
}

/** The text of an experiment file. Throws where there is none, or it isn't UTF-8. */
export function readExperiment(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new InputError("RL_EXPERIMENT_FILE", `${path}: can't be read: ${whyUnreadable(error)}; expected an experiment file`);
  }
  const decoded = decodedText(bytes);
  if (decoded.ok) return decoded.text;
  const line = bytes.subarray(0, decoded.offset).toString("latin1").split("\n").length;
  throw new InputError("RL_EXPERIMENT_FILE", `${path}:${line}: ${decoded.problem}`);
}

/** The registry for the plugins listed. What is wrong with them is reported before all else: names that they bring would be unknown. */
export async function registryOf(
  source: SourceText,
  tree: Tree,
  folder: string,
  { registryFor }: Pick<LoadOptions, "registryFor">,
): Promise<Registry> {
  const names = pluginsOf(source, tree);
  try {
    return await registryFor(names, folder);
  } catch (error) {
    if (!(error instanceof PluginError)) throw error;
    const problems = error.failures.map(({ plugin, message, code }) => {
      const index = names.indexOf(plugin);
      return {
        path: index === -1 ? "plugins" : `plugins[${index}]`,
        message,
        ...(code === undefined ? {} : { code }),
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
const resolvedApart = ["engine", "model", "data", "services"];

function withoutEntries(tree: Tree, keys: readonly string[]): Tree {
  if (tree.type !== "map") return tree;
  return { ...tree, entries: new Map([...tree.entries].filter(([key]) => !keys.includes(key))) };
}

/** `compare: <stage>.<metric>`, at the top or in `ablate:`, and the list `alsoCompare:`. */
function compareProblems(layer: Tree, stageNames: readonly string[]): Problem[] {
  const problems: Problem[] = [];
  for (const key of ["seeds", "compare", "alsoCompare"]) {
    const [inside, outside] = [at(layer, ["ablate", key]), at(layer, [key])];
    if (inside && outside && !isFlag(layer, key))
      problems.push({
        path: `ablate.${key}`,
        message: `stands outside of ablate as well, expected it once`,
        origin: inside.origin,
        atKey: true,
      });
  }
  for (const { path, metric, origin } of comparedMetrics(layer)) {
    const { stage, way } = metricPath(metric);
    const message = !stageNames.includes(stage)
      ? `there is no stage "${stage}".${suggestion(stage, stageNames)}`
      : way === ""
        ? `expected <stage>.<metric>, e.g. ${stage}.accuracy`
        : null;
    if (message !== null) problems.push({ path, message, origin });
  }
  return problems;
}

/** The metrics to compare by, each with its place. */
function comparedMetrics(layer: Tree): { readonly path: string; readonly metric: string; readonly origin: Origin }[] {
  return ["compare", "alsoCompare", "ablate.compare", "ablate.alsoCompare"].flatMap((path) => {
    const node = at(layer, path.split("."));
    return (node?.type === "list" ? node.items : node ? [node] : []).flatMap((one) =>
      one.type === "scalar" && typeof one.value === "string" ? [{ path, metric: one.value, origin: one.origin }] : [],
    );
  });
}

/** Metrics that their stage gives in no cell: a comparison by them would be seen to be empty only when all is done. */
function measureProblems(layer: Tree, cells: readonly Cell[]): Problem[] {
  return comparedMetrics(layer).flatMap(({ path, metric, origin }) => {
    const { stage: name, way } = metricPath(metric);
    const given = cells.map(({ stages }) => {
      const stage = stages.find((one) => one.name === name)?.stage;
      return stage?.component.measures?.(stage.options) ?? null;
    });
    if (given.length === 0 || given.some((forms) => forms === null || forms.some((form) => fitsWay(form, way)))) return [];
    const forms = [...new Set(given.flatMap((one) => one ?? []))].map((form) => form.replaceAll("*", "<name>"));
    return [{ path, message: `no stage "${name}" gives "${way}".${suggestion(way, forms)}`, origin }];
  });
}

/** What `--set` may change: all that is in the file but for `plugins`, which say how it is to be read. */
const settable = [
  "name",
  "engine",
  "model",
  "data",
  "services",
  "stages",
  "seeds",
  "ablate",
  "grid",
  "zip",
  "compare",
  "alsoCompare",
];

function flagLayer(flag: string, written: Tree, stageNames: readonly string[], problems: Problem[]): Tree {
  const [path = "", ...rest] = flag.split("=");
  const text = `--set ${flag}`;
  if (!path || rest.length === 0)
    throw new InputError("RL_FLAG", `${text}: expected --set path=value, e.g. --set stages.rl.kl.coefficient=0.01`);
  const origin: Origin = { from: "flag", text };
  const steps = overrideSteps(path, written);
  const problem = checkOverride(steps, stageNames, settable);
  if (problem) problems.push({ path: "", message: problem, origin });
  return problem ? { type: "map", entries: new Map(), origin } : nest(steps, flagValue(text, rest.join("="), origin));
}

/** Read as the file is: what the file refuses is refused here. */
function flagValue(flag: string, value: string, origin: Origin): Tree {
  if (value.trim() === "") return treeOf(null, origin);
  try {
    return withOrigin(parseSource({ file: flag, text: value }), origin);
  } catch (error) {
    if (!(error instanceof ExperimentError)) throw error;
    throw new InputError("RL_FLAG", `${flag}: ${error.problems.map(({ message }) => message.split("\n")[0]).join("; ")}`, {
      cause: error,
    });
  }
}

/** Lays the layers over one another; within a layer that names an algorithm, its preset comes first and the layer's own values over it. */
function resolveCell(
  { name, baseline, against, overrides, levels }: CellPlan,
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
  const entries = new Map<string, Tree>();
  const engine = engineOf(merged, registry, resolver);
  if (at(merged, ["engine"])) entries.set("engine", at(merged, ["engine"])!);
  const model = slotAt("model", "model");
  const data = slotAt("dataset", "data");
  if (model) resolver.problems.push(...batchProblems(model, stages, trees), ...remoteProblems(model, stages, trees));
  const services = resolveServices(
    { model, data, stages: Object.fromEntries(stages.map((one) => [one.name, one.stage])) },
    { layers, entries, trees, origin: merged.origin },
    registry,
    resolver,
  );
  if (!model || !data || resolver.problems.length > 0) return undefined;
  entries.set("stages", { type: "map", entries: trees, origin: (at(merged, ["stages"]) ?? merged).origin });
  return {
    name,
    baseline,
    against,
    overrides: overrides.flat().map(({ path, value }) => ({ path: unquotedPath(path), value: plain(value) })),
    levels,
    engine,
    model,
    data,
    stages,
    services,
    tree: { type: "map", entries, origin: merged.origin },
  };

  function slotAt<K extends Kind>(kind: K, key: string): Resolved<K> | undefined {
    const tree = slotTree(kind, key);
    if (tree) entries.set(key, tree);
    if (tree) return resolver.slot(kind, tree, key);
    resolver.problems.push({
      path: key,
      message: `missing: expected the name of a ${kind}, or { use: name, …options }`,
      origin: file!.origin,
    });
    return undefined;
  }

  function slotTree(kind: Kind, key: string): Tree | undefined {
    const layering = { registry, problems: resolver.problems };
    return layers
      .flatMap((layer) => at(layer, [key]) ?? [])
      .reduce<Tree | undefined>((lower, upper) => layOverSlot(lower, upper, kind, key, layering), undefined);
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
    const options = new Map([...own.entries].filter(([key]) => key !== "use" && key !== source?.option));
    tree = layOverSlot(tree, { ...own, entries: options }, "stage", path, { registry, problems: resolver.problems });
  }
  return tree;
}

/** A stage written as a bare name stands for { use: name }. */
function stageLayer(written: Tree | undefined): Tree | undefined {
  const isName = written?.type === "scalar" && typeof written.value === "string";
  return isName ? { type: "map", entries: new Map([["use", written]]), origin: written.origin } : written;
}
