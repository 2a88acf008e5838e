import { z } from "zod";
import type { Kind, Parts } from "./component.ts";

/** What may be written in a slot. */
export type SlotValue = string | { readonly use: string; readonly [option: string]: unknown };

/** A slot as parsed: resolved and created later, when the registry is at hand. Known by its brand, since a plugin may have a copy of this file. */
export interface SlotReference {
  readonly [slotBrand]: true;
  readonly kind: Kind;
  readonly value: { readonly use: string; readonly [option: string]: unknown };
  /** Options of the slot itself, beside the component's (slotWith). */
  readonly own: Readonly<Record<string, unknown>> | undefined;
}
const slotBrand: unique symbol = Symbol.for("@rewardlab/slot reference") as never;

function reference(kind: Kind, value: SlotReference["value"], own?: SlotReference["own"]): SlotReference {
  return { [slotBrand]: true, kind, value, own };
}

/** Whether a parsed value is a slot that no component was found for yet; also one that another copy of core made. */
export function isSlotReference(value: unknown): value is SlotReference {
  return typeof value === "object" && value !== null && slotBrand in value;
}

/** On the definition, which a schema's copies (`.describe()`) share. */
const kindBrand = Symbol.for("@rewardlab/slot kind");

const ownBrand = Symbol.for("@rewardlab/slot own options");

/** The schema of the options that a slot has of its own beside the component's; undefined where it has none. */
export function slotOwnOptions(schema: z.ZodType): z.ZodType | undefined {
  return (schema.def as { readonly [ownBrand]?: z.ZodType })[ownBrand];
}

/** The kind of component a schema made by `slot` or `slotWith` asks for. */
export function slotKindOf(schema: z.ZodType): Kind | undefined {
  return (schema.def as { readonly [kindBrand]?: Kind })[kindBrand];
}

/**
 * A slot in a component's options: a place where another component is named, `name` or `{ use: name, …its options }`.
 * In the options that `create` receives, the slot holds the created component.
 *
 *     options: z.strictObject({ optimizer: slot("optimizer"), rules: z.record(z.string(), slot("reward")) })
 */
export function slot<K extends Kind>(kind: K): z.ZodType<Parts[K], SlotValue> {
  return slotSchema(kind, (value) => reference(kind, value)) as never;
}

/**
 * A slot that has options of its own beside the component's, e.g. `{ use: k1, in: reward, coefficient: 1e-3 }`.
 * `create` receives `{ part, …own }`.
 */
export function slotWith<K extends Kind, S extends z.ZodRawShape>(
  kind: K,
  own: S,
): z.ZodType<{ readonly part: Parts[K] } & z.output<z.ZodObject<S>>, SlotValue> {
  const ownOptions = z.object(own);
  const refer: Refer = (value, context) => {
    const entries = Object.entries(value);
    const parsed = ownOptions.safeParse(Object.fromEntries(entries.filter(([key]) => Object.hasOwn(own, key))));
    for (const issue of parsed.error?.issues ?? [])
      context.addIssue({ code: "custom", path: [...issue.path], message: issue.message });
    return reference(
      kind,
      Object.fromEntries(entries.filter(([key]) => !Object.hasOwn(own, key))) as SlotReference["value"],
      parsed.data,
    );
  };
  return slotSchema(kind, refer, ownOptions) as never;
}

type Refer = (value: SlotReference["value"], context: z.RefinementCtx) => SlotReference;

function slotSchema(kind: Kind, refer: Refer, own?: z.ZodType): z.ZodType {
  const schema = z.unknown().transform((value, context) => {
    if (typeof value === "string") return refer({ use: value }, context);
    if (typeof value === "object" && value !== null && "use" in value && typeof value.use === "string")
      return refer(value as SlotReference["value"], context);
    context.addIssue({ code: "custom", message: `expected the name of a component of kind ${kind}, or { use: name, …options }` });
    return z.NEVER;
  });
  Object.assign(schema.def, { [kindBrand]: kind, ...(own && { [ownBrand]: own }) });
  return schema;
}
