import { suggestion } from "@rewardlab/core";
import type { LocatedRow } from "./rows.ts";

/** Where the preferred response was shown. */
export type Order = "chosen-first" | "chosen-second";

/** What a judge said of one pair of responses. */
export interface Judged {
  readonly id: string;
  /** The pair's own name: the row's, and which of that name it is in its order. */
  readonly pair: string;
  /** Pairs of one group count together: for ACC+, and as one draw of an interval. */
  readonly group: string;
  /** null: it counts among all alone. */
  readonly category: string | null;
  /** Which response it prefers: the one that people prefer, or the other; null: neither. */
  readonly choice: "chosen" | "rejected" | null;
  /** 1 where that is right, 0 where not; what no choice is worth is the benchmark's affair. */
  readonly right: number;
  /** null: the file doesn't say. */
  readonly order: Order | null;
}

/** What a benchmark reads of a row. */
export interface Reading {
  readonly id: string;
  readonly category: string | null;
  readonly choice: Judged["choice"];
  /** What no choice counts; default 0. */
  readonly undecided?: number;
}

/** A row that can't be read says why. */
export class RowProblem extends Error {}

/** Rows as judged pairs. What is wrong with a row goes to `problems`, under its place. `together`: rows of one id are one group. */
export function judgedRows(
  rows: readonly LocatedRow[],
  problems: string[],
  together: boolean,
  read: (row: LocatedRow["row"]) => Reading,
): Judged[] {
  const seen = new Map<string, number>();
  return rows.flatMap(({ where, row }) => {
    try {
      const order = orderOf(row);
      const { id, category, choice, undecided = 0 } = read(row);
      const name = JSON.stringify([id, order]);
      const nth = seen.get(name) ?? 0;
      seen.set(name, nth + 1);
      const pair = JSON.stringify([id, nth]);
      const right = choice === null ? undecided : Number(choice === "chosen");
      return [{ id, pair, group: together ? id : pair, category, choice, right, order }];
    } catch (error) {
      if (!(error instanceof RowProblem)) throw error;
      problems.push(`${where}: ${error.message}`);
      return [];
    }
  });
}

/** Which response rewards `[chosen, rejected]` prefer, as R1-Reward's scripts write them; equal ones prefer none. */
export function choiceOf({ rewards }: LocatedRow["row"]): Judged["choice"] {
  if (!Array.isArray(rewards) || rewards.length !== 2 || !rewards.every((reward) => Number.isFinite(reward)))
    throw new RowProblem(`${given("rewards", rewards)}, expected [chosen, rejected], two numbers`);
  const [chosen, rejected] = rewards as [number, number];
  return chosen > rejected ? "chosen" : chosen < rejected ? "rejected" : null;
}

/** A row's text under a name; a number counts as its digits. */
export function textIn(row: LocatedRow["row"], name: string): string {
  const value = row[name];
  if (typeof value === "string" && value !== "") return value;
  if (typeof value === "number") return String(value);
  const near = value === undefined ? suggestion(name, Object.keys(row)) : "";
  throw new RowProblem(`${given(name, value)}, expected a text.${near}`);
}

function orderOf({ order }: LocatedRow["row"]): Order | null {
  if (order === undefined) return null;
  if (order === "chosen-first" || order === "chosen-second") return order;
  throw new RowProblem(`${given("order", order)}, expected "chosen-first" or "chosen-second"`);
}

const given = (name: string, value: unknown) =>
  value === undefined ? `there is no ${name}` : `${name} is ${(JSON.stringify(value) ?? "nothing").slice(0, 80)}`;
