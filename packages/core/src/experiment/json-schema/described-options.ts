import type { z } from "zod";
import type { JsonSchema } from "./json.ts";
import { readSchema } from "./options-schema.ts";
import { shown, valueText } from "./value-text.ts";

/** An option as a table tells it. */
export interface OptionDescription {
  /** As an override names it below its component: normalise.epsilon. */
  readonly path: string;
  /** What its author says of it; "" for nothing. */
  readonly meaning: string;
  /** "number > 0", "paper | official-code". */
  readonly values: string;
  /** As an experiment writes it; null: there is none, and it must be given. "" where it may be left out. */
  readonly default: string | null;
}

/** The options of a component, in their order, those within maps after the map. Of a schema of another library than zod nothing is known. */
export function describedOptions({ options }: { readonly options: z.ZodType }): OptionDescription[] {
  const needed = new Set<JsonSchema>();
  const schema = readSchema(
    options,
    (kind, { chain }) => `#/${kind}${chain ? ":chain" : ""}`,
    (option, isNeeded) => {
      if (isNeeded) needed.add(option);
      return option;
    },
  );
  const rows = ({ properties = {} }: JsonSchema, before: string): OptionDescription[] =>
    Object.entries(properties).flatMap(([key, option]) => [
      {
        path: `${before}${key}`,
        meaning: option.description ?? "",
        values: valueText(option),
        default: option.default !== undefined ? shown(option.default) : needed.has(option) ? null : "",
      },
      ...rows(option, `${before}${key}.`),
    ]);
  return rows(schema, "");
}
