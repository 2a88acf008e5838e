import { atPointer, pointerTo } from "./json.ts";
import type { JsonSchema } from "./json.ts";
import { escaped, STEP_NUMBER } from "./slot-schema.ts";

/** A path below a value, as overrides write it, with what may stand there. */
export interface ValuePath {
  /** ".loss.ratio", "" being the value itself; null where a step of it is a name that the experiment gives, e.g. a rule's. */
  readonly name: string | null;
  /** The same as a regular expression, which every name of a step fits. */
  readonly pattern: string;
  /** A pointer to the schema of its values; null: any. */
  readonly pointer: string | null;
}

const ANY_STEP = "[^.]+";
/** What changes a chain, with names of its steps under it. */
const CHAIN_EDITS = new Set(["insteadOf", "before", "after"]);

/**
 * All paths below the value whose schema is at a pointer: options, those of the components in its slots, and of the steps in its chains. A component that
 * may hold its like is followed once.
 */
export function valuePaths(root: JsonSchema, pointer: string): ValuePath[] {
  return pathsBelow(root, { name: "", pattern: "", pointer }, []);
}

function pathsBelow(root: JsonSchema, from: ValuePath & { readonly pointer: string }, within: readonly string[]): ValuePath[] {
  const below = stepsBelow(root, from.pointer, within).flatMap(({ name, pattern, pointer, within: met }) => {
    const path = {
      name: from.name === null || name === null ? null : `${from.name}.${name}`,
      pattern: `${from.pattern}\\.${pattern}`,
    };
    return pointer === null || met === null ? [{ ...path, pointer }] : pathsBelow(root, { ...path, pointer }, met);
  });
  return [from, ...below];
}

interface Step {
  readonly name: string | null;
  readonly pattern: string;
  readonly pointer: string | null;
  /** References that were followed to it; null: what is below it isn't followed. */
  readonly within: readonly string[] | null;
}

function stepsBelow(root: JsonSchema, pointer: string, within: readonly string[]): Step[] {
  const schema = atPointer(root, pointer);
  if (schema.$ref !== undefined && schema.properties === undefined)
    return within.includes(schema.$ref) ? [] : stepsBelow(root, schema.$ref, [...within, schema.$ref]);
  const to = (...keys: string[]) => pointerTo(pointer, ...keys);
  const numbered = new Set(Object.keys(schema.patternProperties ?? {}));
  const steps = Object.keys(schema.properties ?? {}).flatMap((key): Step[] => {
    const below = to("properties", key);
    const step = { name: key, pattern: escaped(key), pointer: below };
    if (numbered.has(`^${escaped(key)}${STEP_NUMBER}$`))
      return [{ ...step, pattern: `${escaped(key)}(?:${STEP_NUMBER})?`, within }];
    if (!CHAIN_EDITS.has(key)) return [{ ...step, within }];
    return [
      { ...step, within: null },
      { name: null, pattern: `${key}\\.${ANY_STEP}`, pointer: pointerTo(below, "additionalProperties"), within: null },
      { name: null, pattern: `${key}\\.${ANY_STEP}\\..+`, pointer: null, within: null },
    ];
  });
  if (typeof schema.additionalProperties === "object")
    steps.push({ name: null, pattern: ANY_STEP, pointer: to("additionalProperties"), within });
  for (const key of ["anyOf", "oneOf", "allOf"] as const)
    for (const index of (schema[key] ?? []).keys()) steps.push(...stepsBelow(root, to(key, String(index)), within));
  if (schema.else !== undefined) steps.push(...stepsBelow(root, to("else"), within));
  return steps;
}
