import type { z } from "zod";
import { bareOptionsSchema } from "./options-schema.ts";
import type { JsonSchema } from "./json.ts";
import { valueText } from "./value-text.ts";

/** One option as a table tells it. */
export interface OptionRow {
  /** Dotted below the options: "kl.coefficient". */
  readonly name: string;
  /** Which values it takes, in a few words: "0 ≤ number ≤ 1". */
  readonly values: string;
  /** Absent: it has none. */
  readonly default?: unknown;
  /** It must be given: by the experiment or by a preset. */
  readonly required: boolean;
  /** In its author's words; empty: he said nothing. */
  readonly meaning: string;
}

/** The options of a component or a service, in the order of their schema; those within maps, and a slot's own, under their dotted names. A schema of another library than zod's tells none. */
export function optionRows(schema: z.ZodType): OptionRow[] {
  const ownOptions: z.ZodType[] = [];
  const json = bareOptionsSchema(schema, (kind, { chain, own }) => {
    const place = own === undefined ? "" : `:${ownOptions.push(own) - 1}`;
    return `#/${kind}${place}${chain ? ":chain" : ""}`;
  });
  const ofSlot = (ref: string) => ownOptions[Number(/:(\d+)/.exec(ref)?.[1] ?? -1)];
  return rowsIn(json, "", ofSlot);
}

type OfSlot = (ref: string) => z.ZodType | undefined;

function rowsIn(json: JsonSchema, below: string, ofSlot: OfSlot): OptionRow[] {
  const rows = Object.entries(json.properties ?? {}).flatMap(([key, one]) =>
    rowsOf(`${below}${key}`, one, json.required?.includes(key) === true, ofSlot),
  );
  const alternatives = [...(json.anyOf ?? []), ...(json.oneOf ?? []), ...(json.allOf ?? [])];
  const more = alternatives.flatMap((one) => rowsIn(one, below, ofSlot));
  return [...new Map([...rows, ...more].map((row) => [row.name, row])).values()];
}

function rowsOf(name: string, json: JsonSchema, required: boolean, ofSlot: OfSlot): OptionRow[] {
  const { description = "", default: given } = json;
  const row = {
    name,
    values: valueText(json),
    ...(given === undefined ? {} : { default: given }),
    required,
    meaning: description,
  };
  const refs = [json, ...(json.anyOf ?? [])].flatMap(({ $ref }) => ($ref === undefined ? [] : [$ref]));
  const own = refs.map(ofSlot).find((one) => one !== undefined);
  const inner = own === undefined ? [] : optionRows(own).map((one) => ({ ...one, name: `${name}.${one.name}` }));
  return [row, ...rowsIn(json, `${name}.`, ofSlot), ...inner];
}
