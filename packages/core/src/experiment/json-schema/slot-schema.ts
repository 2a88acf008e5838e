import { implication, pointerTo } from "./json.ts";
import type { JsonSchema } from "./json.ts";

/** What may be named in a slot: a component or a service. */
export interface Named {
  readonly name: string;
  readonly summary: string;
  /** Of its options; undefined where nothing is known of them. */
  readonly options: JsonSchema;
}

/** What a slot says of itself. */
export interface SlotFacts {
  /** "a ratio", for messages. */
  readonly what: string;
  readonly named: readonly Named[];
  /** Options of the slot's own, beside those of what is named. */
  readonly own?: JsonSchema | undefined;
  /** A pointer to the definition of its names. */
  readonly names: string;
  /** A pointer to the definition of the options of what has this name, `use` included. */
  readonly pointer: (name: string) => string;
}

/** What stands in a slot: `name`, `{ use: name, …options }`, or options alone, which change what is there already (a preset's component, a default). */
export function slotSchema({ what, named, own, names, pointer }: SlotFacts): JsonSchema {
  return {
    anyOf: [{ $ref: names }, { type: "object" }],
    properties: { use: { $ref: names, description: `which ${what}` } },
    ...implication(
      namesOne,
      { allOf: [{}, ...named.map(({ name }) => implication(naming(name), { $ref: pointer(name) }))] },
      unionOf(named, pointer, own),
    ),
  };
}

const namesOne: JsonSchema = { type: "object", required: ["use"] };

/** A map that names this one. */
export function naming(name: string): JsonSchema {
  return { type: "object", properties: { use: { const: name } }, required: ["use"] };
}

/** A name, with what each means. */
export function nameSchema(named: readonly Pick<Named, "name" | "summary">[]): JsonSchema {
  if (named.length === 0) return { not: {} };
  return { type: "string", enum: named.map(({ name }) => name), enumDescriptions: named.map(({ summary }) => summary) };
}

/** The options of what has a name, beside `use` and the slot's own. Its type is not said: it stands where a slot may be written as a name alone. */
export function namedOptions({ name, summary, options }: Named, own?: JsonSchema): JsonSchema {
  const use: JsonSchema = { const: name, description: summary };
  const alternatives = options.anyOf ?? options.oneOf;
  if (options.properties === undefined && alternatives !== undefined && alternatives.every((one) => one.properties !== undefined))
    return { anyOf: alternatives.map((one) => namedOptions({ name, summary, options: one }, own)) };
  if (options.properties === undefined) return { properties: { use, ...own?.properties } };
  const { type: _, properties, description: __, ...rest } = options;
  return { ...rest, properties: { use, ...own?.properties, ...properties } };
}

/** The options of all that may be named: where none is, which one is meant is another layer's to say. */
function unionOf(named: readonly Named[], pointer: SlotFacts["pointer"], own?: JsonSchema): JsonSchema {
  const found = new Map<string, Map<string, JsonSchema>>();
  for (const { name, options } of named)
    for (const [key, schema] of Object.entries({ ...own?.properties, ...options.properties }))
      found.set(
        key,
        (found.get(key) ?? new Map()).set(JSON.stringify(schema), { $ref: pointerTo(pointer(name), "properties", key) }),
      );
  const open = named.some(({ options }) => options.properties === undefined || options.additionalProperties !== false);
  return {
    properties: Object.fromEntries([...found].map(([key, schemas]) => [key, oneOf([...schemas.values()])])),
    ...(open ? {} : { additionalProperties: false }),
  };
}

function oneOf(schemas: readonly JsonSchema[]): JsonSchema {
  const [only, ...more] = schemas;
  return more.length === 0 ? only! : { anyOf: [...schemas] };
}

/** What is added to the name of a step that is in a chain several times: whiten#2. */
export const STEP_NUMBER = "#[1-9]\\d*";

/** What stands where a chain of slots is: a list, its only step, or changes to the chain that is there by the names of its steps (chain-edits.ts). */
export function chainSchema({ what, named, own, names, pointer }: SlotFacts, slot: string): JsonSchema {
  const oneOfSeveral = `^(?:${named.map(({ name }) => escaped(name)).join("|")})${STEP_NUMBER}$`;
  const stepName: JsonSchema = { anyOf: [{ $ref: names }, { type: "string", pattern: oneOfSeveral }] };
  const steps: JsonSchema = { anyOf: [{ $ref: slot }, { type: "array", items: { $ref: slot } }] };
  const places = (description: string): JsonSchema => ({
    type: "object",
    description,
    propertyNames: stepName,
    additionalProperties: steps,
  });
  const optionsOfSteps = named.map(
    ({ name, summary }) => [name, { $ref: pointer(name), description: `options of the step ${name}: ${summary}` }] as const,
  );
  const { properties: optionsOfOnlyStep, ...open } = unionOf(named, pointer, own);
  return {
    anyOf: [{ $ref: names }, { type: "array" }, { type: "object" }],
    items: { $ref: slot },
    ...implication(
      namesOne,
      { $ref: slot },
      {
        properties: {
          ...optionsOfOnlyStep,
          ...Object.fromEntries(optionsOfSteps),
          without: {
            anyOf: [stepName, { type: "array", items: stepName }],
            description: `the chain without this ${what}, or these`,
          },
          insteadOf: places("for a step's name, the step or the steps that take its place"),
          before: places("for a step's name, the step or the steps that come before it"),
          after: places("for a step's name, the step or the steps that come after it"),
        },
        patternProperties: Object.fromEntries(
          optionsOfSteps.map(([name, schema]) => [`^${escaped(name)}${STEP_NUMBER}$`, schema]),
        ),
        ...open,
      },
    ),
  };
}

/** A text that a regular expression takes as it is. */
export function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}
