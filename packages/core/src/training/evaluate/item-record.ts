import { createHash } from "node:crypto";
import type { ItemOutline, RewardOutcome } from "../../kinds.ts";
import { isInvalid } from "../score.ts";
import type { RuleOutcomes } from "../score.ts";
import { halvesWon, roundsOf } from "./votes.ts";
import type { Answered } from "./votes.ts";

/**
 * What every mean of an evaluation was made of, item by item, so that evaluations of the same items can be paired in any of them. Columns are lines of
 * text, a number or word for each item between blanks: small in a file, whatever its indentation. The right and wrong votes are in `votesPerItem`.
 */
export interface ItemRecord {
  /** Who each item is: the first 8 hexadecimal digits of a SHA-256 of its id and its text. */
  readonly items: string;
  /** Which response is the better one. */
  readonly preferred: string;
  /** Kinds and answers: a number into `names` for each item, −1 for none. Absent where no item has one. */
  readonly kinds?: NamedColumn;
  readonly answers?: NamedColumn;
  /** Which items belong together, by a number; absent where none do. */
  readonly groups?: string;
  /** Votes → twice the rounds that each item's majority won, a tie being worth one half round. Absent for 1 vote: `perItem` says it. */
  readonly voting: Readonly<Record<string, string>>;
  /** Rule → the sum of each item's valid outcomes, and how many those were, where some were not. */
  readonly rules: Readonly<Record<string, { readonly sums: string; readonly valid?: string }>>;
}

export interface NamedColumn {
  readonly names: readonly string[];
  readonly of: string;
}

/** What is kept of each item that was evaluated, in columns, so that a report can draw intervals over items. */
export function itemRecord(answered: readonly Answered[], voting: readonly number[], rules: RuleOutcomes = {}): ItemRecord {
  const items = answered.map(({ item }) => item);
  const kinds = named(items.map(({ kind }) => kind));
  const answers = named(items.map(({ answer }) => answer));
  const groups = named(items.map(({ group }, index) => (group === undefined ? `item ${index}` : `group ${group}`)));
  const majorities = voting.filter((size) => size > 1 && answered.every((one) => roundsOf(one, size) > 0));
  return {
    items: column(items.map(identityOf)),
    preferred: column(items.map(({ preferred }) => preferred)),
    ...(kinds === null ? {} : { kinds }),
    ...(answers === null ? {} : { answers }),
    ...(groups === null || groups.names.length === items.length ? {} : { groups: groups.of }),
    voting: Object.fromEntries(majorities.map((size) => [String(size), column(answered.map((one) => halvesWon(one, size)))])),
    rules: Object.fromEntries(Object.entries(rules).map(([name, outcomes]) => [name, sumsOf(outcomes, answered)])),
  };
}

const column = (values: readonly (string | number)[]) => values.join(" ");

function named(values: readonly (string | undefined)[]): NamedColumn | null {
  const names = [...new Set(values.filter((value) => value !== undefined))];
  const places = new Map(names.map((name, place) => [name, place]));
  return names.length === 0
    ? null
    : { names, of: column(values.map((value) => (value === undefined ? -1 : places.get(value)!))) };
}

/** Pictures are not in it: that they are the same the data's hash says. */
function identityOf({ id, question, responses, preferred }: ItemOutline): string {
  return createHash("sha256")
    .update(JSON.stringify([id, question, responses, preferred]))
    .digest("hex")
    .slice(0, 8);
}

/** Sums are rounded to 12 digits, beyond which they are the order of the additions. */
function sumsOf(outcomes: readonly RewardOutcome[], answered: readonly Answered[]): { sums: string; valid?: string } {
  let row = 0;
  const ofItems = answered.map(({ choices }) => {
    const valid = outcomes.slice(row, (row += choices.length)).filter((outcome): outcome is number => !isInvalid(outcome));
    return { sum: Number(valid.reduce((a, b) => a + b, 0).toPrecision(12)), valid: valid.length, all: choices.length };
  });
  return {
    sums: column(ofItems.map(({ sum }) => sum)),
    ...(ofItems.every(({ valid, all }) => valid === all) ? {} : { valid: column(ofItems.map(({ valid }) => valid)) }),
  };
}
