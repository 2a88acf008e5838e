import { compileFormula, FormulaError } from "@rewardlab/core";
import { z } from "zod";
import { quoted } from "../quoted.ts";
import { chatText, messagesOf } from "./chat.ts";
import type { Columns } from "./columns.ts";
import type { Format } from "./format.ts";
import { RowProblem, type PictureGiven } from "./given.ts";
import { picturesGiven } from "./pictures-given.ts";

const path = z.string().min(1);
const oneValue = z.union([z.string(), z.number(), z.boolean()]);
const values = z.union([oneValue, z.array(oneValue)]);

/** Which column of a file is which field of an item. A path goes inside by dots: meta.rating.0; a column whose name has dots is found by its whole name first. */
export const mappingSchema = z
  .strictObject({
    id: path.optional().describe("the item's name; without it, file and row are"),
    images: z
      .union([path, z.array(path)])
      .optional()
      .describe("pictures: paths, data URLs, { bytes, path }, or lists of them"),
    question: path.describe("a text, or a chat"),
    chosen: path.optional().describe("the better response, where the columns say which"),
    rejected: path.optional().describe("the other one"),
    responses: z
      .union([path, z.tuple([path, path])])
      .optional()
      .describe("the two responses, or a list of two"),
    preferred: z
      .union([
        path,
        z.strictObject({
          path: path.describe("the column whose values say which is better"),
          first: values.describe("its values where the first is"),
          second: values.describe("its values where the second is"),
          tie: values.optional().describe("its values where neither is"),
        }),
        z.strictObject({
          formula: z.string().min(1).describe("arithmetic on a row's numbers: above 0 the first is better, below 0 the second"),
          with: z.record(z.string(), path).describe("the names in the formula, each with its column"),
        }),
      ])
      .optional()
      .describe(
        "of responses: a column of 1, 2 or tie; { path, first, second, tie } with its values; or { formula, with }: above 0 the first is better, below 0 the second",
      ),
    thought: path.optional().describe("a chain of thought for a cold start"),
    kind: path.optional().describe("the kind of question, for break-downs"),
    answer: path.optional().describe("the true answer in a word"),
    group: path.optional().describe("which items belong together"),
  })
  .describe("which column is what, where no format fits");
export type Mapping = z.output<typeof mappingSchema>;

/** What can't be right about a mapping, whatever the file: option checks' issues. */
export function mappingIssues(mapping: Mapping): { path: string[]; message: string }[] {
  const { chosen, rejected, responses, preferred } = mapping;
  const issues: { path: string[]; message: string }[] = [];
  const ordered = responses !== undefined || preferred !== undefined;
  const add = (message: string, ...at: string[]) => issues.push({ path: ["mapping", ...at], message });
  if (chosen !== undefined || rejected !== undefined) {
    if (ordered)
      add("has chosen or rejected beside responses or preferred, expected chosen and rejected, or responses and preferred");
    else if (chosen === undefined || rejected === undefined)
      add(`has no ${chosen === undefined ? "chosen" : "rejected"}, expected both`);
  } else if (responses === undefined || preferred === undefined)
    add("doesn't say which response is better, expected chosen and rejected, or responses and preferred");
  if (typeof preferred === "object" && "formula" in preferred)
    try {
      compileFormula(preferred.formula, Object.keys(preferred.with));
    } catch (error) {
      if (!(error instanceof FormulaError)) throw error;
      add(`column ${error.column}: ${error.message}`, "preferred", "formula");
    }
  return issues;
}

/** The format that a mapping describes. Nothing in a row or a mapping is run: formulas are arithmetic on a row's numbers. */
export function mappingFormat(mapping: Mapping): Format {
  const preferredOf = preference(mapping.preferred);
  return {
    name: "mapping",
    summary: "the columns that mapping names",
    needs: [],
    read(columns) {
      const label = (name: "id" | "thought" | "kind" | "answer" | "group") => {
        const at = mapping[name];
        const found = at === undefined ? undefined : valueAt(columns, at);
        if (found === undefined || found === null || found === "") return {};
        if (typeof found === "object") throw new RowProblem(`${name}: ${at} is ${quoted(found)}, expected a text or a number`);
        return { [name]: String(found) };
      };
      const inChats: PictureGiven[] = [];
      const question = textAt(columns, "question", mapping.question, inChats);
      const images = [mapping.images ?? []].flat().flatMap((at) => picturesGiven(valueAt(columns, at), at));
      const labels = Object.assign({}, ...(["id", "thought", "kind", "answer", "group"] as const).map(label)) as object;
      const pair = responsesOf(columns, mapping, inChats);
      return {
        ...labels,
        question,
        pictures: images.length > 0 ? images : inChats,
        responses: pair,
        preferred: mapping.chosen === undefined ? preferredOf(columns) : 1,
        ordered: mapping.chosen === undefined,
      };
    },
  };
}

function responsesOf(columns: Columns, { chosen, rejected, responses }: Mapping, pictures: PictureGiven[]): [string, string] {
  if (chosen !== undefined && rejected !== undefined)
    return [textAt(columns, "chosen", chosen, []), textAt(columns, "rejected", rejected, [])];
  if (Array.isArray(responses))
    return [textAt(columns, "responses[0]", responses[0], []), textAt(columns, "responses[1]", responses[1], [])];
  const list = valueAt(columns, responses!);
  if (!Array.isArray(list) || list.length !== 2)
    throw new RowProblem(`responses: ${responses} is ${list === undefined ? "missing" : quoted(list)}, expected a list of two`);
  return [asText(list[0], "responses[0]", pictures), asText(list[1], "responses[1]", pictures)];
}

/** A text, or a chat as one; its pictures go to `pictures`. */
function textAt(columns: Columns, field: string, at: string, pictures: PictureGiven[]): string {
  const found = valueAt(columns, at);
  if (found === undefined || found === null)
    throw new RowProblem(`${field}: ${at} is missing; the columns are ${columns.names.join(", ")}`);
  return asText(found, `${field}: ${at}`, pictures);
}

function asText(found: unknown, field: string, pictures: PictureGiven[]): string {
  if (typeof found === "string") return found;
  if (typeof found === "number" || typeof found === "boolean") return String(found);
  if (typeof found !== "object") throw new RowProblem(`${field} is ${quoted(found)}, expected a text or a chat`);
  const messages = messagesOf(found, field);
  pictures.push(...messages.flatMap((message) => message.pictures));
  return chatText(messages);
}

/** What stands at a path; undefined where nothing does. */
function valueAt(columns: Columns, at: string): unknown {
  if (columns.has(at)) return columns.value(at);
  const [column, ...inside] = at.split(".");
  return inside.reduce<unknown>((value, key) => {
    if (typeof value !== "object" || value === null || value instanceof Uint8Array || !Object.hasOwn(value, key))
      return undefined;
    return (value as Record<string, unknown>)[key];
  }, columns.value(column!));
}

function preference(given: Mapping["preferred"]): (columns: Columns) => 1 | 2 | "tie" {
  if (given === undefined) return () => 1;
  if (typeof given === "string")
    return (columns) => {
      const found = valueAt(columns, given);
      if (found === 1 || found === "1") return 1;
      if (found === 2 || found === "2") return 2;
      if (found === "tie") return "tie";
      throw new RowProblem(
        `preferred: ${given} is ${found === undefined ? "missing" : quoted(found)}, expected 1, 2 or "tie" (other values: { path: ${given}, first: …, second: … })`,
      );
    };
  if ("path" in given) {
    const among = (list: z.output<typeof values> | undefined) => new Set([list ?? []].flat().map(String));
    const [first, second, tie] = [among(given.first), among(given.second), among(given.tie)];
    return (columns) => {
      const found = valueAt(columns, given.path);
      const written = String(found);
      if (first.has(written)) return 1;
      if (second.has(written)) return 2;
      if (tie.has(written)) return "tie";
      const expected = [...first, ...second, ...tie].map(quoted).join(", ");
      throw new RowProblem(
        `preferred: ${given.path} is ${found === undefined ? "missing" : quoted(found)}, expected one of ${expected}`,
      );
    };
  }
  const formula = compileFormula(given.formula, Object.keys(given.with));
  return (columns) => {
    const numbers = Object.fromEntries(
      Object.entries(given.with).map(([name, at]) => {
        const found = valueAt(columns, at);
        const number = typeof found === "string" && found.trim() !== "" ? Number(found) : found;
        if (typeof number !== "number" || Number.isNaN(number))
          throw new RowProblem(`preferred: ${at} is ${found === undefined ? "missing" : quoted(found)}, expected a number`);
        return [name, number];
      }),
    );
    const result = formula.evaluate(numbers);
    if (Number.isNaN(result)) throw new RowProblem(`preferred: ${given.formula} is no number with ${quoted(numbers)}`);
    return result > 0 ? 1 : result < 0 ? 2 : "tie";
  };
}
