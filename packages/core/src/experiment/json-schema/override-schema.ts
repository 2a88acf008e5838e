import { atPointer, pointerTo } from "./json.ts";
import type { JsonSchema } from "./json.ts";
import { DEFINITIONS } from "./definitions.ts";
import { valuePaths } from "./override-paths.ts";
import { escaped } from "./slot-schema.ts";

/** A stage of an experiment, as far as its file says. */
export interface StageOutline {
  readonly name: string;
  /** The component it uses; null where the file doesn't say. */
  readonly use: string | null;
  /** Metrics of its results that it gives for sure, e.g. accuracy. */
  readonly measures: readonly string[];
}

/** A stage may be called anything. */
const ANY_NAME = "[^.]+";

/**
 * Definitions of what stands in a variant, "overrides" (values by dotted path), and in `grid:` or `zip:`, "axes" (lists of values by dotted path). `root` has
 * the definitions of slots, and `top` what stands beside the stages (model, data, services). A path that is nobody's is refused. Those of stages that are
 * known are keys, which editors complete; they say what the pattern of their path says, whichever component the stage turns out to use.
 */
export function overrideDefinitions(
  root: JsonSchema,
  top: readonly string[],
  stages: readonly StageOutline[] | null,
  components: readonly string[],
): Record<string, JsonSchema> {
  const pointers = new Map<string, Set<string | null>>(); // to what may stand at a pattern; null: anything
  const keys = new Map<string, string>(); // each with its pattern
  const add = (pattern: string, pointer: string | null, ...named: readonly string[]) => {
    pointers.set(pattern, (pointers.get(pattern) ?? new Set()).add(pointer));
    for (const key of named) keys.set(key, pattern);
  };
  for (const key of top)
    for (const { name, pattern, pointer } of valuePaths(root, pointerTo("#/properties", key)))
      if (key !== "services" || name !== "") add(`^${key}${pattern}$`, pointer, ...(name === null ? [] : [`${key}${name}`]));

  const slot = pointerTo(DEFINITIONS, "stage");
  const known = stages ?? components.map((name) => ({ name, use: name }));
  const prefix = `^stages\\.${stages === null ? ANY_NAME : `(?:${stages.map(({ name }) => escaped(name)).join("|")})`}`;
  add(`${prefix}$`, slot, ...known.map(({ name }) => `stages.${name}`));
  for (const component of components) {
    const own = known.filter(({ use }) => (use ?? component) === component);
    for (const { name, pattern, pointer } of valuePaths(root, `${slot}.${component}`))
      if (name !== "")
        add(`${prefix}${pattern}$`, pointer, ...(name === null ? [] : own.map((one) => `stages.${one.name}${name}`)));
  }

  const axes = new Axes();
  const at = (pattern: string): readonly string[] => {
    const all = [...pointers.get(pattern)!];
    return all.includes(null) ? [] : (all as string[]);
  };
  const byPath = (schema: (pattern: string) => JsonSchema): JsonSchema => ({
    type: "object",
    properties: Object.fromEntries([...keys].map(([key, pattern]) => [key, schema(pattern)])),
    patternProperties: Object.fromEntries([...pointers.keys()].map((pattern) => [pattern, schema(pattern)])),
    additionalProperties: false,
  });
  const overrides = byPath((pattern) => valueSchema(at(pattern)));
  const axisMap = byPath((pattern) => axes.of(root, at(pattern)));
  return { overrides, axes: axisMap, "axis:arithmetic": arithmetic, "axis:range": range, ...axes.definitions };
}

function valueSchema(pointers: readonly string[]): JsonSchema {
  const [only, ...more] = pointers.map(($ref) => ({ $ref }));
  return only === undefined ? {} : more.length === 0 ? only : { anyOf: [only, ...more] };
}

/** A text that grid/numbers.ts reads as one number, and one that it reads as several. */
const arithmetic: JsonSchema = {
  type: "string",
  pattern: "^(?:[\\s\\d.,()+\\-*/^<>=!eE]|min|max|abs|exp|log|sqrt|sign|clamp|where)+$",
};
const range: JsonSchema = {
  type: "string",
  pattern: "\\d",
  description: "linspace(a, b, n), logspace(a, b, n), geomspace(a, b, n), a:b or a:step:b",
};

/** The definitions of axes: a list of values, named values, or an expression that stands for numbers; in the others a number may be arithmetic. */
class Axes {
  readonly definitions: Record<string, JsonSchema> = {};
  readonly #names = new Map<string, string>();

  of(root: JsonSchema, pointers: readonly string[]): JsonSchema {
    const key = pointers.join(" ");
    const name = this.#names.get(key) ?? `axis:${this.#names.size + 1}`;
    this.#names.set(key, name);
    this.definitions[name] ??= axisSchema(root, pointers);
    return { $ref: pointerTo(DEFINITIONS, name) };
  }
}

function axisSchema(root: JsonSchema, pointers: readonly string[]): JsonSchema {
  const value = valueSchema(pointers);
  const schemas = pointers.map((pointer) => atPointer(root, pointer));
  const isNumber = schemas.some((schema) => takesNumbers(root, schema));
  const one = isNumber ? { anyOf: [value, { $ref: pointerTo(DEFINITIONS, "axis:arithmetic") }] } : value;
  const description = schemas.map((schema) => descriptionOf(root, schema)).find((text) => text !== undefined);
  return {
    ...(description === undefined ? {} : { description }),
    anyOf: [{ type: "array" }, { type: "object" }, ...(isNumber ? [{ $ref: pointerTo(DEFINITIONS, "axis:range") }] : [])],
    items: one,
    additionalProperties: one,
  };
}

function descriptionOf(root: JsonSchema, { description, $ref }: JsonSchema): string | undefined {
  return description ?? ($ref === undefined ? undefined : descriptionOf(root, atPointer(root, $ref)));
}

function takesNumbers(root: JsonSchema, schema: JsonSchema): boolean {
  if (schema.$ref !== undefined) return takesNumbers(root, atPointer(root, schema.$ref));
  const types = new Set([schema.type ?? []].flat());
  const alternatives = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  return types.has("number") || types.has("integer") || alternatives.some((one) => takesNumbers(root, one));
}
