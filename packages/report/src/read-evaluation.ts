import { readVotes } from "./vote-curves.ts";
import type { EvaluationVotes } from "./vote-curves.ts";
import { finiteNumbers, finiteOf, listOf, mapValues, recordOf, textOf } from "./plain.ts";

export interface Group {
  readonly items: number;
  readonly accuracy: number;
}

/** What an evaluate stage measured. Accuracies are shares, 0 to 1. */
export interface Evaluation {
  readonly stage: string;
  readonly split: string | null;
  readonly items: number;
  readonly samples: number | null;
  readonly accuracy: number;
  readonly accuracyStandardError: number | null;
  /** Votes → accuracy of the majority. */
  readonly voting: Readonly<Record<string, number>>;
  readonly byKind: Readonly<Record<string, Group>>;
  /** Kind → true answer → accuracy, and the share of the kind's samples that gave this answer. */
  readonly byAnswer: Readonly<Record<string, Readonly<Record<string, Group & { readonly said?: number }>>>>;
  /** Which response is the better one → accuracy, and the share of samples that chose it, where that was kept. */
  readonly byPreferred: Readonly<Record<string, Group & { readonly chosen?: number }>>;
  readonly unreadable: number | null;
  readonly perItem: readonly number[];
  /** Who the items are, in their order; null where that was not kept. */
  readonly itemIds: string | null;
  /** Of each item's samples, how many chose the better response and how many the other; empty where that was not kept. */
  readonly votesPerItem: readonly (readonly [right: number, wrong: number])[];
  /** Rule → its mean. */
  readonly rules: Readonly<Record<string, number>>;
  /** Votes by how they were weighed, item by item; null where that was not measured. */
  readonly votes: EvaluationVotes | null;
}

/** An evaluate stage's results, or null where they hold no accuracy. */
export function readEvaluation(stage: string, results: unknown): Evaluation | null {
  const source = recordOf(results);
  const accuracy = finiteOf(source.accuracy);
  if (accuracy === null) return null;
  const perItem = listOf(source.perItem).map(finiteOf);
  return {
    stage,
    split: textOf(source.split),
    items: finiteOf(source.items) ?? perItem.length,
    samples: finiteOf(source.samples),
    accuracy,
    accuracyStandardError: finiteOf(source.accuracyStandardError),
    voting: finiteNumbers(source.voting),
    byKind: groupsOf(source.byKind),
    byAnswer: mapValues(recordOf(source.byAnswer), groupsOf),
    byPreferred: groupsOf(source.byPreferred),
    unreadable: finiteOf(source.unreadable),
    perItem: perItem.every((value) => value !== null) ? perItem : [],
    itemIds: textOf(recordOf(source.byItem).items),
    votesPerItem: votesOf(source.votesPerItem),
    rules: finiteNumbers(source.rules),
    votes: readVotes(source),
  };
}

/** What is damaged of an evaluate stage's results, or isn't there: numbers that can't be told, and what they were measured on. */
export function evaluationProblems(results: unknown): string[] {
  const source = recordOf(results);
  const { perItem, votesPerItem, byItem } = source;
  const accuracy = finiteOf(source.accuracy);
  const right = listOf(perItem).map(finiteOf);
  const count = right.length;
  const said = recordOf(byItem);
  const ids = textOf(said.items)?.split(" ").length;
  const mean = right.reduce<number>((sum, value) => sum + (value ?? NaN), 0) / count;
  return [
    ...(accuracy === null ? ["holds no accuracy"] : []),
    ...(count === 0 ? ["holds no record of its items (perItem)"] : []),
    ...(right.includes(null) ? ["perItem: holds something that is no number"] : []),
    ...(count > 0 && finiteOf(source.items) !== null && source.items !== count
      ? [`perItem: holds ${count} items of ${String(source.items)}`]
      : []),
    ...(count > 0 && accuracy !== null && Math.abs(mean - accuracy) > 1e-3 // larger than any rounding
      ? [`perItem: its mean is ${mean.toPrecision(4)}, the accuracy is ${accuracy}`]
      : []),
    ...(votesPerItem !== undefined && votesOf(votesPerItem).length !== count
      ? [`votesPerItem: not the votes of ${count} items`]
      : []),
    ...(byItem !== undefined && ids !== undefined && ids !== count ? [`byItem: names ${ids} items, perItem holds ${count}`] : []),
    ...(byItem !== undefined && typeof byItem !== "object" ? ["byItem: holds no record of the items"] : []),
  ];
}

function votesOf(value: unknown): (readonly [number, number])[] {
  const votes = listOf(value).map((pair) => listOf(pair).map(finiteOf));
  const whole = votes.flatMap(([right, wrong]) =>
    typeof right === "number" && typeof wrong === "number" && right >= 0 && wrong >= 0 ? [[right, wrong] as const] : [],
  );
  return whole.length === votes.length ? whole : [];
}

function groupsOf(value: unknown): Readonly<Record<string, Group & { readonly chosen?: number; readonly said?: number }>> {
  const groups = Object.entries(recordOf(value)).flatMap(([name, item]) => {
    const { items, accuracy, chosen, said } = finiteNumbers(item);
    return items === undefined || accuracy === undefined
      ? []
      : [
          [
            name,
            { items, accuracy, ...(chosen === undefined ? {} : { chosen }), ...(said === undefined ? {} : { said }) },
          ] as const,
        ];
  });
  return Object.fromEntries(groups);
}
