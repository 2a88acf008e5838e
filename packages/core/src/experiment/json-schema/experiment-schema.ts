import { z } from "zod";
import type { Registry } from "../../plugin/registry.ts";
import { experimentSchema } from "../schema.ts";
import { definitionsFor, DEFINITIONS } from "./definitions.ts";
import type { Definitions } from "./definitions.ts";
import { pointerTo } from "./json.ts";
import type { JsonSchema } from "./json.ts";
import { overrideDefinitions } from "./override-schema.ts";
import type { StageOutline } from "./override-schema.ts";
import { nameSchema } from "./slot-schema.ts";

/**
 * The JSON Schema (draft 7) of experiment files for a registry: it takes whatever `loadExperiment` takes, and refuses unknown keys, names, options and wrong
 * types. What needs more than one value to be seen (whether a chain fits together, a formula its rules) is the loader's to tell. With `stages`, it is of an
 * experiment that has these: overrides can name no other.
 */
export function experimentJsonSchema(registry: Registry, stages?: readonly StageOutline[]): JsonSchema {
  const definitions = definitionsFor(registry);
  const { properties, ...file } = z.toJSONSchema(experimentSchema, {
    target: "draft-7",
    io: "input",
    unrepresentable: "any",
  }) as JsonSchema & { properties: Record<string, JsonSchema> };
  const slots = {
    engine: engineSchema(registry),
    model: { $ref: pointerTo(DEFINITIONS, "model"), description: "the policy" },
    data: { $ref: pointerTo(DEFINITIONS, "dataset"), description: "what it is trained and tested on" },
    services: servicesSchema(registry, definitions),
  };
  const root: JsonSchema = {
    ...file,
    description: "An experiment of RewardLab",
    required: ["name", "stages"],
    properties: {},
    definitions: definitions.all,
  };
  root.properties = slots; // overrides look them up
  Object.assign(definitions.all, overrideDefinitions(root, Object.keys(slots), stages ?? null, registry.names("stage")));
  const overrides = { $ref: pointerTo(DEFINITIONS, "overrides") };
  const axes = { $ref: pointerTo(DEFINITIONS, "axes") };
  const nullable: JsonSchema = { anyOf: [overrides, { type: "null" }] };
  const { ablate } = properties as { ablate: { properties: Record<string, JsonSchema> } & JsonSchema };
  const seeds = seedsSchema(stages);
  const metrics = metricSchema(stages);
  const compared = {
    compare: { ...metrics, description: COMPARED },
    alsoCompare: { type: "array", items: metrics, description: "further metrics" },
  };
  const named = (values: JsonSchema, description: unknown): JsonSchema => ({
    type: "object",
    additionalProperties: values,
    description: String(description),
  });
  const said = (key: string) => ablate.properties[key]!.description ?? "";
  root.properties = {
    name: properties.name!,
    plugins: { ...properties.plugins, items: pluginSchema(registry) },
    ...slots,
    stages: stagesSchema(properties.stages),
    seeds,
    ablate: {
      ...ablate,
      description: "variants of the method, compared with a baseline",
      properties: {
        ...ablate.properties,
        baseline: { ...nullable, description: said("baseline") },
        variants: named(nullable, said("variants")),
        leaveOneOut: named(overrides, said("leaveOneOut")),
        addOneIn: named(overrides, said("addOneIn")),
        seeds,
        ...compared,
      },
    },
    grid: { ...axes, description: properties.grid!.description! },
    zip: { ...axes, description: properties.zip!.description! },
    ...compared,
  };
  return root;
}

const COMPARED = "the metric that the cells are compared by: <stage>.<metric>";

function engineSchema(registry: Registry): JsonSchema {
  const engines = registry.names("engine").map((name) => ({ name, summary: registry.component("engine", name)!.summary }));
  return {
    ...nameSchema([{ name: "auto", summary: "the best that starts here" }, ...engines]),
    description: "what computes the tensors\n\ndefault auto",
  };
}

function pluginSchema({ plugins }: Registry): JsonSchema {
  const known = plugins.map(({ plugin }) => ({ name: plugin.name, summary: "is here already" }));
  return { anyOf: [nameSchema(known), { type: "string" }] };
}

function servicesSchema(registry: Registry, definitions: Definitions): JsonSchema {
  const tokens = registry.tokens.filter((token) => registry.services(token).length > 0);
  return {
    type: "object",
    description: "which service is injected under a token, where plugins bring several",
    properties: Object.fromEntries(tokens.map((token) => [token, definitions.service(token)])),
    additionalProperties: false,
  };
}

/** A list of maps with one key each, the stage's name. */
function stagesSchema(given: JsonSchema | undefined): JsonSchema {
  return {
    type: "array",
    minItems: 1,
    description: given?.description ?? "the pipeline, in order: a list of `name: { use: …, …options }`",
    items: {
      type: "object",
      minProperties: 1,
      maxProperties: 1,
      propertyNames: { pattern: "^[\\p{L}\\p{N}][\\p{L}\\p{N}_-]*$" },
      additionalProperties: { $ref: pointerTo(DEFINITIONS, "stage"), description: "a stage, under a name of your own" },
    },
  };
}

function seedsSchema(stages: readonly StageOutline[] | undefined): JsonSchema {
  const each = "a number N means the seeds 1 to N, a list these seeds";
  const list: JsonSchema = {
    anyOf: [
      { type: "integer", minimum: 1, maximum: 1000 },
      { type: "array", items: { type: "integer", minimum: 0 }, minItems: 1 },
    ],
    description: each,
  };
  const ofStages: JsonSchema =
    stages === undefined
      ? { additionalProperties: list }
      : { properties: Object.fromEntries(stages.map(({ name }) => [name, list])), additionalProperties: false };
  return {
    anyOf: [...list.anyOf!, { type: "object", minProperties: 1, ...ofStages }],
    description: `${each}; or such for each of some stages, { coldStart: 3, rl: 5 }\n\ndefault 1`,
  };
}

function metricSchema(stages: readonly StageOutline[] | undefined): JsonSchema {
  if (stages === undefined) return { type: "string", pattern: "^[^.]+\\..+" };
  const known = stages.flatMap(({ name, measures }) => measures.map((metric) => `${name}.${metric}`));
  const pattern = `^(?:${stages.map(({ name }) => name).join("|")})\\..+`;
  const any: JsonSchema = { type: "string", pattern };
  return known.length === 0 ? any : { anyOf: [any, { enum: known }] };
}
