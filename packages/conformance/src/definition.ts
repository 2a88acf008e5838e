import type { z } from "zod";
import { broken } from "./law.ts";
import type { Law } from "./law.ts";

interface HasOptions {
  readonly options: z.ZodType;
}

/** What can be told from a component's definition alone, beyond what the registry refuses. */
const describesItsOptions: Law<HasOptions> = {
  name: "describes every option",
  check: ({ options }) => {
    const silent = undescribed(options, "");
    if (silent.length > 0)
      broken({
        what: `without a description: ${silent.join(", ")}`,
        expected: "a .describe(…) on each: the formula's symbol, the source of the default, the range",
        likely: 'z.number().positive().default(1).describe("ε: added to the deviation (verl: 1e-6)")',
      });
  },
};

/** Of components and of services. */
export const definitionLaws: readonly Law<HasOptions>[] = [describesItsOptions];

interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
  readonly element?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly options?: readonly z.ZodType[];
}
const definitionOf = (schema: z.ZodType) => schema.def as unknown as Definition;

/** Paths of the options that no `describe` says anything about. A group of options is described by those in it. */
function undescribed(schema: z.ZodType, path: string): string[] {
  const { shape, innerType, in: input, element, valueType, options } = definitionOf(schema);
  if (shape) {
    return Object.entries(shape).flatMap(([key, inner]) => {
      const at = path === "" ? key : `${path}.${key}`;
      const within = undescribed(inner, at);
      return isDescribed(inner) || holdsOptions(inner) ? within : [at];
    });
  }
  return [innerType, input, element, valueType, ...(options ?? [])].flatMap((inner) => (inner ? undescribed(inner, path) : []));
}

function isDescribed(schema: z.ZodType): boolean {
  const { innerType, in: input } = definitionOf(schema);
  const inner = innerType ?? input;
  return Boolean(schema.description) || (inner !== undefined && isDescribed(inner));
}

function holdsOptions(schema: z.ZodType): boolean {
  const { shape, innerType, in: input, element } = definitionOf(schema);
  const inner = innerType ?? input ?? element;
  return shape !== undefined || (inner !== undefined && holdsOptions(inner));
}
