import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { InputError } from "@rewardlab/storage";
import { suggestion } from "../plugin/suggestion.ts";
import type { PreferenceItem } from "../kinds.ts";

const tokenFields = [
  "logProbs",
  "oldLogProbs",
  "rolloutLogProbs",
  "refLogProbs",
  "mask",
  "advantages",
  "tokenRewards",
  "returns",
  "ratio",
  "tokenLoss",
  "klPenalty",
  "values",
  "newValues",
  "entropies",
  "draws",
  "selected",
] as const;
const responseFields = ["scores", "groupIds", "truncated", "chosen", "rejected", "margins"] as const;
const otherFields = ["responses", "items", "rewards", "weights"] as const;
type TokenField = (typeof tokenFields)[number];
type ResponseField = (typeof responseFields)[number];

/** The numbers a component is probed with: fields of a batch, under the names of docs/glossary.md, as nested arrays. Its tensors live until `dispose`. */
export interface Batch {
  /** [B, T]; an error that names the field where it is not given. */
  tokens(field: TokenField): Tensor2D;
  responses(field: ResponseField): Tensor1D;
  /** The first of the fields that is given, or null. */
  maybe(...fields: readonly TokenField[]): Tensor2D | null;
  has(field: string): boolean;
  /** Whether any [B, T] field is given. */
  readonly hasTokens: boolean;
  /** 1 everywhere where it is not given. [B, T] */
  readonly mask: Tensor2D;
  /** All of one group where they are not given. [B] */
  readonly groupIds: Tensor1D;
  /** The outcomes of several rules by their names, before they become a score; null where they are not given. [B] each */
  readonly rewards: Readonly<Record<string, readonly number[]>> | null;
  /** What each of them weighs; null where it isn't given. */
  readonly weights: Readonly<Record<string, number>> | null;
  readonly texts: readonly string[];
  readonly items: readonly PreferenceItem[];
  dispose(): void;
}

/** A probe's batch from JSON. Throws `InputError` for an unknown field, a number that is none, and tables whose shapes don't agree. */
export function readBatch(values: unknown): Batch {
  if (typeof values !== "object" || values === null || Array.isArray(values))
    throw wrong("", values, "an object with nested arrays");
  const fields = values as Record<string, unknown>;
  const known = [...tokenFields, ...responseFields, ...otherFields];
  for (const name of Object.keys(fields))
    if (!(known as string[]).includes(name))
      throw new InputError("RL_BATCH", `batch: unknown field "${name}".${suggestion(name, known)}`);
  const tables = tokenFields.filter((name) => name in fields).map((name) => [name, table(name, fields[name])] as const);
  const rewards = rewardsOf(fields);
  const weights = weightsOf(fields.weights, rewards);
  const rows = responseFields
    .filter((name) => name in fields && !isMap(fields[name]))
    .map((name) => [name, row(name, fields[name])] as const);
  const tensors = new Map<string, Tensor2D | Tensor1D>(); // made when all is read, so that none is left where a field is wrong
  for (const [name, numbers] of tables) tensors.set(name, tf.tensor2d(numbers)); // [B, T]
  for (const [name, numbers] of rows) tensors.set(name, tf.tensor1d(numbers, name === "groupIds" ? "int32" : "float32")); // [B]

  const tokens = (name: TokenField) => (tensors.get(name) as Tensor2D | undefined) ?? missing(name);
  const anyTokens = tokenFields.map((name) => tensors.get(name)).find((tensor) => tensor !== undefined);
  const made = <T extends Tensor1D | Tensor2D>(name: string, make: () => T): T => {
    if (!tensors.has(name)) tensors.set(name, make());
    return tensors.get(name) as T;
  };
  return {
    tokens,
    responses: (name) => (tensors.get(name) as Tensor1D | undefined) ?? missing(name),
    maybe: (...names) =>
      (names.map((name) => tensors.get(name)).find((tensor) => tensor !== undefined) as Tensor2D | undefined) ?? null,
    has: (name) => name in fields,
    hasTokens: anyTokens !== undefined,
    get mask() {
      return made("mask", () => tf.onesLike((anyTokens as Tensor2D | undefined) ?? missing("mask"))); // [B, T]
    },
    get groupIds() {
      const count = () => Object.values(rewards ?? {})[0]?.length ?? (tensors.get("scores") ?? missing("scores")).shape[0]!;
      return made("groupIds", () => tf.zeros<tf.Rank.R1>([count()], "int32")); // [B]
    },
    rewards,
    weights,
    get texts() {
      return strings(fields.responses);
    },
    get items() {
      return itemsOf(fields.items ?? missing("items"));
    },
    dispose: () => tf.dispose([...tensors.values()]),
  };
}

function missing(name: string): never {
  throw new InputError("RL_BATCH", `batch: "${name}" is missing, this component needs it`);
}

function wrong(name: string, given: unknown, expected: string): InputError {
  const text = JSON.stringify(given) ?? "nothing";
  return new InputError(
    "RL_BATCH",
    `batch${name && `: ${name}`}: given ${text.length > 80 ? `${text.slice(0, 80)}…` : text}, expected ${expected}`,
  );
}

function strings(value: unknown): string[] {
  if (Array.isArray(value) && value.every((text) => typeof text === "string")) return value;
  throw wrong("responses", value, "a list of texts");
}

/** As in a data row; a rule may look at less than all of it, so that a choice which is none is an error where the rule reads it. */
function itemsOf(value: unknown): PreferenceItem[] {
  if (Array.isArray(value) && value.every(isMap)) return (value as unknown as PreferenceItem[]).map(withSoundChoice);
  throw wrong("items", value, "a list of items, { question, responses, preferred, … }");
}

function withSoundChoice(item: PreferenceItem, index: number): PreferenceItem {
  const { preferred } = item;
  if (preferred === 1 || preferred === 2 || preferred === "tie") return item;
  const refuse = () => {
    throw wrong(`items[${index}].preferred`, preferred, "1 or 2, the number of the better response, or tie");
  };
  return Object.defineProperty({ ...item }, "preferred", { get: refuse, enumerable: false });
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** `rewards: { accuracy: [B], … }`; `scores` may be written so as well. */
function rewardsOf(fields: Readonly<Record<string, unknown>>): Record<string, number[]> | null {
  const given = ["rewards", ...(isMap(fields.scores) ? ["scores"] : [])].filter((name) => name in fields);
  const [name] = given;
  if (name === undefined) return null;
  if (given.length > 1) throw wrong("scores", fields.scores, "numbers, since the outcomes of the rules are in rewards");
  if (!isMap(fields[name]) || Object.keys(fields[name]).length === 0)
    throw wrong(name, fields[name], "the outcomes of rules by their names, { accuracy: [1, 0], … }");
  const rules = Object.entries(fields[name]).map(([rule, values]) => [rule, row(`${name}.${rule}`, values)] as const);
  const [, first] = rules[0]!;
  for (const [rule, values] of rules)
    if (values.length !== first.length) throw wrong(`${name}.${rule}`, values, `${first.length} numbers, as ${rules[0]![0]} has`);
  return Object.fromEntries(rules);
}

/** `weights: { accuracy: 1, … }`, or a list in the order of the rules. */
function weightsOf(value: unknown, rewards: Readonly<Record<string, unknown>> | null): Record<string, number> | null {
  if (value === undefined) return null;
  if (rewards === null) throw wrong("weights", value, "rewards as well: the outcomes of the rules that are weighed");
  const rules = Object.keys(rewards);
  if (isMap(value)) return Object.fromEntries(Object.entries(value).map(([rule, weight]) => [rule, numberOf("weights", weight)]));
  const listed = row("weights", value);
  if (listed.length !== rules.length)
    throw wrong("weights", value, `${rules.length} numbers, one for each of ${rules.join(", ")}`);
  return Object.fromEntries(rules.map((rule, index) => [rule, listed[index]!]));
}

function table(name: string, value: unknown): number[][] {
  if (!Array.isArray(value) || value.length === 0 || !value.every(Array.isArray))
    throw wrong(name, value, "rows of numbers, [B, T]");
  const rows = value.map((each) => row(name, each));
  if (rows.some((each) => each.length !== rows[0]!.length)) throw wrong(name, value, "rows of one length, right-padded");
  return rows;
}

function row(name: string, value: unknown): number[] {
  if (!Array.isArray(value) || value.length === 0) throw wrong(name, value, "numbers");
  return value.map((each) => numberOf(name, each));
}

const named: Readonly<Record<string, number>> = { NaN, Infinity, "-Infinity": -Infinity };

/** Fields that hold less than any number. */
const narrower: Readonly<Record<string, { readonly fits: (value: number) => boolean; readonly expected: string }>> = {
  mask: { fits: (value) => value === 0 || value === 1, expected: "0 or 1" },
  selected: { fits: (value) => value === 0 || value === 1, expected: "0 or 1" },
  truncated: { fits: (value) => value === 0 || value === 1, expected: "true or false" },
  groupIds: { fits: (value) => (value | 0) === value, expected: "an integer, the number of the response's group" },
};

function numberOf(name: string, value: unknown): number {
  const number = anyNumberOf(name, value);
  if (narrower[name]?.fits(number) === false) throw wrong(name, value, narrower[name].expected);
  return number;
}

function anyNumberOf(name: string, value: unknown): number {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return Number(value);
  if (typeof value === "string" && Object.hasOwn(named, value)) return named[value]!;
  throw wrong(name, value, 'a number, "NaN", "Infinity" or "-Infinity"');
}

/** A result as JSON: numbers that JSON has no notation for become strings. */
export function toJson(value: unknown): unknown {
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toJson(item)]));
  return value;
}
