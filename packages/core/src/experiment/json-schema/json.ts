/** A JSON Schema of draft 7, the one that yaml-language-server knows best, with its own `enumDescriptions` and `errorMessage`. */
export interface JsonSchema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  default?: unknown;
  const?: unknown;
  enum?: unknown[];
  enumDescriptions?: string[];
  errorMessage?: string;
  properties?: Record<string, JsonSchema>;
  patternProperties?: Record<string, JsonSchema>;
  additionalProperties?: boolean | JsonSchema;
  propertyNames?: JsonSchema;
  required?: string[];
  minProperties?: number;
  maxProperties?: number;
  items?: JsonSchema;
  minItems?: number;
  maxItems?: number;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
  if?: JsonSchema;
  then?: JsonSchema;
  else?: JsonSchema;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  [keyword: string]: unknown;
}

/** `if`, `then` and `else`. */
export function implication(condition: JsonSchema, consequence: JsonSchema, otherwise?: JsonSchema): JsonSchema {
  // oxlint-disable-next-line no-thenable -- a keyword of JSON Schema; nobody awaits one
  return { if: condition, then: consequence, ...(otherwise && { else: otherwise }) };
}

/** Where something stands in a schema: #/definitions/ratio/properties/use. */
export function pointerTo(base: string, ...keys: readonly string[]): string {
  return [
    base,
    ...keys.map((key) => encodeURIComponent(key.replaceAll("~", "~0").replaceAll("/", "~1")).replaceAll("%3A", ":")),
  ].join("/");
}

/** What stands at a pointer made by `pointerTo`. */
export function atPointer(root: JsonSchema, pointer: string): JsonSchema {
  const keys = pointer.split("/").slice(1);
  return keys.reduce<unknown>(
    (inside, key) => (inside as Record<string, unknown>)[decodeURIComponent(key).replaceAll("~1", "/").replaceAll("~0", "~")],
    root,
  ) as JsonSchema;
}
