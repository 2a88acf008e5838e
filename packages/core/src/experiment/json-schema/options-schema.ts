import { z } from "zod";
import type { Kind } from "../../plugin/component.ts";
import { slotKindOf, slotOwnOptions } from "../../plugin/slots.ts";
import type { JsonSchema } from "./json.ts";
import { shown, valueText } from "./value-text.ts";

/** Where the definitions of slots are: a pointer to that of a kind, with the options that the slot has of its own; `chain`: to that of a list of such. */
export type SlotPlaces = (kind: Kind, place: { readonly chain: boolean; readonly own?: z.ZodType | undefined }) => string;

/**
 * Options as JSON Schema. Slots are references to what `places` names. What may be left out of a file for another layer to say (a preset, an override) isn't
 * required, so nothing is but within lists, which layers replace whole. Every option says its values and its default, for an editor to show. A schema of
 * another library than zod tells nothing of itself, and gives an open one.
 */
export function optionsSchema(schema: z.ZodType, places: SlotPlaces): JsonSchema {
  return readable(withPlaces(schema, places), { required: false, told: described });
}

/** The same for whoever tells values and defaults in his own way: nothing is added to the authors' words, and what is required says so. */
export function bareOptionsSchema(schema: z.ZodType, places: SlotPlaces): JsonSchema {
  return readable(withPlaces(schema, places), { required: true, told: (one) => one });
}

function withPlaces(schema: z.ZodType, places: SlotPlaces): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    target: "draft-7",
    io: "input",
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => replaceSlots(zodSchema as unknown as z.ZodType, jsonSchema as JsonSchema, places),
  }) as JsonSchema;
  return json;
}

function replaceSlots(schema: z.ZodType, json: JsonSchema, places: SlotPlaces): void {
  const { type, element, defaultValue } = schema.def as { type: string; element?: z.ZodType; defaultValue?: unknown };
  if (type === "default" && json.default === undefined && isData(defaultValue)) json.default = defaultValue; // zod leaves it out where a slot is in it
  const kind = slotKindOf(schema);
  if (kind !== undefined) become(json, places(kind, { chain: false, own: slotOwnOptions(schema) }));
  const step = type === "array" && element !== undefined ? slotKindOf(element) : undefined;
  if (step !== undefined) become(json, places(step, { chain: true, own: slotOwnOptions(element!) }));
}

function isData(value: unknown): boolean {
  return value === null || ["string", "number", "boolean"].includes(typeof value) || Array.isArray(value);
}

function become(json: JsonSchema, $ref: string): void {
  const { description } = json;
  const { default: given } = json;
  for (const key of Object.keys(json)) delete json[key];
  Object.assign(json, {
    $ref,
    ...(description === undefined ? {} : { description }),
    ...(given === undefined ? {} : { default: given }),
  });
}

/** The largest numbers that zod says of every integer. */
const NO_LIMIT: ReadonlySet<unknown> = new Set([Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]);

interface Reading {
  /** Whether it is said what must be there. */
  readonly required: boolean;
  /** An option with what is said of it. */
  readonly told: (option: JsonSchema, needed: boolean) => JsonSchema;
}

function readable(given: JsonSchema, reading: Reading): JsonSchema {
  const schema = withoutNoise(collapsed(given));
  const inside = (one: JsonSchema) => readable(one, reading);
  if (schema.properties !== undefined) {
    const needed = new Set(schema.required);
    schema.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([key, one]) => [key, reading.told(inside(one), needed.has(key))]),
    );
  }
  if (!reading.required) delete schema.required;
  if (typeof schema.additionalProperties === "object") schema.additionalProperties = inside(schema.additionalProperties);
  if (schema.items !== undefined) schema.items = readable(schema.items, { ...reading, required: true });
  for (const key of ["anyOf", "oneOf", "allOf"] as const) if (schema[key] !== undefined) schema[key] = schema[key].map(inside);
  return schema;
}

function withoutNoise(schema: JsonSchema): JsonSchema {
  for (const key of ["minimum", "maximum"] as const) if (NO_LIMIT.has(schema[key])) delete schema[key];
  if (schema.propertyNames?.type === "string" && Object.keys(schema.propertyNames).length === 1) delete schema.propertyNames;
  if (typeof schema.default === "object" && schema.default !== null && Object.keys(schema.default).length === 0)
    delete schema.default;
  if (Array.isArray(schema.type) && schema.default === null)
    schema.type = ["null", ...schema.type.filter((type) => type !== "null")]; // yaml-language-server takes a default for a value of the first type
  return schema;
}

/** `{ anyOf: [x, null] }` and `{ allOf: [x] }` as one schema, whose errors are about x. */
function collapsed({ anyOf, allOf, ...rest }: JsonSchema): JsonSchema {
  const given = { ...rest, ...(anyOf && { anyOf }), ...(allOf && { allOf }) };
  if (anyOf === undefined && allOf?.length === 1) return { ...allOf[0], ...rest };
  if (anyOf?.length !== 2 || anyOf[1]!.type !== "null") return given;
  const [one] = anyOf.map(collapsed) as [JsonSchema];
  if (typeof one.type !== "string") return given;
  return { ...one, ...rest, type: [one.type, "null"], ...(one.enum && { enum: [...one.enum, null] }) };
}

/** With what an editor shows of it: what it means, its values, its default. */
function described(schema: JsonSchema, needed: boolean): JsonSchema {
  const facts = [valueText(schema), defaultText(schema, needed)].filter((text) => text !== "").join("; ");
  const description = [schema.description ?? "", facts].filter((text) => text !== "").join("\n\n");
  return description === "" ? schema : { ...schema, description };
}

function defaultText({ default: given }: JsonSchema, needed: boolean): string {
  return given !== undefined ? `default ${shown(given)}` : needed ? "no default" : "";
}
