import { z } from "zod";

/** What libraries of schemas have in common (https://standardschema.dev, version 1). */
interface StandardSchema {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult | Promise<StandardResult>;
    readonly types?: { readonly input: unknown; readonly output: unknown } | undefined;
  };
}
type StandardResult =
  | { readonly value: unknown; readonly issues?: undefined }
  | {
      readonly issues: readonly {
        readonly message: string;
        readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
      }[];
    };

/** A schema of options: zod's, which tells defaults, slots and descriptions as well, or any other library's, which checks. */
export type OptionsSchema = z.ZodType | StandardSchema;
export type OutputOf<S extends OptionsSchema> = S extends z.ZodType
  ? z.output<S>
  : S extends StandardSchema
    ? NonNullable<S["~standard"]["types"]>["output"]
    : never;

/** Another library's schema as one of zod's; what is no schema at all is left as it is, for the registry to refuse. */
export function asZod(schema: OptionsSchema): z.ZodType {
  if (isZod(schema) || !isStandard(schema) || schema["~standard"].vendor === "zod") return schema as z.ZodType;
  const { validate } = schema["~standard"];
  return z.unknown().transform((given, context) => {
    const result = validate(given);
    if (result instanceof Promise) {
      context.addIssue({ code: "custom", message: "its schema checks asynchronously, which options can't" });
      return z.NEVER;
    }
    if (result.issues === undefined) return result.value;
    for (const { message, path = [] } of result.issues)
      context.addIssue({ code: "custom", message, path: path.map((step) => (typeof step === "object" ? step.key : step)) });
    return z.NEVER;
  });
}

/** Why something can't be the schema of options; null where it can. */
export function schemaProblem(schema: unknown): string | null {
  if (isZod(schema) || (isStandard(schema) && schema["~standard"].vendor !== "zod")) return null;
  const zod4 = "zod 4 (npm install zod@4), which defaults, slots and descriptions need";
  if (typeof schema === "object" && schema !== null && "_def" in schema) return `are a schema of zod 3; expected one of ${zod4}`;
  const given = schema === null ? "null" : typeof schema;
  return `are ${given === "object" ? "an object that is no schema" : given}; expected a schema of ${zod4}, or one of another library with "~standard" (standardschema.dev), which can check, and no more`;
}

function isZod(schema: unknown): schema is z.ZodType {
  return (
    typeof schema === "object" && schema !== null && "_zod" in schema && typeof (schema as z.ZodType).safeParse === "function"
  );
}

function isStandard(schema: unknown): schema is StandardSchema {
  const standard = (schema as Partial<StandardSchema> | null | undefined)?.["~standard"];
  return standard?.version === 1 && typeof standard.validate === "function";
}
