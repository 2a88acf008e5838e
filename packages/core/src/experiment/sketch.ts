import { dirname, resolve as resolvePath } from "node:path";
import type { Component } from "../plugin/component.ts";
import type { Registry } from "../plugin/registry.ts";
import type { StageOutline } from "./json-schema/override-schema.ts";
import { readExperiment, registryOf } from "./load.ts";
import type { LoadOptions } from "./load.ts";
import { parseSource } from "./source.ts";
import { at, plain } from "./tree.ts";
import type { Tree } from "./tree.ts";

/** What can be told of an experiment file that is being written: all but its plugins may be missing or wrong. */
export interface Sketch {
  readonly registry: Registry;
  readonly stages: readonly StageOutline[];
}

/** Reads an experiment file for its plugins and the names of its stages. Throws where it is no YAML, or a plugin of its can't be loaded. */
export async function sketchExperiment(path: string, options: Pick<LoadOptions, "registryFor">): Promise<Sketch> {
  const source = { file: resolvePath(path), text: readExperiment(path) };
  const tree = parseSource(source);
  const registry = await registryOf(source, tree, dirname(source.file), options);
  const stages = at(tree, ["stages"]);
  const entries = (stages?.type === "list" ? stages.items : []).flatMap((one) => (one.type === "map" ? [...one.entries] : []));
  return { registry, stages: entries.map(([name, stage]) => outlineOf(name, stage, registry)) };
}

function outlineOf(name: string, stage: Tree, registry: Registry): StageOutline {
  const written = plain(stage);
  const { use, ...options } = (typeof written === "object" && written !== null ? written : { use: written }) as Record<
    string,
    unknown
  >;
  const component = typeof use === "string" ? registry.component("stage", use) : undefined;
  return { name, use: component?.name ?? null, measures: component === undefined ? [] : measuresOf(component, options) };
}

/** Those with a name of their own, by the options that are written. */
function measuresOf({ options: schema, measures }: Component<"stage">, options: unknown): readonly string[] {
  const { success, data } = schema.safeParse(options);
  return success ? (measures?.(data) ?? []).filter((form) => !form.includes("*")) : [];
}
