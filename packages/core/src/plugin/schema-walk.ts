import type { z } from "zod";
import type { Kind } from "./component.ts";
import { slotKindOf } from "./slots.ts";

interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
  readonly element?: z.ZodType;
  readonly valueType?: z.ZodType;
}
const definitionOf = (schema: z.ZodType) => schema.def as unknown as Definition;

/** A schema without its wrappers (optional, default, nullable, pipe …), stopping at slots. */
function bare(schema: z.ZodType): z.ZodType {
  if (slotKindOf(schema) !== undefined) return schema;
  const { innerType, in: input, type } = definitionOf(schema);
  if (innerType) return bare(innerType);
  if (type === "pipe" && input) return bare(input);
  return schema;
}

/** The schema of the value under `key`. */
export function childSchema(schema: z.ZodType, key: string | number): z.ZodType | undefined {
  const { type, shape, element, valueType } = definitionOf(bare(schema));
  if (type === "object") return shape !== undefined && Object.hasOwn(shape, String(key)) ? shape[String(key)] : undefined;
  if (type === "array") return element;
  if (type === "record") return valueType;
  return undefined;
}

/** Whether a schema's values are lists, whatever default or optionality is around it. */
export function isList(schema: z.ZodType): boolean {
  return definitionOf(bare(schema)).type === "array";
}

/** The keys an object schema knows; empty where it is no object. */
export function knownKeys(schema: z.ZodType | undefined): readonly string[] {
  return schema ? Object.keys(definitionOf(bare(schema)).shape ?? {}) : [];
}

/** The kind of component that a schema's value names, if it is a slot. */
export function slotKind(schema: z.ZodType): Kind | undefined {
  return slotKindOf(bare(schema));
}

/** Whether a schema says nothing of what keys it has. */
export function isOpen(schema: z.ZodType): boolean {
  return !["object", "array", "record"].includes(definitionOf(bare(schema)).type);
}
