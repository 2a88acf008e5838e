import type { JsonSchema } from "./json.ts";

/** Which values an option takes, in a few words: "number > 0", "0 ≤ number ≤ 1", "paper | official-code", "list of whole numbers ≥ 1". */
export function valueText(schema: JsonSchema): string {
  if (schema.const !== undefined) return shown(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(shown).join(" | ");
  if (schema.$ref !== undefined) return placeText(schema.$ref);
  const alternatives = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (schema.type === undefined && alternatives !== undefined)
    return [...new Set(alternatives.map(valueText))].filter((text) => text !== "").join(" | ");
  const types = Array.isArray(schema.type) ? schema.type : schema.type === undefined ? [] : [schema.type];
  return types
    .toSorted((a, b) => Number(a === "null") - Number(b === "null"))
    .map((type) => typeText(type, schema))
    .join(" | ");
}

function typeText(type: string, schema: JsonSchema): string {
  if (type === "integer") return rangeText("whole number", closed(schema));
  if (type === "number") return rangeText("number", schema);
  if (type === "string") return "text";
  if (type === "boolean") return "true | false";
  if (type === "array") return listText(schema);
  if (type !== "object") return type;
  const inner = typeof schema.additionalProperties === "object" ? valueText(schema.additionalProperties) : "";
  return inner === "" ? "map" : `map of name: ${inner}`;
}

function listText({ items }: JsonSchema): string {
  const inner = items === undefined ? "" : valueText(items);
  return inner === "" ? "list" : `list of ${inner}`;
}

/** Of whole numbers, more than 0 is 1 or more. */
function closed({ exclusiveMinimum, exclusiveMaximum, ...bounds }: JsonSchema): JsonSchema {
  return {
    ...bounds,
    ...(exclusiveMinimum === undefined ? {} : { minimum: Math.floor(exclusiveMinimum) + 1 }),
    ...(exclusiveMaximum === undefined ? {} : { maximum: Math.ceil(exclusiveMaximum) - 1 }),
  };
}

function rangeText(what: string, { minimum, exclusiveMinimum, maximum, exclusiveMaximum }: JsonSchema): string {
  const low = exclusiveMinimum === undefined ? minimum : exclusiveMinimum;
  const high = exclusiveMaximum === undefined ? maximum : exclusiveMaximum;
  const above = exclusiveMinimum === undefined ? "≥" : ">";
  const below = exclusiveMaximum === undefined ? "≤" : "<";
  if (low === undefined) return high === undefined ? what : `${what} ${below} ${high}`;
  return high === undefined
    ? `${what} ${above} ${low}`
    : `${low} ${exclusiveMinimum === undefined ? "≤" : "<"} ${what} ${below} ${high}`;
}

/** A slot or chain, by its definition's name: "ratio", "advantage:chain". */
function placeText(ref: string): string {
  const [kind, ...more] = decodeURIComponent(ref.slice(ref.lastIndexOf("/") + 1)).split(":");
  return more.at(-1) === "chain" ? `chain of ${kind} components` : `${kind} component`;
}

/** A value as an experiment file writes it. */
export function shown(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
